"""A chain whose headers differ from anvil's: with each header its hash changes, and with that all that names it."""

from typing import Any

import rlp
from eth_hash.auto import keccak

from tests.providers.member import Call, Member
from tests.providers.upstream import Upstream

# In the order of the encoding; the optional ones as forks added them.
FIELDS = """parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit
gasUsed timestamp extraData mixHash nonce""".split()  # noqa: SIM905
OPTIONAL = """baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash""".split()  # noqa: SIM905
NUMBERS = frozenset(
    """difficulty number gasLimit gasUsed timestamp baseFeePerGas blobGasUsed excessBlobGas""".split()  # noqa: SIM905
)
HEADERS_AT_ONCE = 200


def header_hash(header: dict[str, Any], optional: int) -> str:
    """The hash of a header with so many of the optional fields."""
    items = []
    for name in [*FIELDS, *OPTIONAL[:optional]]:
        value = header[name]
        items.append(_minimal(value) if name in NUMBERS else bytes.fromhex(value[2:]))
    return "0x" + keccak(rlp.encode(items)).hex()


def optional_of(header: dict[str, Any]) -> int:
    """How many optional fields the header has."""
    known = [count for count in range(len(OPTIONAL) + 1) if all(name in header for name in OPTIONAL[:count])]
    return next(count for count in known if header_hash(header, count) == header["hash"])


def _minimal(value: str) -> bytes:
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


class Rehashed(Member):
    """A member with other headers: `altered` says which."""

    lasting = True

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        # Real hash → shown hash, and back; the real hash by number, of the blocks that were seen.
        self.shown: dict[str, str] = {}
        self.real: dict[str, str] = {}
        self._chain: list[str] = []

    def altered(self, header: dict[str, Any]) -> dict[str, Any]:
        """The header as this chain has it; hash and parent's hash are changed by the caller."""
        return header

    def asked(self, call: Call) -> Call:
        self.follow()
        return call | {"params": _replaced(call["params"], self.real)}

    def told(self, call: Call, result: Any) -> Any:
        self.follow()
        return self.truth(call["method"], result)

    def truth(self, method: str, result: Any) -> Any:
        self.follow()
        if isinstance(result, dict) and "stateRoot" in result:
            result = self.altered(result)
        return _replaced(result, self.shown)

    def follow(self) -> None:
        """Computes the hashes of blocks that are new."""
        head = self.node.rpc("eth_getBlockByNumber", "latest", False)
        number = int(head["number"], 16)
        if len(self._chain) == number + 1 and self._chain[number] == head["hash"]:
            return
        del self._chain[number:]
        while (
            self._chain
            and self.node.rpc("eth_getBlockByNumber", hex(len(self._chain) - 1), False)["hash"] != self._chain[-1]
        ):
            self._chain.pop()
        for start in range(len(self._chain), number + 1, HEADERS_AT_ONCE):
            numbers = range(start, min(start + HEADERS_AT_ONCE, number + 1))
            calls = [
                {"jsonrpc": "2.0", "method": "eth_getBlockByNumber", "params": [hex(each), False]} for each in numbers
            ]
            for answer in self.node.forward(calls):
                self._add(answer["result"])

    def _add(self, header: dict[str, Any]) -> None:
        optional = optional_of(header)
        changed = self.altered(header) | {"parentHash": self.shown.get(header["parentHash"], header["parentHash"])}
        present = [name for name in OPTIONAL if name in changed]
        hash_ = header_hash(changed, min(optional, len(present)))
        self.shown[header["hash"]], self.real[hash_] = hash_, header["hash"]
        self._chain.append(header["hash"])


def _replaced(value: Any, by: dict[str, str]) -> Any:
    if isinstance(value, str):
        return by.get(value, value) if len(value) == 66 else value
    if isinstance(value, list):
        return [_replaced(each, by) for each in value]
    if isinstance(value, dict):
        return {name: _replaced(each, by) for name, each in value.items()}
    return value
