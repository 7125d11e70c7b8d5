"""Nonces that are reserved for an officer's signature: what may be recorded meanwhile, and how a reservation ends.

Writes that are accepted during a reservation get the nonces behind it, so they must be lawful with and without the
entry. A complaint has one reservation at a time. The officer may have signed even if it ended, and anyone who holds the
signature may then record the entry: the chain decides, and the stored entry identifies its link.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from blockchain import acceptance, repair
from blockchain.models import Complaint, EndedEntry, Write
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.lifecycle import transition

logger = logging.getLogger(__name__)

LENGTH = timedelta(minutes=10)
EXPIRED = repair.GivingUp(by="system", reason="reservation expired")
# How long an ended entry is kept after its signature expires, for differing clocks and blocks that are not final yet.
KEPT = timedelta(days=1)


def is_over(write: Write) -> bool:
    """Whether a reservation has expired. An end further ahead than a whole reservation comes from a wrong clock."""
    assert write.reserved_until is not None
    return not timezone.now() < write.reserved_until <= timezone.now() + LENGTH


def standing(complaint: Complaint) -> Write | None:
    """The current reservation of a locked complaint, if any. An expired reservation is ended."""
    write = Write.objects.filter(complaint=complaint, state=Write.State.RESERVED).first()
    if write is not None and is_over(write):
        end(complaint, write)
        return None
    return write


def respect(*, complaint: Complaint, event_type: EventType) -> None:
    """Raises `EntryReserved` for a link that would be lawful only with the reserved entry, or only without it."""
    write = standing(complaint)
    if write is None:
        return
    assert write.reserved_until is not None
    following = transition(Status(complaint.accepted_status), event_type)
    if (following is None) != (transition(_status_without(write), event_type) is None):
        raise acceptance.EntryReserved(until=write.reserved_until)


def end(complaint: Complaint, write: Write) -> None:
    """Ends a reservation: frees its nonce if it is the last one; otherwise turns the entry into a note."""
    if write.nonce == complaint.next_nonce - 1:
        _keep(write)
        write.delete()
        complaint.next_nonce -= 1
        complaint.save(update_fields=["next_nonce"])
    else:
        repair.become_note(write, EXPIRED, witnessed=complaint.witnessed)
    repair.status_recompute(complaint, repair.writes_locked(complaint))


def _keep(write: Write) -> None:
    EndedEntry.objects.filter(valid_until__lt=int((timezone.now() - KEPT).timestamp())).delete()
    kept = {field: getattr(write, field) for field in EndedEntry.OF_ENTRY}
    EndedEntry.objects.create(write_id=write.pk, complaint_id=write.complaint_id, **kept)


def reservations_expire() -> int:
    """Ends the expired reservations, so nothing waits behind them; returns their number."""
    ended = 0
    for write in Write.objects.filter(state=Write.State.RESERVED).select_related("complaint").order_by("complaint_id"):
        if is_over(write):
            with transaction.atomic():
                complaint = acceptance.complaint_lock(write.complaint)
                # A frozen complaint waits for `recover`, which assigns new nonces.
                if not complaint.frozen_reason and standing(complaint) is None:
                    ended += 1
    if ended:
        logger.info("reservations expired", extra={"reservations": ended})
    return ended


def _status_without(write: Write) -> Status:
    """The later status in the contract if the reserved entry becomes a note."""
    status = Status.NONE
    others = Write.objects.filter(complaint=write.complaint_id).exclude(pk=write.pk).order_by("nonce")
    for event_type in others.values_list("event_type", flat=True):
        status = transition(status, event_type) or status
    return status
