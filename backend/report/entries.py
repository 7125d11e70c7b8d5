"""Changes of a report that officers sign with their own keys: prepared first, and made once the signature arrives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from blockchain import entries
from blockchain.common.retry import atomic_retried
from blockchain.models import Write
from blockchain.protocol.kinds import EventType
from blockchain.quotas import causer
from report import lifecycle, services
from report.entry_changes import CLOCK_TARGETS, change_make, require_unchanged
from report.models import IssueReport

KINDS = (
    EventType.ASSIGNED,
    EventType.STATUS_UPDATED,
    EventType.COMMENTED,
    EventType.RESOLVED,
    EventType.REJECTED,
    EventType.CLOSED,
    EventType.REOPENED,
    EventType.SLA_DEADLINE_SET,
    EventType.SLA_PAUSED,
    EventType.SLA_RESUMED,
    EventType.NOTED,
)
KIND_NAMES = [kind.name for kind in KINDS]


class EntryMismatch(ValueError):
    """The kind of entry does not fit the change. The message names the right kind."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The change that an officer wants to record: one of these, depending on the kind of entry."""

    status: str | None = None
    priority: str | None = None
    assigned_to: User | None = None
    unassigned: bool = False
    comment: str | None = None
    reason: str | None = None
    deadline: int | None = None  # Unix seconds


@atomic_retried
def entry_prepare(
    *, report_id: int, by: User, event_type: EventType, change: Change, actor: str, valid_until: datetime | None = None
) -> Write:
    """Reserves the nonce of an entry that `actor` will sign. Raises `EntryMismatch`, or as `services.report_update`."""
    report = services.report_lock(report_id=report_id)
    changes, more = _described(report, event_type, change)
    return entries.entry_reserve(
        complaint=report.complaint,
        event_type=event_type,
        actor=actor,
        by=str(by.opaque_id),
        caused_by=causer(by),
        changes=changes,
        valid_until=valid_until,
        **more,
    )


def entry_sign(*, report_id: int, write: Write, signature: str) -> Write:
    """Accepts the signature and makes the change. Raises the errors of `entries.entry_submit`."""

    def apply(locked: Write) -> None:
        report = services.report_lock(report_id=report_id)
        require_unchanged(report, locked)
        change_make(report, locked)

    return entries.entry_submit(write=write, signature=signature, apply=apply)


def _described(
    report: IssueReport, event_type: EventType, change: Change
) -> tuple[dict[str, list[Any]] | None, dict[str, Any]]:
    """The payload's changes, and the kind's other arguments. Refuses changes that the lifecycle forbids."""
    if change.status is not None:
        fitting = lifecycle.link_of_transition(source=report.status, target=change.status)
        _require_kind(event_type, fitting)
        return (None if fitting in CLOCK_TARGETS else {"status": [str(report.status), change.status]}), {}
    if change.priority is not None:
        _require_kind(event_type, EventType.STATUS_UPDATED)
        lifecycle.require_unresolved(status=report.status, action="given another priority")
        if change.priority == report.priority:
            raise EntryMismatch("the report already has this priority")
        return {"priority": [str(report.priority), change.priority]}, {}
    if change.assigned_to is not None or change.unassigned:
        _require_kind(event_type, EventType.ASSIGNED)
        lifecycle.require_unresolved(status=report.status, action="assigned")
        if change.assigned_to == report.assigned_to:
            raise EntryMismatch("the report already has this assignee")
        return {"assigned_to": [services.opaque_id(report.assigned_to), services.opaque_id(change.assigned_to)]}, {}
    if change.comment is not None:
        _require_kind(event_type, EventType.COMMENTED)
        lifecycle.require_not_closed(status=report.status, action="commented on")
        return {"comment": [None, change.comment]}, {}
    if change.reason is not None:
        _require_kind(event_type, EventType.NOTED)
        return None, {"more": {"reason": change.reason}}
    _require_kind(event_type, EventType.SLA_DEADLINE_SET)
    return None, {"deadline": change.deadline}


def _require_kind(event_type: EventType, fitting: EventType) -> None:
    if event_type is not fitting:
        raise EntryMismatch(f"this change is recorded as {fitting.name}")
