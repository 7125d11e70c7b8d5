"""Reports in the admin: to find and to read. They are changed through the API, which records every change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from blockchain.models import BlockchainTransaction, SLATracker
from report.models import Comment, IssueReport
from report_hub.admin import ReadOnlyAdmin, ReadOnlyInline


class WriteInline(ReadOnlyInline):
    model = BlockchainTransaction
    verbose_name_plural = "writes for the chain"
    fields = ["order", "event_type", "state", "sequence", "tx_hash", "block_number", "timestamp", "error_code"]
    ordering = ["order"]


class SLAInline(ReadOnlyInline):
    model = SLATracker
    verbose_name_plural = "SLA clock"
    fields = ["deadline", "remaining_seconds", "paused", "level", "last_escalated_at"]


class CommentInline(ReadOnlyInline):
    model = Comment
    fields = ["author", "text", "created_at"]
    readonly_fields = ["created_at"]
    show_change_link = False


@admin.register(IssueReport)
class IssueReportAdmin(ReadOnlyAdmin):
    list_display = [
        "tracking_id",
        "issue_title",
        "status",
        "priority",
        "assigned_to",
        "blockchain_verified",
        "sla_escalated",
        "created_at",
    ]
    list_filter = ["status", "priority", "blockchain_verified", "sla_escalated", "created_at"]
    list_select_related = ["assigned_to"]
    search_fields = ["tracking_id__iexact", "complaint_id__iexact", "issue_title"]
    search_help_text = "Tracking id, complaint id, or words of the title"
    # The salts are for the owner and for backups; nobody needs them here.
    exclude = ["complaint_salt", "next_write_order", "priority_deadline_set"]
    date_hierarchy = "created_at"
    inlines = [SLAInline, WriteInline, CommentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueReport]:
        return super().get_queryset(request).select_related("user", "assigned_to")
