"""Signatures as random lives have them: most are good, and each kind of bad one comes up."""

from typing import Final

from tests.support.entries import Objection, SignedEntry
from tests.support.registry import Registry
from tests.support.signing import Signable, compact, malleate, sign_typed_data, typed_data
from tests.support.spec import MAX_UINT24, ZERO_ADDRESS

SIGNATURE_FLAWS: Final = (
    *("other signer", "other chain", "other contract", "other genesis", "other nonce", "other data"),
    *("other type", "other actor", "other head", "later expiry", "high s", "compact", "truncated", "empty"),
)


def sign(registry: Registry, signed: SignedEntry, flaw: str | None) -> tuple[bytes, bool]:
    """A signature of it, and whether it is one: with a flaw, something else was signed, or by somebody else."""
    entry, other = signed.entry, registry.actors.successor
    changes = {
        "other nonce": {"nonce": (entry.nonce + 1) % MAX_UINT24},
        "other data": {"data": bytes(31) + b"\x09"},
        "other type": {"event_type": (entry.event_type + 1) % 8},
        "other actor": {"actor": other},
        "other head": {"head": b"\x02" * 22},
        "later expiry": {"valid_until": abs(signed.valid_until - 1)},
    }.get(flaw or "", {})
    return _sign(registry, signed.but(**changes), signed.actor, flaw), flaw is None


def sign_objection(registry: Registry, objection: Objection, flaw: str | None) -> tuple[bytes, bool]:
    """As `sign`; some flaws leave an objection as it is."""
    changes = {
        "other nonce": {"number": objection.number ^ 1},
        "other data": {"data": bytes(31) + b"\x09"},
        "other actor": {"complainant": registry.actors.successor},
    }.get(flaw or "", {})
    is_genuine = flaw in (None, "other type", "other head", "later expiry")
    return _sign(registry, objection.but(**changes), objection.complainant, flaw), is_genuine


def _sign(registry: Registry, signable: Signable, signer: str, flaw: str | None) -> bytes:
    other = registry.actors.successor
    typed = typed_data(
        signable,
        bytes(22) if flaw == "other genesis" else registry.genesis,
        registry.node.chain_id + (flaw == "other chain"),
        other if flaw == "other contract" else registry.address,
    )
    is_somebody = signer != ZERO_ADDRESS and flaw != "other signer"
    signature = sign_typed_data(registry.node, signer if is_somebody else other, typed)
    match flaw:
        case "high s":
            return malleate(signature)
        case "compact":
            return compact(signature)
        case "truncated":
            return signature[:-1]
        case "empty":
            return b""
    return signature
