"""EIP-712 typed data of entries, objections and acknowledgements, as wallets show and sign it.

`docs/specification.md` 2.3. Every struct contains GENESIS, so two chains with the same id share no signature.
"""

from dataclasses import dataclass
from typing import Any, Final

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

DOMAIN_NAME: Final = "ComplaintRegistry"
DOMAIN_VERSION: Final = "2"
ANY_HEAD: Final = "0x" + "00" * 22
FOREVER: Final = 2**40 - 1
"""`validUntil` of a promise: the last second that the type can hold."""
MAX_SIGNED_GAS: Final = 1_000_000
"""Gas for an entry with the check of its signature. A contract account runs its own code for it, at our expense."""

_DOMAIN: Final = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
ENTRY: Final = (
    ("genesis", "bytes22"),
    ("complaintId", "bytes32"),
    ("data", "bytes32"),
    ("eventType", "uint8"),
    ("nonce", "uint24"),
    ("head", "bytes22"),
    ("actor", "address"),
    ("validUntil", "uint40"),
)
OBJECTION: Final = (("genesis", "bytes22"), ("complaintId", "bytes32"), ("data", "bytes32"), ("number", "uint8"))
ACKNOWLEDGEMENT: Final = (
    ("genesis", "bytes22"),
    ("complaintId", "bytes32"),
    ("eventType", "uint8"),
    ("data", "bytes32"),
    ("acceptedAt", "uint40"),
)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One deployment. `genesis`: `0x` hex of 22 bytes."""

    chain_id: int
    contract: str
    genesis: str

    def typed_data(self, name: str, fields: tuple[tuple[str, str], ...], message: dict[str, Any]) -> dict[str, Any]:
        """The JSON of EIP-712 for a struct of this deployment; `genesis` is added."""
        return {
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": self.chain_id,
                "verifyingContract": self.contract,
            },
            "types": {"EIP712Domain": _members(_DOMAIN), name: _members(fields)},
            "primaryType": name,
            "message": {"genesis": self.genesis, **message},
        }


def entry_typed_data(
    domain: Domain,
    *,
    complaint_id: str,
    data: str,
    event_type: int,
    nonce: int,
    actor: str,
    valid_until: int,
    head: str = ANY_HEAD,
) -> dict[str, Any]:
    """An entry that `actor` signs; hashes as `0x` hex, `valid_until` in Unix seconds; `head` zero: any."""
    message = {
        "complaintId": complaint_id,
        "data": data,
        "eventType": int(event_type),
        "nonce": nonce,
        "head": head,
        "actor": actor,
        "validUntil": valid_until,
    }
    return domain.typed_data("Entry", ENTRY, message)


def objection_typed_data(domain: Domain, *, complaint_id: str, data: str, number: int) -> dict[str, Any]:
    """An objection that the complainant signs; `number` is that of objections on record."""
    return domain.typed_data("Objection", OBJECTION, {"complaintId": complaint_id, "data": data, "number": number})


def acknowledgement_typed_data(
    domain: Domain, *, complaint_id: str, event_type: int, data: str, accepted_at: int
) -> dict[str, Any]:
    """What the operator signs for a comment or a file; `accepted_at` in Unix seconds. It carries no nonce."""
    message = {"complaintId": complaint_id, "eventType": int(event_type), "data": data, "acceptedAt": accepted_at}
    return domain.typed_data("Acknowledgement", ACKNOWLEDGEMENT, message)


def digest(typed_data: dict[str, Any]) -> bytes:
    """The 32 bytes that are signed."""
    signable = encode_typed_data(full_message=typed_data)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def _members(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]
