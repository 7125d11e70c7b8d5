"""Writes in the admin: their progress, and repairs for writes that do not land."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from blockchain.acceptance import RecordingRefused
from blockchain.admin.complaints import TRACKING_ID, TX_HASH
from blockchain.common.admin import NOTHING, ReadOnlyAdmin, linked, moment, time_column, word_column
from blockchain.host import host
from blockchain.models import Write
from blockchain.protocol.kinds import EventType
from blockchain.repair import REPAIRABLE, GiveUpRefused, write_retry, writes_give_up

# The most writes listed as waiting behind a write.
BEHIND_SHOWN = 50


@admin.register(Write)
class WriteAdmin(ReadOnlyAdmin):
    change_form_template = "admin/complaint_registry/write_change.html"
    list_display = [
        "of_complaint",
        "nonce",
        "event_type",
        "state",
        "error_code",
        "attempts",
        "created_at",
        "block_number",
        TX_HASH,
    ]
    list_display_links = ["nonce"]
    list_filter = ["state", "event_type", "error_code", "created_at"]
    list_select_related = ["complaint"]
    search_fields = [f"complaint__{TRACKING_ID}", "tx_hash__iexact", "transaction__attempts__tx_hash__iexact"]
    search_help_text = "Tracking id or transaction hash"
    actions = ["retry", "give_up"]
    _imported = word_column("imported", "accepted", yes="elsewhere: read from the chain", no="here")
    _valid_until = time_column("valid_until", "signature valid until")
    # Salts are left out, also that of a given-up write: they are only for the owner and for backups.
    fieldsets = [
        (None, {"fields": ["of_complaint", "event_type", "nonce", "state", "created_at", "updated_at"]}),
        (
            "What holds it back",
            {"fields": ["error_code", "error_detail", "attempts", "next_attempt_at", "given_up_reason"]},
        ),
        ("Where it landed", {"fields": ["sequence", "timestamp", "block_number", "of_transaction", "tx_hash"]}),
        ("What it records", {"fields": ["deadline", "data", "payload", _imported, "dedupe_key"]}),
        ("Officer's signature", {"fields": ["actor", _valid_until, "reserved_until"], "classes": ["collapse"]}),
        ("Costs", {"fields": ["gas_used", "effective_gas_price", "paid_wei"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["of_complaint", "given_up_reason", "of_transaction", "deadline", _imported, _valid_until]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Write]:
        return super().get_queryset(request).select_related("complaint", "transaction")

    @admin.display(description="complaint", ordering="complaint__external_id")
    def of_complaint(self, write: Write) -> str:
        return linked(write.complaint, write.complaint.external_id)

    @admin.display(description="transaction")
    def of_transaction(self, write: Write) -> str:
        return linked(write.transaction)

    @admin.display(description="deadline")
    def deadline(self, write: Write) -> str:
        return moment(int(write.data, 16) if write.event_type == EventType.SLA_DEADLINE_SET else None)

    @admin.display(description="reason for giving up")
    def given_up_reason(self, write: Write) -> str:
        return NOTHING if write.given_up is None else str(write.given_up["reason"])

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("complaint_registry.retry_write")

    def has_give_up_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("complaint_registry.give_up_write")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one write, with its repairs and the writes that wait behind it."""
        write = self.get_object(request, object_id)
        context = {} if write is None else self._repairs(request, write)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def _repairs(self, request: HttpRequest, write: Write) -> dict[str, Any]:
        behind: Sequence[Write] = ()
        number = 0
        if write.state in Write.UNLANDED:
            rows = Write.objects.filter(complaint=write.complaint, nonce__gt=write.nonce, state__in=Write.UNLANDED)
            number = rows.count()
            behind = list(rows.select_related("complaint").order_by("nonce")[:BEHIND_SHOWN])
        may_be_given_up = write.state in REPAIRABLE and write.event_type not in (EventType.CREATED, EventType.NOTED)
        return {
            "can_retry": write.state == Write.State.FAILED and self.has_retry_permission(request),
            "can_give_up": may_be_given_up and self.has_give_up_permission(request),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "behind": behind,
            "behind_number": number,
        }

    @admin.action(description="Retry selected failed writes", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Write]) -> HttpResponse | None:
        by = host().opaque_id(request.user)
        pks = list(queryset.values_list("pk", flat=True))
        done = [write_retry(write_id=write_id, by=by) for write_id in pks]
        if any(done):
            self.message_user(request, f"{sum(done)} put back in the queue.", messages.SUCCESS)
        if not all(done):
            self.message_user(request, f"{done.count(False)} skipped: not failed.", messages.WARNING)
        return _back(request, pks)

    @admin.action(description="Give up selected writes…", permissions=["give_up"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Write]) -> HttpResponse | None:
        reason = request.POST.get("reason", "").strip()[:2_000]
        confirmed = "confirmed" in request.POST
        pks = list(queryset.values_list("pk", flat=True))
        refusals: list[str] = []
        if confirmed and reason:
            refusals = self._give_up(request, queryset, reason)
            if not refusals:
                return _back(request, pks)
        context = {
            **self.admin_site.each_context(request),
            "title": "Give up writes",
            "opts": self.model._meta,
            "writes": queryset.select_related("complaint"),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "reason": reason,
            "reason_missing": confirmed and not reason,
            "refusals": refusals,
            "from_page": "from_page" in request.POST,
        }
        return TemplateResponse(request, "admin/complaint_registry/give_up.html", context)

    def _give_up(self, request: HttpRequest, queryset: QuerySet[Write], reason: str) -> list[str]:
        """Gives up the writes of one complaint after the other, and shows why any were refused."""
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


def _back(request: HttpRequest, pks: Sequence[int]) -> HttpResponse | None:
    """A redirect to the write's own page if the action came from there; None: stay on the list."""
    if "from_page" not in request.POST or len(pks) != 1:
        return None
    return HttpResponseRedirect(reverse("admin:complaint_registry_write_change", args=pks))
