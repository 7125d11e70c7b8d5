"""EIP-712 signatures of entries and objections, and how to spoil them."""

from typing import Any, Final

from eth_abi import encode
from eth_utils import keccak

from tests.support.entries import Objection, SignedEntry
from tests.support.node import Node

DOMAIN_NAME: Final = "ComplaintRegistry"
DOMAIN_VERSION: Final = "2"
DOMAIN_FIELDS: Final = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
ENTRY_FIELDS: Final = [
    {"name": "genesis", "type": "bytes22"},
    {"name": "complaintId", "type": "bytes32"},
    {"name": "data", "type": "bytes32"},
    {"name": "eventType", "type": "uint8"},
    {"name": "nonce", "type": "uint24"},
    {"name": "head", "type": "bytes22"},
    {"name": "actor", "type": "address"},
    {"name": "validUntil", "type": "uint40"},
]
OBJECTION_FIELDS: Final = [
    {"name": "genesis", "type": "bytes22"},
    {"name": "complaintId", "type": "bytes32"},
    {"name": "data", "type": "bytes32"},
    {"name": "number", "type": "uint8"},
]
FIELDS: Final = {"Entry": ENTRY_FIELDS, "Objection": OBJECTION_FIELDS}

# The order of secp256k1's group: for every signature (r, s) there is the twin (r, ORDER - s).
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

Signable = SignedEntry | Objection


def _message(signable: Signable, genesis: bytes) -> tuple[str, list[Any]]:
    """The primary type, and the values of its fields in their order."""
    if isinstance(signable, Objection):
        return "Objection", [genesis, signable.complaint_id, signable.data, signable.number]
    entry = signable.entry
    own = [signable.head, signable.actor, signable.valid_until]
    return "Entry", [genesis, entry.complaint_id, entry.data, int(entry.event_type), entry.nonce, *own]


def typed_data(signable: Signable, genesis: bytes, chain_id: int, contract: str) -> dict[str, Any]:
    """The JSON that wallets show and sign."""
    primary, values = _message(signable, genesis)
    shown = ["0x" + value.hex() if isinstance(value, bytes) else value for value in values]
    return {
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": contract,
        },
        "types": {"EIP712Domain": DOMAIN_FIELDS, primary: FIELDS[primary]},
        "primaryType": primary,
        "message": {field["name"]: value for field, value in zip(FIELDS[primary], shown, strict=True)},
    }


def sign_typed_data(node: Node, signer: str, typed_data: dict[str, Any]) -> bytes:
    """65 bytes r, s, v by one of the node's accounts."""
    return bytes.fromhex(node.rpc("eth_signTypedData_v4", signer, typed_data)[2:])


def malleate(signature: bytes) -> bytes:
    """The other signature of the same message by the same key, with the high s."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64]), signature[64]
    return r + (ORDER - s).to_bytes(32) + bytes([55 - v])


def compact(signature: bytes) -> bytes:
    """The 64-byte form of EIP-2098."""
    s = int.from_bytes(signature[32:64]) | (signature[64] - 27) << 255
    return signature[:32] + s.to_bytes(32)


def domain_separator(chain_id: int, contract: str) -> bytes:
    """EIP-712, computed here and nowhere else."""
    values = [keccak(text=_type_string("EIP712Domain", DOMAIN_FIELDS)), keccak(text=DOMAIN_NAME)]
    types = ["bytes32"] * 3 + ["uint256", "address"]
    return keccak(encode(types, [*values, keccak(text=DOMAIN_VERSION), chain_id, contract]))


def type_string(primary: str) -> str:
    """Of `Entry` or `Objection`."""
    return _type_string(primary, FIELDS[primary])


def type_hash(primary: str) -> bytes:
    """Of `Entry` or `Objection`."""
    return keccak(text=type_string(primary))


def digest(signable: Signable, genesis: bytes, chain_id: int, contract: str) -> bytes:
    """The hash that is signed."""
    primary, values = _message(signable, genesis)
    types = ["bytes32", *(field["type"] for field in FIELDS[primary])]
    struct = keccak(encode(types, [type_hash(primary), *values]))
    return keccak(b"\x19\x01" + domain_separator(chain_id, contract) + struct)


def _type_string(name: str, fields: list[dict[str, str]]) -> str:
    return f"{name}({','.join(' '.join((field['type'], field['name'])) for field in fields)})"
