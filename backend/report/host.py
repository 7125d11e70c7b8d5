"""The complaint system's implementation of the registry's hooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from blockchain.host import Host
from blockchain.models import Complaint
from blockchain.protocol.kinds import EventType
from blockchain.verification.report_match import Own
from report.lifecycle import STATUS_OF_KIND
from report.models import IssueReport
from report.selectors import report_visible
from report.services import SOURCE

# The fields of a report that payloads commit to.
COMMITTED = ("status", "priority", "assigned_to", "issue_title", "location", "issue_description")
# The fields that a link may have changed, if its payload is unknown.
FIELDS_OF_LINK = {
    int(EventType.CREATED): COMMITTED,
    int(EventType.ASSIGNED): ("assigned_to",),
    int(EventType.STATUS_UPDATED): ("status", "priority"),
}


class ReportHost(Host):
    """Complainants see their own reports, staff see all complaints."""

    def complaint(self, *, user: Any, source: str, external_id: str) -> Complaint:
        if source != SOURCE:
            return super().complaint(user=user, source=source, external_id=external_id)
        return report_visible(user=user, tracking_id=external_id).complaint

    def opaque_id(self, user: Any) -> str:
        return str(user.opaque_id)

    def own_record(self, complaint: Complaint) -> Own | None:
        return self.own_records([complaint]).get(complaint.pk)

    def own_records(self, complaints: Sequence[Complaint]) -> Mapping[int, Own]:
        reports = IssueReport.objects.select_related("assigned_to").filter(complaint__in=complaints)
        return {report.complaint_id: _own(report) for report in reports}


def _own(report: IssueReport) -> Own:
    fields = {field: getattr(report, field) for field in COMMITTED}
    fields["assigned_to"] = str(report.assigned_to.opaque_id) if report.assigned_to else None
    return Own(fields=fields, status_of_link=STATUS_OF_KIND, fields_of_link=FIELDS_OF_LINK)
