"""Decides whether a complaint accepts a link: locks the complaint's row, then checks its status and its links.

All code that assigns, changes or releases a nonce starts here; `recording.py` is the entry point for recording.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from blockchain.common.errors import NAMESPACE, ConflictError
from blockchain.models import Complaint, Write
from blockchain.models.bulk import queryset_of
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType, Status, kind_of
from blockchain.protocol.lifecycle import transition
from blockchain.protocol.schemas import payload_check

# The problem type of every request that the complaint's status forbids.
TRANSITION_REFUSED = f"{NAMESPACE}transition-refused"


class OutsideTransactionError(Exception):
    """A call tried to record outside of a database transaction, which could separate the write from its change."""


class UnrecordedChange(Exception):
    """A call tried to change recorded data in a way that would not be recorded."""


class EventDiffers(ConflictError):
    """A different event was already recorded under this id."""

    type_ = f"{NAMESPACE}event-differs"

    def __init__(self) -> None:
        super().__init__("an event with this id but different contents was already recorded")


class RecordingRefused(ConflictError):
    """Base of all reasons to refuse a request. The message gives the reason."""


class TransitionForbidden(RecordingRefused):
    """The complaint's status does not allow this kind of link."""

    type_ = TRANSITION_REFUSED
    title = "Transition refused"

    def __init__(self, *, status: Status, event_type: EventType) -> None:
        self.status_on_chain, self.event_type = status, event_type
        super().__init__(f"a complaint that is {status.name} does not accept {event_type.name}")

    @property
    def members(self) -> dict[str, Any]:
        return {"from": self.status_on_chain.name.lower(), "to": self.event_type.name.lower()}


class ComplaintFrozen(RecordingRefused):
    """The chain has a link on this complaint that this system did not record; `recover` resolves it."""

    type_ = f"{NAMESPACE}complaint-frozen"
    title = "Complaint frozen"


class EvidenceAnchored(RecordingRefused):
    """The complaint already has evidence with this commitment."""


class EntryReserved(RecordingRefused):
    """The link would be lawful only with, or only without, an entry that is still waiting for its signature."""

    def __init__(self, *, until: datetime) -> None:
        self.until = until
        super().__init__(f"an entry of this complaint is waiting for its signature until {until:%Y-%m-%d %H:%M:%S} UTC")


def commitment_new(payload: dict[str, Any]) -> dict[str, Any]:
    """The columns of a write that commits to a payload, with a fresh salt. Raises `PayloadInvalid`."""
    payload_check(payload)
    salt = hashing.salt_new()
    data = hashing.data_hash(salt=salt, payload=payload)
    return {"payload": payload, "salt": hashing.hex0x(salt), "data": hashing.hex0x(data)}


def complaint_lock(complaint: Complaint) -> Complaint:
    """Locks the complaint's row until the transaction ends, and refreshes the complaint."""
    require_transaction(what=str(complaint))
    fresh = Complaint.objects.select_for_update().get(pk=complaint.pk)
    for field in ("next_nonce", "accepted_status", "frozen_reason"):
        setattr(complaint, field, getattr(fresh, field))
    return complaint


def complaints_lock(pks: Iterable[int]) -> None:
    """Locks complaints in id order until the transaction ends. Like requests, call it before locking any write.

    SQLite locks the whole database, so `pks`, which may be a queryset, is not read there.
    """
    if connection.features.has_select_for_update and (found := set(pks)):
        list(queryset_of(Complaint, found).select_for_update().order_by("pk").values_list("pk"))


def require_allowed(*, complaint: Complaint, event_type: EventType) -> Status:
    """The contract's status after such a link. Raises `ComplaintFrozen` or `TransitionForbidden`."""
    require_not_frozen(complaint)
    status = Status(complaint.accepted_status)
    following = transition(status, event_type)
    if following is None or not kind_of(event_type).is_entry:
        raise TransitionForbidden(status=status, event_type=event_type)
    return following


def require_not_frozen(complaint: Complaint) -> None:
    """Raises `ComplaintFrozen` while nothing can be recorded on a complaint."""
    if complaint.frozen_reason:
        raise ComplaintFrozen(complaint.frozen_reason)


def require_transaction(*, what: str) -> None:
    """Raises `OutsideTransactionError` outside a transaction."""
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{what} must be recorded in the database transaction that makes the change")


def require_not_anchored(*, complaint: Complaint, data: str) -> None:
    """Raises `EvidenceAnchored` for a commitment that the complaint already has, since the contract would refuse it."""
    same = Write.objects.filter(complaint=complaint, event_type=EventType.EVIDENCE_ANCHORED, data=data)
    if same.exists():
        raise EvidenceAnchored("evidence with this commitment was already recorded")
