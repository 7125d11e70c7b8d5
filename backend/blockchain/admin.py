"""The chain in the admin: what was recorded, how far it came, and a way out for writes that failed for good."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.api.caller import caller
from blockchain.models import (
    BlockchainTransaction,
    ChainEvent,
    EvidenceHash,
    SignedTransaction,
    SLATracker,
)
from blockchain.outbox.repair import write_retry, write_supersede
from report_hub.admin import ReadOnlyAdmin


@admin.register(BlockchainTransaction)
class BlockchainTransactionAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "report",
        "order",
        "event_type",
        "state",
        "sequence",
        "attempts",
        "error_code",
        "tx_hash",
        "block_number",
        "created_at",
    ]
    list_filter = ["state", "event_type", "error_code", "created_at"]
    list_select_related = ["report"]
    search_fields = ["report__tracking_id__iexact", "tx_hash__iexact", "signed_transaction__tx_hash__iexact"]
    search_help_text = "Tracking id or transaction hash"
    exclude = ["salt"]
    actions = ["retry", "supersede"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("blockchain.retry_write")

    def has_supersede_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("blockchain.supersede_write")

    @admin.action(description="Retry selected failed writes", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[BlockchainTransaction]) -> None:
        done = [
            write_retry(write_id=write_id, by=caller(request)) for write_id in queryset.values_list("pk", flat=True)
        ]
        self._report(request, done, "put back into the queue")

    @admin.action(description="Supersede selected failed writes…", permissions=["supersede"])
    def supersede(self, request: HttpRequest, queryset: QuerySet[BlockchainTransaction]) -> HttpResponse | None:
        reason = request.POST.get("reason", "").strip()
        if "confirmed" in request.POST and reason:
            ids = queryset.values_list("pk", flat=True)
            done = [write_supersede(write_id=write_id, by=caller(request), reason=reason[:2_000]) for write_id in ids]
            self._report(request, done, "superseded")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Supersede failed writes",
            "opts": self.model._meta,
            "writes": queryset.select_related("report"),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "reason_missing": "confirmed" in request.POST,
        }
        return TemplateResponse(request, "admin/blockchain/supersede.html", context)

    def _report(self, request: HttpRequest, done: list[bool], what: str) -> None:
        if any(done):
            self.message_user(request, f"{sum(done)} {what}.", messages.SUCCESS)
        if not all(done):
            self.message_user(request, f"{done.count(False)} left alone: not failed.", messages.WARNING)


@admin.register(SignedTransaction)
class SignedTransactionAdmin(ReadOnlyAdmin):
    list_display = [
        "tx_hash",
        "signer",
        "nonce",
        "attempt",
        "state",
        "succeeded",
        "block_number",
        "gas_used",
        "sent_at",
    ]
    list_filter = ["state", "succeeded", "created_at"]
    search_fields = ["tx_hash__iexact", "signer__iexact", "writes__report__tracking_id__iexact"]
    search_help_text = "Transaction hash, signer or tracking id"


@admin.register(ChainEvent)
class ChainEventAdmin(ReadOnlyAdmin):
    list_display = ["complaint_id", "sequence", "event_type", "actor", "timestamp", "block_number", "tx_hash"]
    list_filter = ["event_type"]
    search_fields = ["complaint_id__iexact", "tx_hash__iexact"]
    search_help_text = "Complaint id, transaction hash or tracking id"

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[ChainEvent],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        # Events know no report; the complaint id leads to it.
        reports = BlockchainTransaction.objects.filter(report__tracking_id__iexact=search_term.strip())
        return found | queryset.filter(complaint_id__in=reports.values("report__complaint_id")), duplicates


@admin.register(EvidenceHash)
class EvidenceHashAdmin(ReadOnlyAdmin):
    list_display = ["ipfs_cid", "report", "name", "media_type", "size", "created_at", "anchored_at"]
    list_filter = ["media_type", "created_at"]
    list_select_related = ["report"]
    search_fields = ["report__tracking_id__iexact", "ipfs_cid", "file_hash__iexact", "evidence_hash__iexact"]
    search_help_text = "Tracking id, CID, SHA-256 or evidence hash"
    exclude = ["salt"]


@admin.register(SLATracker)
class SLATrackerAdmin(ReadOnlyAdmin):
    list_display = ["report", "deadline", "remaining_seconds", "paused", "level", "last_escalated_at"]
    list_filter = ["paused", "level"]
    list_select_related = ["report"]
    search_fields = ["report__tracking_id__iexact"]
    search_help_text = "Tracking id"
