"""Links that were read from the chain."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from blockchain.common.admin import NOTHING, ReadOnlyAdmin, hash_column, shortened, time_column
from blockchain.models import ChainEvent, Complaint


@admin.register(ChainEvent)
class ChainEventAdmin(ReadOnlyAdmin):
    _time = time_column("timestamp", "time")
    _actor = hash_column("actor", "actor")
    _tx_hash = hash_column("tx_hash", "transaction")
    list_display = ["of_complaint", "sequence", "event_type", _time, _actor, "block_number", _tx_hash]
    list_display_links = ["sequence"]
    list_filter = ["event_type"]
    ordering = ("-block_number", "-log_index")
    search_fields = ["complaint_id__iexact", "tx_hash__iexact"]
    search_help_text = "Complaint id, transaction hash or tracking id"
    fields: ClassVar[list[Any]] = [
        "of_complaint",
        "complaint_id",
        "sequence",
        "event_type",
        _time,
        "actor",
        "data",
        "tx_hash",
        "block_number",
        "block_hash",
        "log_index",
    ]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainEvent]:
        own = Complaint.objects.filter(complaint_id=OuterRef("complaint_id"))
        names = {"own_pk": Subquery(own.values("pk")[:1]), "own_name": Subquery(own.values("external_id")[:1])}
        return super().get_queryset(request).annotate(**names)

    @admin.display(description="complaint", ordering=F("own_name"))
    def of_complaint(self, event: Any) -> str:
        if event.own_pk is None:
            # Filed by somebody else, or lost from this database.
            return format_html("{} (not in this database)", shortened(event.complaint_id) or NOTHING)
        url = reverse("admin:complaint_registry_complaint_change", args=[event.own_pk])
        return format_html('<a href="{}">{}</a>', url, event.own_name)

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[ChainEvent],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        # Events have no tracking id; the complaint id leads to it.
        complaints = Complaint.objects.filter(external_id__iexact=search_term.strip())
        return found | queryset.filter(complaint_id__in=complaints.values("complaint_id")), duplicates
