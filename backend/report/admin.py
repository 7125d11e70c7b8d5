"""Reports in the admin: to find and to read. They are changed through the API, which records every change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from blockchain.common.admin import ReadOnlyAdmin, ReadOnlyInline
from report.models import Comment, IssueReport


class CommentInline(ReadOnlyInline):
    model = Comment
    fields = ["author", "text", "created_at"]
    readonly_fields = ["created_at"]
    show_change_link = False


@admin.register(IssueReport)
class IssueReportAdmin(ReadOnlyAdmin):
    list_display = ["tracking_id", "issue_title", "status", "priority", "assigned_to", "verified", "created_at"]
    list_filter = ["status", "priority", "complaint__chain_state__verified", "created_at"]
    list_select_related = ["assigned_to", "complaint__chain_state"]
    search_fields = ["tracking_id__iexact", "complaint__complaint_id__iexact", "issue_title"]
    search_help_text = "Tracking id, complaint id, or words of the title"
    exclude = ["complaint", "priority_deadline_set"]
    readonly_fields = ["tracking_id", "on_the_chain"]
    date_hierarchy = "created_at"
    inlines = [CommentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueReport]:
        return super().get_queryset(request).select_related("user", "assigned_to", "complaint__chain_state")

    @admin.display(boolean=True)
    def verified(self, report: IssueReport) -> bool:
        state = getattr(report.complaint, "chain_state", None)
        return state is not None and state.verified

    @admin.display(description="complaint")
    def on_the_chain(self, report: IssueReport) -> str:
        url = reverse("admin:complaint_registry_complaint_change", args=[report.complaint_id])
        return format_html('<a href="{}">{}</a>: its writes and its clock', url, report.complaint.complaint_id)
