"""Keeps reports in line with the chain after a recovery or a given-up write changed a complaint's status."""

from typing import Any

from django.core.exceptions import ValidationError
from django.dispatch import receiver

from accounts.models import User
from blockchain.models import Complaint
from blockchain.protocol.kinds import Status
from blockchain.recovery.receipts import ReceiptRefused
from blockchain.signals import filing_restored, status_computed
from report.lifecycle import STATUS_OF_KIND
from report.models import IssueReport
from report.services import SOURCE

S = IssueReport.Status

# The report statuses for each contract status. The first is used if the true one is unknown.
STATUSES: dict[Status, tuple[str, ...]] = {
    Status.OPEN: (S.IN_PROGRESS, S.PENDING),
    Status.ON_HOLD: (S.ON_HOLD,),
    Status.RESOLVED: (S.RESOLVED, S.REJECTED),
    Status.CLOSED: (S.CLOSED,),
}


@receiver(status_computed)
def report_align(sender: type, *, complaint: Complaint, **kwargs: Any) -> None:
    """Gives the report a status that fits the chain's, so the contract accepts its next change."""
    report = IssueReport.objects.select_for_update().filter(complaint=complaint).first()
    if report is None:
        return
    allowed = STATUSES[Status(complaint.accepted_status)]
    if report.status not in allowed:
        last = _last_committed(complaint)
        report.status = last if last in allowed else allowed[0]
        report.save_recorded()


@receiver(filing_restored)
def report_restore(sender: type, *, complaint: Complaint, owner: str | None = None, **kwargs: Any) -> None:
    """Restores the report in the transaction that restores its filing. Raises `ReceiptRefused` for an unknown owner."""
    if complaint.source != SOURCE:
        return
    payload = complaint.created.payload or {}
    filed = {field: change[1] for field, change in payload["changes"].items()}
    allowed, last = STATUSES[Status(complaint.accepted_status)], _last_committed(complaint)
    IssueReport(
        complaint=complaint,
        tracking_id=complaint.external_id,
        issue_title=filed["issue_title"],
        location=filed["location"],
        issue_description=filed["issue_description"],
        priority=filed["priority"],
        status=last if last in allowed else allowed[0],
        user=_owner(payload["by"], owner),
    ).save_recorded()


def _owner(opaque_id: str, username: str | None) -> User:
    try:
        user = User.objects.filter(**({"username": username} if username else {"opaque_id": opaque_id})).first()
    except ValidationError:  # not a UUID
        user = None
    if user is None:
        who = repr(username) if username else f"with the opaque id {opaque_id}"
        raise ReceiptRefused(f"there is no user {who}: create one, or name another owner")
    return user


def _last_committed(complaint: Complaint) -> str:
    """The status in the payload of the last write that changed it, or implied by its kind; empty if there is none."""
    status = ""
    for event_type, payload in complaint.writes.order_by("nonce").values_list("event_type", "payload"):
        if payload and "status" in payload.get("changes", {}):
            status = payload["changes"]["status"][1]
        elif payload is None:
            status = STATUS_OF_KIND.get(event_type, status)
    return status
