"""Objections that were handed in, and what became of them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from blockchain.admin.complaints import TRACKING_ID
from blockchain.common.admin import ReadOnlyAdmin, linked, shortened, time_column
from blockchain.models import Objection
from blockchain.objections import objections_with_link, state_of


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin):
    list_display = ["of_complaint", "number", "state", "error_code", "created_at"]
    list_display_links = ["number"]
    list_filter = ["error_code", "created_at"]
    search_fields = [f"complaint__{TRACKING_ID}", "data__iexact"]
    search_help_text = "Tracking id or data"
    _time = time_column("link_timestamp", "block time")
    # The salt is left out: it is only for the owner and for backups.
    fieldsets = [
        (None, {"fields": ["of_complaint", "number", "state", "created_at", "updated_at"]}),
        ("What holds it back", {"fields": ["error_code", "error_detail", "refusals", "reverts", "next_attempt_at"]}),
        ("Where it landed", {"fields": [_time, "of_transaction", "recorded_in"]}),
        ("What it records", {"fields": ["data", "payload", "signature"]}),
    ]
    readonly_fields = ["of_complaint", "state", "of_transaction", "recorded_in", _time]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objection]:
        return objections_with_link(super().get_queryset(request)).select_related("transaction")

    @admin.display(description="complaint", ordering="complaint__external_id")
    def of_complaint(self, objection: Objection) -> str:
        return linked(objection.complaint, objection.complaint.external_id)

    @admin.display(description="state")
    def state(self, objection: Objection) -> str:
        return state_of(objection)

    @admin.display(description="recorded in")
    def recorded_in(self, objection: Any) -> str:
        return shortened(objection.link_tx_hash or "")

    @admin.display(description="transaction")
    def of_transaction(self, objection: Objection) -> str:
        return linked(objection.transaction)
