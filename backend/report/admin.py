"""Reports in the admin: to find and to read. They are changed through the API, which records every change."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from blockchain.admin.complaints import trail_link, verdict_shown
from blockchain.common.admin import NOTHING, ReadOnlyAdmin, ReadOnlyInline
from blockchain.verdict import verdicts_of
from report.models import Comment, IssueReport


class CommentInline(ReadOnlyInline):
    model = Comment
    verbose_name_plural = "comments"
    fields = ["author", "text", "created_at"]
    readonly_fields = ["created_at"]
    show_change_link = False


class ReportChangeList(ChangeList):
    """A page of reports, with the verdict on each."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        verdicts = verdicts_of(row.complaint for row in rows)
        for row in rows:
            row.verdict = verdicts[row.complaint_id]
        self.result_list = rows


@admin.register(IssueReport)
class IssueReportAdmin(ReadOnlyAdmin):
    list_display = ["tracking_id", "issue_title", "status", "priority", "assigned_to", "verified", "created_at"]
    list_filter = ["status", "priority", "created_at"]
    # Read separately for the page shown: with a join, MariaDB may sort all reports to find the page.
    list_select_related: ClassVar[list[str]] = []
    search_fields = ["tracking_id__iexact", "complaint__complaint_id__iexact", "issue_title"]
    search_help_text = "Tracking id, complaint id, or words of the title"
    fieldsets = [
        (None, {"fields": ["tracking_id", "issue_title", "location", "issue_description"]}),
        ("Handling", {"fields": ["status", "priority", "assigned_to", "user", "created_at", "updated_at"]}),
        ("On the chain", {"fields": ["verdict", "complaint_id_shown", "trail", "evidence"]}),
    ]
    readonly_fields = ["verdict", "complaint_id_shown", "trail", "evidence"]
    date_hierarchy = "created_at"
    inlines = [CommentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueReport]:
        return super().get_queryset(request).prefetch_related("user", "assigned_to", "complaint__chain_state")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ReportChangeList

    @admin.display(description="blockchain verified")
    def verified(self, report: Any) -> str:
        reasons = report.verdict.reasons
        if not reasons:
            return "verified"
        # The list shows the kind of reason; the title and the report's page show the whole reason.
        kind = reasons[0].partition(":")[0]
        return format_html('<span title="{}">{}</span>', "; ".join(reasons), KINDS.get(kind, kind))

    @admin.display(description="blockchain verified")
    def verdict(self, report: IssueReport) -> str:
        return verdict_shown(report.complaint)

    @admin.display(description="complaint id")
    def complaint_id_shown(self, report: IssueReport) -> str:
        url = reverse("admin:complaint_registry_complaint_change", args=[report.complaint_id])
        return format_html('<a href="{}">{}</a>: its writes and its clock', url, report.complaint.complaint_id)

    @admin.display(description="audit trail")
    def trail(self, report: IssueReport) -> str:
        return trail_link(report.complaint)

    @admin.display(description="evidence")
    def evidence(self, report: IssueReport) -> str:
        files = report.complaint.evidence.order_by("pk")
        rows = [
            (
                reverse("admin:complaint_registry_evidencefile_change", args=[each.pk]),
                each.name or each.ipfs_cid,
                each.media_type or "unknown type",
                f"anchored {each.anchored_at:%Y-%m-%d %H:%M}" if each.anchored_at else "not anchored yet",
            )
            for each in files
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({}, {})', rows) or NOTHING


# Short forms for lists, by the beginning of the reason.
KINDS = {
    "nothing has been read from the chain yet": "not recorded yet",
    "the links that were read differ from the contract, or have not been compared yet": "not compared",
}
