"""A proof-of-authority chain: anvil behind a proxy whose headers carry seals in `extraData`, and hash accordingly."""

from typing import Any

import rlp
from eth_utils.crypto import keccak

from tests.support.proxy import Answer
from tests.support.rpc import Rpc

Json = dict[str, Any]

# A header's fields in the order of its RLP, and whether a field is a number. Later forks append theirs.
HEADER = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)


def header_hash(block: Json) -> str:
    """Of a block as JSON-RPC has it."""
    values = [
        (int(block[name], 16) if number else bytes.fromhex(block[name][2:])) for name, number in HEADER if name in block
    ]
    return "0x" + keccak(rlp.encode(values)).hex()


class AuthorityChain:
    """Answers as the node behind does, with `seal_bytes` of `extraData` in every header, and the hashes that follow."""

    def __init__(self, rpc: Rpc, *, seal_bytes: int) -> None:
        self._rpc = rpc
        self._seal = "0x" + "5e" * seal_bytes
        self._hashes: dict[str, str] = {}

    def answer(self) -> Answer:
        return self._answer

    def _answer(self, method: str, params: list[Any]) -> Any:
        theirs = {ours: real for real, ours in self._hashes.items()}
        result = self._rpc(method, *_replaced(params, theirs))
        if method.startswith("eth_getBlockBy") and result:
            self._learn(result["number"])
            return self._sealed(result)
        for number in _block_numbers(result):
            self._learn(number)
        return _replaced(result, self._hashes)

    def _learn(self, number: str) -> None:
        """The hash of a block under its seal, which takes that of its parent."""
        missing = int(number, 16)
        blocks = []
        while missing >= 0:
            block = self._rpc("eth_getBlockByNumber", hex(missing), False)
            if block["hash"] in self._hashes:
                break
            assert header_hash(block) == block["hash"]
            blocks.append(block)
            missing -= 1
        for block in reversed(blocks):
            self._hashes[block["hash"]] = header_hash(self._sealed(block))

    def _sealed(self, block: Json) -> Json:
        return _replaced(block, self._hashes) | {"extraData": self._seal}


def _replaced(value: Any, by: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, by) for item in value]
    return by.get(value, value) if isinstance(value, str) else value


def _block_numbers(value: Any) -> list[str]:
    """Of the blocks that receipts, transactions and logs name."""
    if isinstance(value, list):
        return [number for item in value for number in _block_numbers(item)]
    return [value["blockNumber"]] if isinstance(value, dict) and value.get("blockNumber") else []
