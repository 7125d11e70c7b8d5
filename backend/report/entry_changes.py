"""Makes the changes that officers' entries describe, when an entry is submitted or lands without being submitted."""

import logging
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from blockchain.acceptance import RecordingRefused
from blockchain.entries import EntryGone
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType
from blockchain.signals import entry_landed
from report import lifecycle, services
from report.models import Comment, IssueReport

logger = logging.getLogger(__name__)

S = IssueReport.Status
# Kinds that record changes of status. Those of the clock have no payload.
CLOCK_TARGETS = {EventType.SLA_PAUSED: S.ON_HOLD, EventType.SLA_RESUMED: S.IN_PROGRESS}


def require_unchanged(report: IssueReport, write: Write) -> None:
    """Raises `EntryGone` if the report has changed since the entry was prepared."""
    target = CLOCK_TARGETS.get(EventType(write.event_type))
    if target and lifecycle.LINK_OF_TRANSITION.get((report.status, target)) != write.event_type:
        raise EntryGone(f"the report's status has changed to {report.status}")
    for field, (old, _) in _committed(write).items():
        if field != "comment" and _value(report, field) != old:
            raise EntryGone(f"the report's {field} has changed since the entry was prepared")


def change_make(report: IssueReport, write: Write) -> None:
    """Makes the change, except for fields that a later write has changed. Repeating it changes nothing.

    The complaint's row and the report's are locked.
    """
    later = {field for each in _later(write) for field in changes_of(each)}
    for field, (_, new) in changes_of(write).items():
        if field == "comment":
            _comment_make(report, write, new)
        elif field == "assigned_to":
            user = User.objects.filter(opaque_id=new).first() if new else None
            if field not in later and (user or not new):
                report.assigned_to = user
        elif field not in later:
            setattr(report, field, new)
    if report.tracker.changed():
        if report.status in lifecycle.RUNNING:
            try:
                services.priority_deadline(report)
            except RecordingRefused as error:
                # The entry has landed all the same; the next change of the report sets the deadline.
                logger.warning("priority's deadline not set", extra={"write_id": write.pk, "error": str(error)})
        report.save_recorded()


@receiver(entry_landed)
def entry_follow(sender: type, *, complaint: Complaint, write: Write, **kwargs: Any) -> None:
    """Makes the change of an entry that somebody else recorded. It can't be refused: the link is on the chain."""
    report = IssueReport.objects.select_for_update().filter(complaint=complaint).first()
    if report is None:
        return
    # The caller's locked object, whose values are current.
    report.complaint = complaint
    change_make(report, write)


def changes_of(write: Write) -> dict[str, list[Any]]:
    """Old and new value of each field. For the kinds of the clock, the old status is unknown."""
    target = CLOCK_TARGETS.get(EventType(write.event_type))
    return {"status": [None, str(target)]} if target else _committed(write)


def _committed(write: Write) -> dict[str, list[Any]]:
    return (write.payload or {}).get("changes") or {}


def _later(write: Write) -> list[Write]:
    # A reserved entry has not changed anything yet.
    others = Write.objects.filter(complaint=write.complaint_id, nonce__gt=write.nonce)
    return list(others.exclude(state=Write.State.RESERVED))


def _comment_make(report: IssueReport, write: Write, text: str) -> None:
    author = User.objects.filter(opaque_id=str((write.payload or {}).get("by"))).first()
    if author is None:
        logger.error("comment without author", extra={"write_id": write.pk})
        return
    Comment.objects.get_or_create(write=write, defaults={"report": report, "author": author, "text": text})


def _value(report: IssueReport, field: str) -> Any:
    return services.opaque_id(report.assigned_to) if field == "assigned_to" else getattr(report, field)
