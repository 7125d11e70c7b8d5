"""Calls, errors and events of a contract, encoded and decoded from its ABI."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi import decode, encode
from eth_utils import keccak, to_checksum_address

from tests.support.spec import ROLES, EventType, Status

AbiItem = dict[str, Any]

# What the EVM and the compiler revert with, whatever the contract's ABI says.
BUILT_IN_ERRORS: tuple[AbiItem, ...] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)

ENUMS = {"Status": Status, "EventType": EventType}


class Role(bytes):
    """The hash of a role; equal to any other such bytes, and shown by its name."""

    NAMES = {keccak(text=name): name for name in ROLES} | {bytes(32): "DEFAULT_ADMIN_ROLE"}

    def __repr__(self) -> str:
        return self.NAMES.get(bytes(self)) or super().__repr__()


@dataclass(frozen=True)
class Event:
    """One decoded log."""

    name: str
    args: dict[str, Any]
    address: str


class Reverted(Exception):
    """A call or transaction reverted. `name` is the error's, empty for a revert without data."""

    def __init__(self, name: str, arguments: dict[str, Any], data: bytes) -> None:
        super().__init__(f"{name or 'no data'}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
        self.name = name
        self.arguments = arguments
        self.data = data


def canonical_type(item: AbiItem) -> str:
    """The type as it stands in a signature: tuples spelled out."""
    if not item["type"].startswith("tuple"):
        return item["type"]
    return f"({','.join(canonical_type(part) for part in item['components'])}){item['type'][5:]}"


def signature(item: AbiItem) -> str:
    """`name(type,type)`, of a function, error or event."""
    return f"{item['name']}({','.join(canonical_type(part) for part in item['inputs'])})"


def selector(item: AbiItem) -> bytes:
    """First four bytes of the hash of the signature."""
    return keccak(text=signature(item))[:4]


def _present(item: AbiItem, value: Any) -> Any:
    """A decoded value as the tests write it: checksummed addresses, dicts for structs."""
    if item["type"] == "address":
        return to_checksum_address(value)
    if item["type"] == "tuple":
        return {part["name"]: _present(part, inner) for part, inner in zip(item["components"], value, strict=True)}
    if item["type"].endswith("[]"):
        return [_present({**item, "type": item["type"][:-2]}, inner) for inner in value]
    return _named(item, value)


def _named(item: AbiItem, value: Any) -> Any:
    """An equal value whose `repr` is a name, where it has one: of a status, a type of event or a role."""
    enum = ENUMS.get(str(item.get("internalType", "")).rpartition(".")[2].removesuffix("[]"))
    if enum is not None and value in set(enum):
        return enum(value)
    if item["type"] == "bytes32" and item["name"].lower().endswith("role"):
        return Role(value)
    return value


@dataclass(frozen=True)
class Codec:
    """Encoder and decoder of one ABI. Overloaded functions are not supported: the contract has none."""

    abi: Sequence[AbiItem]
    functions: dict[str, AbiItem] = field(init=False, repr=False)
    errors: dict[bytes, AbiItem] = field(init=False, repr=False)
    events: dict[bytes, AbiItem] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        def items(kind: str, source: Iterable[AbiItem] = self.abi) -> list[AbiItem]:
            return [item for item in source if item["type"] == kind]

        object.__setattr__(self, "functions", {item["name"]: item for item in items("function")})
        errors = [*items("error"), *BUILT_IN_ERRORS]
        object.__setattr__(self, "errors", {selector(item): item for item in errors})
        object.__setattr__(self, "events", {keccak(text=signature(item)): item for item in items("event")})

    def constructor(self, *args: Any) -> bytes:
        """The constructor's arguments."""
        inputs: list[AbiItem] = next((item["inputs"] for item in self.abi if item["type"] == "constructor"), [])
        return encode([canonical_type(item) for item in inputs], args)

    def call(self, function: str, *args: Any) -> bytes:
        """Calldata."""
        item = self.functions[function]
        return selector(item) + encode([canonical_type(part) for part in item["inputs"]], args)

    def result(self, function: str, data: bytes) -> Any:
        """What a call returned: a value, or a tuple of several."""
        outputs = self.functions[function]["outputs"]
        values = decode([canonical_type(item) for item in outputs], data)
        shown = tuple(_present(item, value) for item, value in zip(outputs, values, strict=True))
        return shown[0] if len(shown) == 1 else shown

    def revert(self, data: bytes) -> Reverted:
        """The error in revert data. An unknown one has its selector as name."""
        item = self.errors.get(data[:4])
        if item is None:
            return Reverted(data[:4].hex(), {}, data)
        values = decode([canonical_type(part) for part in item["inputs"]], data[4:])
        arguments = {part["name"]: _present(part, value) for part, value in zip(item["inputs"], values, strict=True)}
        return Reverted(item["name"], arguments, data)

    def event(self, log: dict[str, Any]) -> Event:
        """A raw JSON-RPC log. Raises `KeyError` for an event that is not in the ABI."""
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        item = self.events[topics[0]]
        indexed = [part for part in item["inputs"] if part["indexed"]]
        plain = [part for part in item["inputs"] if not part["indexed"]]
        values: dict[str, Any] = {}
        for part, topic in zip(indexed, topics[1:], strict=True):
            values[part["name"]] = _present(part, decode([part["type"]], topic)[0])
        data = decode([canonical_type(part) for part in plain], bytes.fromhex(log["data"][2:]))
        for part, value in zip(plain, data, strict=True):
            values[part["name"]] = _present(part, value)
        ordered = {part["name"]: values[part["name"]] for part in item["inputs"]}
        return Event(item["name"], ordered, to_checksum_address(log["address"]))
