"""Changes to reports: each service locks the complaint, makes the change and records it, in one transaction."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from accounts.models import User
from blockchain import acceptance, recording
from blockchain.common.retry import atomic_retried
from blockchain.protocol.kinds import EventType
from blockchain.quotas import causer
from report import lifecycle
from report.models import Comment, IssueReport, tracking_id_new

SOURCE = "report"
UNCHANGED: Any = object()

Changes = dict[str, list[Any]]


@atomic_retried
def report_create(
    *, user: User, issue_title: str, location: str, issue_description: str, complainant_address: str = ""
) -> IssueReport:
    """Files a complaint. `complainant_address`: the only key that may ever object; checksummed, empty for none."""
    report = IssueReport(
        tracking_id=tracking_id_new(),
        issue_title=issue_title,
        location=location,
        issue_description=issue_description,
        user=user,
    )
    values = {
        "issue_title": report.issue_title,
        "location": report.location,
        "issue_description": report.issue_description,
        "status": str(report.status),
        "priority": str(report.priority),
        "assigned_to": None,
    }
    report.complaint, _ = recording.complaint_open(
        source=SOURCE,
        external_id=report.tracking_id,
        by=str(user.opaque_id),
        changes={field: [None, value] for field, value in values.items()},
        complainant=complainant_address,
        queue=f"{SOURCE}:{user.opaque_id}",
        caused_by=causer(user),
    )
    report.save_recorded()
    return report


@atomic_retried
def report_update(
    *,
    report_id: int,
    by: User,
    status: str = UNCHANGED,
    priority: str = UNCHANGED,
    assigned_to: User | None = UNCHANGED,
    require: Callable[[IssueReport], None] = lambda report: None,
) -> IssueReport:
    """Changes status, priority or assignee; a value that stays the same is not a change.

    `require` gets the locked report before anything is changed, and may raise to refuse. Raises `TransitionRefused` for
    a change that the lifecycle forbids, `RecordingRefused` for a frozen complaint; then nothing is changed.
    """
    report = report_lock(report_id=report_id)
    require(report)
    before = report.status
    after = before if status is UNCHANGED else status
    # Other changes come after a reopening, but before a resolution.
    most_open = after if after in lifecycle.RUNNING else before
    new_priority = priority is not UNCHANGED and priority != report.priority
    new_assignee = assigned_to is not UNCHANGED and assigned_to != report.assigned_to
    if not (new_priority or new_assignee or after != before):
        return report
    if new_priority:
        lifecycle.require_unresolved(status=most_open, action="given another priority")
    if new_assignee:
        lifecycle.require_unresolved(status=most_open, action="assigned")
    if after != before and after in lifecycle.RUNNING:
        _status_change(report, after, by)
    if new_priority:
        _record(report, EventType.STATUS_UPDATED, by, {"priority": [report.priority, priority]})
        report.priority = priority
    if new_assignee:
        changes = {"assigned_to": [opaque_id(report.assigned_to), opaque_id(assigned_to)]}
        _record(report, EventType.ASSIGNED, by, changes)
        report.assigned_to = assigned_to
    if most_open in lifecycle.RUNNING:
        priority_deadline(report, caused_by=causer(by))
    if after != before and after not in lifecycle.RUNNING:
        _status_change(report, after, by)
    report.save_recorded()
    return report


@atomic_retried
def comment_create(*, report_id: int, author: User, text: str) -> Comment:
    """Comments on a report. Raises `TransitionRefused` if it is closed, or `RecordingRefused`."""
    report = report_lock(report_id=report_id)
    lifecycle.require_not_closed(status=report.status, action="commented on")
    write = _record(report, EventType.COMMENTED, author, {"comment": [None, text]})
    return Comment.objects.create(report=report, author=author, text=text, write=write)


def report_lock(*, report_id: int) -> IssueReport:
    """The report, with its complaint's row and its own locked until the transaction ends.

    All code takes the locks in this order, the complaint's row first. Raises `ComplaintFrozen` if nothing can be
    recorded.
    """
    complaint = IssueReport.objects.select_related("complaint").get(pk=report_id).complaint
    acceptance.complaint_lock(complaint)
    acceptance.require_not_frozen(complaint)
    report = IssueReport.objects.select_for_update().get(pk=report_id)
    report.complaint = complaint
    return report


def _record(report: IssueReport, event_type: EventType, by: User, changes: Changes | None = None, **more: Any) -> Any:
    return recording.record(
        complaint=report.complaint,
        event_type=event_type,
        by=str(by.opaque_id),
        changes=changes,
        caused_by=causer(by),
        **more,
    )


def _status_change(report: IssueReport, target: str, by: User) -> None:
    event_type = lifecycle.link_of_transition(source=report.status, target=target)
    commits = event_type not in (EventType.SLA_PAUSED, EventType.SLA_RESUMED)
    _record(report, event_type, by, {"status": [str(report.status), str(target)]} if commits else None)
    report.status = target


def priority_deadline(report: IssueReport, *, caused_by: str = "") -> None:
    """Sets the priority's deadline at the first assignment, or, if the report is on hold then, at its resumption.

    Call it while the clock runs. Does not save the report.
    """
    if report.assigned_to_id is None or report.priority_deadline_set:
        return
    seconds = settings.SLA_PRIORITY_SECONDS[report.priority]
    deadline = int(time.time()) + seconds
    # The link has no payload that could name a person.
    recording.record(
        complaint=report.complaint,
        event_type=EventType.SLA_DEADLINE_SET,
        by="system",
        deadline=deadline,
        caused_by=caused_by,
    )
    report.priority_deadline_set = True


def opaque_id(user: User | None) -> str | None:
    """The id of a user in payloads."""
    return None if user is None else str(user.opaque_id)
