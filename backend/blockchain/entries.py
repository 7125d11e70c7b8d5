"""Entries that officers sign with their own keys: prepared here, signed by the officer, and recorded by the relay.

The actor's key or contract (ERC-1271) signs the entry as EIP-712 typed data. The officer, who needs the role for the
kind of entry on the chain, becomes the link's actor. `docs/specification.md` 5.2.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from eth_hash.auto import keccak

from blockchain import acceptance, recording, reservations
from blockchain.chain.artifact import deployment
from blockchain.chain.contract import Registry, registry_of_requests
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.signers.signature import data_signer
from blockchain.common.retry import atomic_retried
from blockchain.landing import BLOCK_DROPPED
from blockchain.models import Complaint, Write
from blockchain.protocol import typed_data
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import EventType, kind_of
from blockchain.repair import UNTRIED

logger = logging.getLogger(__name__)

VALIDITY = timedelta(days=3)
"""How long a signature is valid by default.

The entry may have to wait for the writes before it, or for the chain over a weekend. A longer time would let its holder
record the entry long after it was given up here.
"""
LANDED = (Write.State.MINED, Write.State.CONFIRMED)

MAX_SIGNATURE_BYTES = 4_096
_ERC1271_MAGIC = keccak(b"isValidSignature(bytes32,bytes)")[:4]


class SignatureInvalid(Exception):
    """The signature is not the actor's, or not for this entry."""


class EntryGone(acceptance.RecordingRefused):
    """The reservation has ended, and something else was accepted in the meantime."""


class RoleMissing(acceptance.RecordingRefused):
    """The contract would refuse this kind of entry from the actor."""


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
    """Gives an entry its nonce, and reserves it for ten minutes for the signature of `actor` (checksummed address).

    Runs in the caller's transaction. `valid_until` is when the signature expires, by default `VALIDITY` from now; the
    other arguments are those of `recording.record`. If the same entry already waits, for the same actor and requested
    by the same person, it is returned. Raises `RecordingRefused`, also if another entry of the complaint is waiting; or
    `ArtifactError` without a deployment artifact, since nothing could be signed.
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
    """Equal for a request and its repetition, so a repetition while the entry waits (after a timeout) finds it."""
    return f"entry:{hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()}"


def entry_typed_data(write: Write) -> dict[str, Any]:
    """The typed data that the officer signs. Raises `ArtifactError` without a deployment artifact."""
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
    """Accepts the signature (`0x` hex) of a reserved entry, which the relay then records.

    `apply` makes the change that the entry describes, in the same transaction and with the complaint locked; it raises
    to refuse. Submitting the same signature again changes nothing. If somebody else has already recorded the entry, its
    signature is only stored. Raises `SignatureInvalid`, or `RecordingRefused`.
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
    """Stores the signature of an entry that landed without us, to record it again if a reorg drops its block."""
    signature_check(write=write, signature=unhex(signature))
    unsigned = Write.objects.filter(pk=write.pk, entry_signature="").exclude(actor="")
    unsigned.update(entry_signature=signature.lower(), updated_at=timezone.now())
    dropped = Write.objects.filter(pk=write.pk, error_code=BLOCK_DROPPED).exclude(entry_signature="")
    dropped.update(**UNTRIED, updated_at=timezone.now())
    write.refresh_from_db()
    return write


def signature_check(*, write: Write, signature: bytes) -> None:
    """Raises `SignatureInvalid`, or `RoleMissing` if the actor lacks the role on the chain.

    Checks as the contract does: ERC-1271 for an actor with code, the key for any other actor. While the node is
    unavailable, only keys can be checked, and roles are not.
    """
    digest = typed_data.digest(entry_typed_data(write))
    contract = registry_of_requests()
    try:
        if contract.node.code(write.actor):
            valid = _is_valid_erc1271(contract, actor=write.actor, digest=digest, signature=signature)
        else:
            valid = data_signer(digest=digest, signature=signature) == write.actor
        role = kind_of(write.event_type).role.value
        has_role = not valid or contract.call("hasRole", keccak(role.encode()), write.actor)[0]
    except ChainUnavailable:
        valid, has_role = data_signer(digest=digest, signature=signature) == write.actor, True
    if not valid:
        raise SignatureInvalid
    if not has_role:
        raise RoleMissing(f"{write.actor} does not have {role} on the chain")


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
        answer = contract.node.call(to=actor, data=hex0x(data), gas=typed_data.MAX_SIGNED_GAS)
    except NodeError:
        # The actor's contract reverted.
        return False
    return len(answer) >= 32 and answer[:32] == _ERC1271_MAGIC.ljust(32, b"\0")
