"""The chain in the admin: what was recorded, how far it came, and a way out for writes that do not land."""

from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from blockchain.acceptance import RecordingRefused
from blockchain.common.admin import ReadOnlyAdmin, ReadOnlyInline
from blockchain.host import host
from blockchain.models import Attempt, ChainEvent, ChainState, Complaint, EvidenceFile, RelayLease, Transaction, Write
from blockchain.repair import GiveUpRefused, write_retry, writes_give_up

TRACKING_ID = "external_id__iexact"


class WriteInline(ReadOnlyInline):
    model = Write
    fields = ["nonce", "event_type", "state", "sequence", "tx_hash", "block_number", "timestamp", "error_code"]
    ordering = ["nonce"]


class ChainStateInline(ReadOnlyInline):
    model = ChainState
    fields = ["status", "sla_deadline", "escalations", "objections", "event_count", "last_tx_hash", "verified"]
    show_change_link = False


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["external_id", "source", "complaint_id", "accepted_status", "next_nonce", "frozen_reason"]
    list_filter = ["source", "accepted_status", ("frozen_reason", admin.EmptyFieldListFilter), "created_at"]
    search_fields = [TRACKING_ID, "complaint_id__iexact"]
    search_help_text = "Tracking id or complaint id"
    readonly_fields = [
        "source",
        "external_id",
        "complaint_id",
        "complainant",
        "witnessed",
        "accepted_status",
        "next_nonce",
        "frozen_reason",
        "created_at",
    ]
    # The salt is for the owner and for backups.
    exclude = ["salt"]
    inlines = [ChainStateInline, WriteInline]


@admin.register(Write)
class WriteAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "complaint",
        "nonce",
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
    list_select_related = ["complaint"]
    search_fields = [f"complaint__{TRACKING_ID}", "tx_hash__iexact", "transaction__attempts__tx_hash__iexact"]
    search_help_text = "Tracking id or transaction hash"
    # Salts are for the owner and for backups; what was given up has one too.
    exclude = ["salt", "given_up"]
    readonly_fields = ["given_up_reason"]
    actions = ["retry", "give_up"]

    @admin.display(description="given up because")
    def given_up_reason(self, write: Write) -> str:
        return "" if write.given_up is None else str(write.given_up["reason"])

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("complaint_registry.retry_write")

    def has_give_up_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("complaint_registry.give_up_write")

    @admin.action(description="Retry selected failed writes", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Write]) -> None:
        by = host().opaque_id(request.user)
        done = [write_retry(write_id=write_id, by=by) for write_id in queryset.values_list("pk", flat=True)]
        if any(done):
            self.message_user(request, f"{sum(done)} put back into the queue.", messages.SUCCESS)
        if not all(done):
            self.message_user(request, f"{done.count(False)} left alone: not failed.", messages.WARNING)

    @admin.action(description="Give up selected writes…", permissions=["give_up"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Write]) -> HttpResponse | None:
        reason = request.POST.get("reason", "").strip()[:2_000]
        confirmed = "confirmed" in request.POST
        refusals: list[str] = []
        if confirmed and reason:
            refusals = self._give_up(request, queryset, reason)
            if not refusals:
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Give up writes",
            "opts": self.model._meta,
            "writes": queryset.select_related("complaint"),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "reason": reason,
            "reason_missing": confirmed and not reason,
            "refusals": refusals,
        }
        return TemplateResponse(request, "admin/complaint_registry/give_up.html", context)

    def _give_up(self, request: HttpRequest, queryset: QuerySet[Write], reason: str) -> list[str]:
        """Gives up complaint by complaint; why it was refused, where it was."""
        given_up, refusals = 0, []
        rows = queryset.order_by("complaint_id", "nonce").values_list("complaint_id", "pk", "complaint__external_id")
        for _, group in groupby(list(rows), key=lambda row: row[0]):
            of_one = list(group)
            try:
                given_up += len(
                    writes_give_up(
                        write_ids=[pk for _, pk, _ in of_one],
                        by=host().opaque_id(request.user),
                        reason=reason,
                        with_needed="with_needed" in request.POST,
                    )
                )
            except (GiveUpRefused, RecordingRefused) as error:
                refusals.append(f"{of_one[0][2]}: {error}")
        if given_up:
            self.message_user(request, f"{given_up} given up.", messages.SUCCESS)
        return refusals


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = [
        "attempt_number",
        "tx_hash",
        "cancels",
        "gas_limit",
        "max_fee_per_gas",
        "sent_at",
        "succeeded",
        "gas_used",
    ]
    show_change_link = False


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ["signer", "nonce", "kind", "state", "entries", "skipped", "refusals", "created_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["attempts__tx_hash__iexact", "signer__iexact", f"writes__complaint__{TRACKING_ID}"]
    search_help_text = "Transaction hash, signer or tracking id"
    inlines = [AttemptInline]


@admin.register(RelayLease)
class RelayLeaseAdmin(ReadOnlyAdmin):
    list_display = ["signer", "holder", "last_run_at", "expires_at", "blocked_reason", "stopped_reason"]


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
        # Events know no tracking id; the complaint id leads to it.
        complaints = Complaint.objects.filter(external_id__iexact=search_term.strip())
        return found | queryset.filter(complaint_id__in=complaints.values("complaint_id")), duplicates


@admin.register(EvidenceFile)
class EvidenceFileAdmin(ReadOnlyAdmin):
    list_display = ["ipfs_cid", "complaint", "name", "media_type", "size", "created_at", "anchored_at"]
    list_filter = ["media_type", "created_at"]
    list_select_related = ["complaint"]
    search_fields = [f"complaint__{TRACKING_ID}", "ipfs_cid", "file_hash__iexact", "write__data__iexact"]
    search_help_text = "Tracking id, CID, SHA-256 or commitment"
