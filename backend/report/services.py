"""What changes a report. Each service locks the report's row first, so that its writes keep their order."""

from typing import Any

from django.db import transaction

from accounts.models import User
from blockchain.commitments import hashing
from blockchain.sla.selectors import clock_can_stop
from report import lifecycle
from report.lifecycle import TransitionRefused
from report.models import Comment, IssueReport, tracking_id_new

UNCHANGED: Any = object()


def report_create(*, user: User, issue_title: str, location: str, issue_description: str) -> IssueReport:
    """Files a complaint, with the writes that will put it on the chain."""
    salt, tracking_id = hashing.salt_new(), tracking_id_new()
    report = IssueReport(
        tracking_id=tracking_id,
        complaint_salt=hashing.hex0x(salt),
        complaint_id=hashing.hex0x(hashing.complaint_id_hash(salt=salt, tracking_id=tracking_id)),
        issue_title=issue_title,
        location=location,
        issue_description=issue_description,
        user=user,
    )
    report.acting_user = user
    with transaction.atomic():
        report.save()
    return report


@transaction.atomic
def report_update(
    *,
    report_id: int,
    by: User,
    status: str = UNCHANGED,
    priority: str = UNCHANGED,
    assigned_to: User | None = UNCHANGED,
) -> IssueReport:
    """Changes status, priority or assignee; what is the same already is no change.

    Raises `TransitionRefused` for what the contract would refuse; then nothing is changed.
    """
    report = report_lock(report_id=report_id)
    report.acting_user = by
    if priority is not UNCHANGED and priority != report.priority:
        lifecycle.require_unresolved(status=_most_open(report.status, status), action="given another priority")
        report.priority = priority
    if assigned_to is not UNCHANGED and assigned_to != report.assigned_to:
        lifecycle.require_unresolved(status=_most_open(report.status, status), action="assigned")
        report.assigned_to = assigned_to
    if status is not UNCHANGED and status != report.status:
        lifecycle.link_of_transition(source=report.status, target=status)
        if status == IssueReport.Status.ON_HOLD and not clock_can_stop(report=report):
            raise TransitionRefused(
                source=report.status,
                target=status,
                reason=f"a report that is {report.status} without a running deadline can't become {status}",
            )
        report.status = status
    if report.tracker.changed():
        report.save()
    return report


@transaction.atomic
def comment_create(*, report_id: int, author: User, text: str) -> Comment:
    """Comments on a report. Raises `TransitionRefused` if it is closed."""
    report = report_lock(report_id=report_id)
    lifecycle.require_not_closed(status=report.status, action="commented on")
    return Comment.objects.create(report=report, author=author, text=text)


def report_lock(*, report_id: int) -> IssueReport:
    """The report with its row locked until the transaction ends: whoever writes for a complaint takes this first."""
    return IssueReport.objects.select_for_update().get(pk=report_id)


def _most_open(current: str, target: str) -> str:
    """The status in which the other changes of the same update are made: after a reopening, before a resolution."""
    return target if target in lifecycle.RUNNING else current
