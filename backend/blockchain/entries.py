"""Entries that officers sign with keys of their own: prepared here, signed by them, and recorded by the relay.

The signature is EIP-712 over the entry, by the actor's key, or by the actor's contract (ERC-1271). The link's actor is
then the officer, who needs the role of the kind on the chain. `docs/specification.md` 5.2.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from eth_hash.auto import keccak
from eth_keys import keys
from eth_keys.constants import SECPK1_N
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import to_checksum_address

from blockchain import acceptance, recording, reservations
from blockchain.chain.artifact import deployment
from blockchain.chain.contract import Registry, registry_of_requests
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.common.retry import atomic_retried
from blockchain.landing import BLOCK_DROPPED
from blockchain.models import Complaint, Write
from blockchain.protocol import typed_data
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import EventType, kind_of
from blockchain.repair import UNTRIED

logger = logging.getLogger(__name__)

VALIDITY = timedelta(days=3)
"""How long a signature holds by default.

It may have to wait for the writes before it, or for the chain over a weekend. It is not longer, because until then its
holder can still record the entry, even if it was given up here.
"""
LANDED = (Write.State.MINED, Write.State.CONFIRMED)

MAX_SIGNATURE_BYTES = 4_096
_ERC1271_MAGIC = keccak(b"isValidSignature(bytes32,bytes)")[:4]


class SignatureInvalid(Exception):
    """The signature is not the actor's, or not of this entry."""


class EntryGone(acceptance.RecordingRefused):
    """The reservation has ended, and something else was accepted meanwhile."""


class RoleMissing(acceptance.RecordingRefused):
    """The contract would not take this kind of entry from the actor."""


def entry_reserve(
    *,
    complaint: Complaint,
    event_type: EventType,
    actor: str,
    by: str,
    caused_by: str = "",
    changes: dict[str, list[Any]] | None = None,
    deadline: int | None = None,
    valid_until: datetime | None = None,
    more: Mapping[str, Any] | None = None,
) -> Write:
    """Gives an entry its nonce, which waits ten minutes for the signature of `actor` (checksummed address).

    In the caller's transaction. `valid_until` is when the signature expires, in `VALIDITY` unless told otherwise; the
    rest is as in `recording.record`. While the same entry waits already, of the same actor and asked for by the same
    person, that is returned. Raises `RecordingRefused`: only one entry of a complaint waits at a time; or
    `ArtifactError` where the contract is not known, so that nothing could be signed.
    """
    deployment()
    acceptance.complaint_lock(complaint)
    acceptance.require_not_frozen(complaint)
    waiting = reservations.standing(complaint)
    request = _request_key(event_type, actor, by, changes, deadline, valid_until, more)
    if waiting is not None:
        if waiting.dedupe_key == request:
            waiting.complaint = complaint
            return waiting
        assert waiting.reserved_until is not None
        raise acceptance.EntryReserved(until=waiting.reserved_until)
    write = recording.record(
        complaint=complaint,
        event_type=event_type,
        by=by,
        changes=changes,
        deadline=deadline,
        caused_by=caused_by,
        more=more,
    )
    now = timezone.now()
    write.state, write.actor, write.entry_head = Write.State.RESERVED, actor, typed_data.ANY_HEAD
    write.dedupe_key = request
    write.reserved_until = now + reservations.LENGTH
    write.valid_until = int((valid_until or now + VALIDITY).timestamp())
    changed = ["state", "actor", "entry_head", "dedupe_key", "reserved_until", "valid_until", "updated_at"]
    write.save(update_fields=changed)
    return write


def _request_key(*values: Any) -> str:
    """The same for a request that is repeated while its entry waits, as after a time-out."""
    return f"entry:{hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()}"


def entry_typed_data(write: Write) -> dict[str, Any]:
    """What the officer signs. Raises `ArtifactError` where the contract is not known."""
    assert write.valid_until is not None
    return typed_data.entry_typed_data(
        deployment().domain,
        complaint_id=write.complaint.complaint_id,
        data=write.data,
        event_type=write.event_type,
        nonce=write.nonce,
        actor=write.actor,
        valid_until=write.valid_until,
        head=write.entry_head,
    )


def entry_submit(*, write: Write, signature: str, apply: Callable[[Write], None]) -> Write:
    """Takes the signature (`0x` hex) of a reserved entry, which the relay then records.

    `apply` makes the change that the entry tells of, in the same transaction, with the complaint locked; it refuses by
    raising. The same signature again changes nothing; nor does that of an entry that somebody else has recorded, which
    is merely kept. Raises `SignatureInvalid`, or `RecordingRefused`.
    """
    if write.entry_signature and write.entry_signature == signature.lower():
        return write
    if write.state != Write.State.RESERVED:
        if write.entry_signature or not (write.state in LANDED or write.error_code == BLOCK_DROPPED):
            raise EntryGone("the entry is no longer waiting for a signature")
        return _signature_keep(write, signature)
    # Check before taking the lock: the node may be slow.
    signature_check(write=write, signature=unhex(signature))

    @atomic_retried
    def submitted() -> Write:
        acceptance.require_not_frozen(acceptance.complaint_lock(write.complaint))
        locked = Write.objects.select_for_update().filter(pk=write.pk, state=Write.State.RESERVED).first()
        if locked is None:
            raise EntryGone("the reservation has ended, and its nonce was given to another write")
        if locked.valid_until is None or locked.valid_until <= timezone.now().timestamp():
            raise EntryGone("the entry has expired")
        locked.state, locked.entry_signature, locked.reserved_until = Write.State.PENDING, signature.lower(), None
        locked.dedupe_key = None
        locked.save(update_fields=["state", "entry_signature", "reserved_until", "dedupe_key", "updated_at"])
        locked.complaint = write.complaint
        apply(locked)
        return locked

    return submitted()


def _signature_keep(write: Write, signature: str) -> Write:
    """Keeps the signature of an entry that landed without us; one whose block is gone is recorded again with it."""
    signature_check(write=write, signature=unhex(signature))
    unsigned = Write.objects.filter(pk=write.pk, entry_signature="").exclude(actor="")
    unsigned.update(entry_signature=signature.lower(), updated_at=timezone.now())
    dropped = Write.objects.filter(pk=write.pk, error_code=BLOCK_DROPPED).exclude(entry_signature="")
    dropped.update(**UNTRIED, updated_at=timezone.now())
    write.refresh_from_db()
    return write


def signature_check(*, write: Write, signature: bytes) -> None:
    """Raises `SignatureInvalid`, or `RoleMissing` where the chain says so.

    As the contract checks it: an actor with code by ERC-1271, any other by its key. While the node does not answer only
    the key can be checked, and nobody's role.
    """
    digest = typed_data.digest(entry_typed_data(write))
    contract = registry_of_requests()
    try:
        if contract.node.code(write.actor):
            valid = _is_valid_erc1271(contract, actor=write.actor, digest=digest, signature=signature)
        else:
            valid = recovered(digest=digest, signature=signature) == write.actor
        role = kind_of(write.event_type).role.value
        has_role = not valid or contract.call("hasRole", keccak(role.encode()), write.actor)[0]
    except ChainUnavailable:
        valid, has_role = recovered(digest=digest, signature=signature) == write.actor, True
    if not valid:
        raise SignatureInvalid
    if not has_role:
        raise RoleMissing(f"{write.actor} does not have {role} on the chain")


def recovered(*, digest: bytes, signature: bytes) -> str | None:
    """The checksummed address whose key made a signature that the contract accepts: 65 bytes, low s, v 27 or 28."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64], "big") > SECPK1_N // 2:
        return None
    try:
        parsed = keys.Signature(signature[:64] + bytes([signature[64] - 27]))
        public_key = parsed.recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        return None
    return str(to_checksum_address(public_key.to_canonical_address()))


def _is_valid_erc1271(contract: Registry, *, actor: str, digest: bytes, signature: bytes) -> bool:
    data = b"".join(
        (
            _ERC1271_MAGIC,
            digest,
            (64).to_bytes(32, "big"),
            len(signature).to_bytes(32, "big"),
            signature.ljust(-(-len(signature) // 32) * 32, b"\0"),
        )
    )
    try:
        answer = contract.node.call(to=actor, data=hex0x(data))
    except NodeError:
        # The wallet reverted.
        return False
    return len(answer) >= 32 and answer[:32] == _ERC1271_MAGIC.ljust(32, b"\0")
