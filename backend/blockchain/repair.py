"""Repairs of a write that does not land: staff retry it, or give it up, which turns it into a note.

A write that is given up keeps its nonce and becomes NOTED, with a payload that says what it was and why it was given
up. So no write behind it needs a new nonce, and nothing disappears. `docs/specification.md` 2.4.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from blockchain import acceptance
from blockchain.common.retry import atomic_retried
from blockchain.models import Complaint, Write
from blockchain.protocol import lifecycle, payloads
from blockchain.protocol.kinds import EventType, Status
from blockchain.signals import status_computed

logger = logging.getLogger(__name__)

State = Write.State

# Writes in no transaction: nothing can put them on the chain in their present form.
# The officer's signature is not for the write in its present form: give the write up, and sign a new one.
SIGNATURE_VOID = "SignatureVoid"
REPAIRABLE = (State.RESERVED, State.PENDING, State.FAILED)
OFFICERS = ("actor", "entry_head", "valid_until", "entry_signature")
# The officer's signature is only valid for the entry in its original form.
UNSIGNED = {"actor": "", "entry_head": "", "valid_until": None, "entry_signature": "", "reserved_until": None}
UNTRIED = {"state": State.PENDING, "attempts": 0, "next_attempt_at": None, "error_code": "", "error_detail": ""}


class GiveUpRefused(Exception):
    """A write can't be given up, or not alone. The message says why.

    `write` is the write that prevents it. `needed` are the additional writes, in the order of their nonces, that must
    be given up together with the requested ones. One of the two is empty.
    """

    def __init__(self, message: str, *, write: Write | None = None, needed: Sequence[Write] = ()) -> None:
        self.write, self.needed = write, list(needed)
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class GivingUp:
    """Why writes are given up, and who decided it (an opaque id)."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("giving up a write needs a reason")


def write_retry(*, write_id: int, by: str, reason: str = "") -> bool:
    """Puts a failed write back into the queue and resets its attempts. False if the write is no longer failed.

    Also False for an officer's entry whose signature is void or unknown: the relay would record it as its own. `by` is
    the opaque id of the person who retries; it is logged with the reason.
    """
    # Compare and set: the relay or a colleague may have changed it first.
    failed = Write.objects.filter(pk=write_id, state=State.FAILED).exclude(error_code=SIGNATURE_VOID)
    failed = failed.exclude(~Q(actor=""), entry_signature="")
    # As if it was packed once: the relay then asks first whether the contract expects it.
    done = failed.update(**UNTRIED | {"attempts": 1}, updated_at=timezone.now()) == 1
    if done:
        logger.info("write retried", extra={"write_id": write_id, "by": by, "reason": reason})
    return done


@atomic_retried
def writes_give_up(*, write_ids: Collection[int], by: str, reason: str, with_needed: bool = False) -> list[Write]:
    """Gives up writes of one complaint, all or none; returns them, in the order of their nonces.

    `by` is the opaque id of the person who does it. With `with_needed`, writes that would be unlawful without them are
    given up too. Raises `GiveUpRefused`; `blockchain.acceptance.ComplaintFrozen`; `Write.DoesNotExist`; or `ValueError`
    without a reason, or for writes of several complaints.
    """
    why = GivingUp(by=by, reason=reason.strip())
    complaints = Complaint.objects.filter(writes__in=write_ids).distinct()[:2]
    if not complaints:
        raise Write.DoesNotExist("these writes do not exist")
    if len(complaints) > 1:
        raise ValueError("the writes must belong to one complaint")
    complaint = acceptance.complaint_lock(complaints[0])
    if complaint.frozen_reason:
        raise acceptance.ComplaintFrozen(complaint.frozen_reason)
    writes = writes_locked(complaint)
    chosen = [write for write in writes if write.pk in write_ids]
    needed = needed_with(writes, chosen)
    if needed and not with_needed:
        names = ", ".join(f"{write.get_event_type_display()} (nonce {write.nonce})" for write in needed)
        raise GiveUpRefused(f"later writes would no longer be lawful; also give up: {names}", needed=needed)
    done = sorted((*chosen, *needed), key=lambda write: write.nonce)
    for write in done:
        become_note(write, why, witnessed=complaint.witnessed)
    status_recompute(complaint, writes)
    return done


def writes_locked(complaint: Complaint) -> list[Write]:
    """All writes of a complaint, in the order of their nonces, with their rows locked until the transaction ends."""
    return list(Write.objects.select_for_update().filter(complaint=complaint).order_by("nonce"))


def needed_with(writes: Sequence[Write], chosen: Sequence[Write]) -> list[Write]:
    """The writes that must be given up with the `chosen` ones to keep the rest lawful.

    `writes` are all writes of the complaint, in the order of their nonces. Raises `GiveUpRefused` if a chosen or needed
    write can't be given up.
    """
    for write in chosen:
        require_repairable(write)
    noted, needed = {write.pk for write in chosen}, []
    while (index := lifecycle.first_unlawful(Status.NONE, types_of(writes, noted))) is not None:
        require_repairable(writes[index])
        noted.add(writes[index].pk)
        needed.append(writes[index])
    return needed


def types_of(writes: Sequence[Write], noted: Collection[int] = ()) -> list[int]:
    """The kinds of the writes, with those in `noted` (primary keys) as notes."""
    return [int(EventType.NOTED) if write.pk in noted else write.event_type for write in writes]


def require_repairable(write: Write) -> None:
    """Raises `GiveUpRefused` for a write that can't be given up."""
    name = f"{write.get_event_type_display()} (nonce {write.nonce})"
    if write.event_type == EventType.CREATED:
        raise GiveUpRefused(f"{name} can't be given up: record it, then reject or close the complaint", write=write)
    if write.state not in REPAIRABLE:
        raise GiveUpRefused(f"{name} can't be given up: it is {write.state}", write=write)
    # A note of ours always lands; an officer's may be refused, because the signature or the role has gone.
    if write.event_type == EventType.NOTED and not write.actor:
        raise GiveUpRefused(f"{name} can't be given up: it is already a note", write=write)


def become_note(write: Write, why: GivingUp, *, witnessed: bool) -> None:
    """Turns a write into the note that takes its place, in the caller's transaction. The original is kept with it."""
    name = EventType(write.event_type).name
    payload = payloads.payload_new(
        event_type=EventType.NOTED,
        by=why.by,
        witnessed=witnessed,
        reason=why.reason,
        # The original commitment: anyone with its salt and payload can still show what the write was.
        given_up={"type": name, "data": write.data},
    )
    was = {
        "event_type": name,
        "data": write.data,
        "salt": write.salt,
        "payload": write.payload,
        "error_code": write.error_code,
        "error_detail": write.error_detail,
        "by": why.by,
        "reason": why.reason,
    }
    if write.actor:
        # If the officer has signed, anyone who holds the signature may still record the entry.
        was |= {field: getattr(write, field) for field in OFFICERS}
    changes: dict[str, Any] = {
        **acceptance.commitment_new(payload),
        **UNSIGNED,
        **UNTRIED,
        "event_type": EventType.NOTED,
        "given_up": was,
        "transaction": None,
    }
    if write.state == State.RESERVED:
        changes["dedupe_key"] = None  # frees the key, since the request may be repeated
    for field, value in changes.items():
        setattr(write, field, value)
    write.save(update_fields=[*changes, "updated_at"])
    logger.warning(
        "write given up", extra={"write_id": write.pk, "event_type": name, "by": why.by, "reason": why.reason}
    )


def status_recompute(complaint: Complaint, writes: Sequence[Write]) -> None:
    """Saves the status in the contract once all `writes` have landed. Raises `ValueError` if they can't all land."""
    complaint.accepted_status = lifecycle.status_after(Status.NONE, types_of(writes))
    complaint.save(update_fields=["accepted_status"])
    status_computed.send(sender=Complaint, complaint=complaint)
