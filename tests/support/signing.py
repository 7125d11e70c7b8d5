"""EIP-712 signatures of complaint events, and how to spoil them."""

from dataclasses import dataclass, replace
from typing import Any, Final

from eth_abi import encode
from eth_utils import keccak

from tests.support.node import Node

DOMAIN_NAME: Final = "ComplaintRegistry"
DOMAIN_VERSION: Final = "1"
DOMAIN_FIELDS: Final = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
EVENT_FIELDS: Final = [
    {"name": "complaintId", "type": "bytes32"},
    {"name": "eventType", "type": "uint8"},
    {"name": "dataHash", "type": "bytes32"},
    {"name": "sequence", "type": "uint24"},
    {"name": "actor", "type": "address"},
    {"name": "validUntil", "type": "uint40"},
]

# The order of secp256k1's group: for every signature (r, s) there is the twin (r, ORDER - s).
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class SignedEvent:
    """What an officer signs. `valid_until`: Unix seconds, inclusive."""

    complaint_id: bytes
    event_type: int
    data_hash: bytes
    sequence: int
    actor: str
    valid_until: int

    def but(self, **changes: Any) -> "SignedEvent":
        """The same with some fields changed."""
        return replace(self, **changes)

    def typed_data(self, chain_id: int, contract: str) -> dict[str, Any]:
        """The JSON that wallets show and sign."""
        return {
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": chain_id,
                "verifyingContract": contract,
            },
            "types": {"EIP712Domain": DOMAIN_FIELDS, "ComplaintEvent": EVENT_FIELDS},
            "primaryType": "ComplaintEvent",
            "message": {
                "complaintId": "0x" + self.complaint_id.hex(),
                "eventType": int(self.event_type),
                "dataHash": "0x" + self.data_hash.hex(),
                "sequence": self.sequence,
                "actor": self.actor,
                "validUntil": self.valid_until,
            },
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
    fields = ",".join(f"{field['type']} {field['name']}" for field in DOMAIN_FIELDS)
    values = [keccak(text=f"EIP712Domain({fields})"), keccak(text=DOMAIN_NAME), keccak(text=DOMAIN_VERSION)]
    return keccak(encode(["bytes32"] * 3 + ["uint256", "address"], [*values, chain_id, contract]))


def type_hash() -> bytes:
    """Of the type string in spec 2.3."""
    fields = ",".join(f"{field['type']} {field['name']}" for field in EVENT_FIELDS)
    return keccak(text=f"ComplaintEvent({fields})")


def digest(event: SignedEvent, chain_id: int, contract: str) -> bytes:
    """The hash that is signed."""
    types = ["bytes32", *(field["type"] for field in EVENT_FIELDS)]
    values = [event.complaint_id, event.event_type, event.data_hash, event.sequence, event.actor, event.valid_until]
    struct = keccak(encode(types, [type_hash(), *values]))
    return keccak(b"\x19\x01" + domain_separator(chain_id, contract) + struct)
