"""Complaints and their evidence."""

import re
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from blockchain.chain.errors import ChainError
from blockchain.common.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    hash_column,
    linked,
    moment,
    unit_column,
    word_column,
)
from blockchain.host import host
from blockchain.models import ChainState, Complaint, EvidenceFile, Write
from blockchain.protocol.kinds import Status
from blockchain.verdict import verdict_of
from blockchain.verification.audit_trail import Page, audit_trail

TRACKING_ID = "external_id__iexact"
AFTER = re.compile("[0-9]{1,9}")
TX_HASH = hash_column("tx_hash", "transaction")
AGREES = word_column("agrees", "compared with the contract", yes="agrees", no="not compared, or differs")


def trail_link(complaint: Complaint) -> str:
    """A link to the audit trail's page."""
    url = reverse("admin:complaint_registry_complaint_trail", args=[complaint.pk])
    return format_html('<a href="{}">Audit trail</a>', url)


def verdict_shown(complaint: Complaint) -> str:
    """The verdict in words, with the reasons against it."""
    return "; ".join(verdict_of(complaint).reasons) or "verified"


class WriteInline(ReadOnlyInline):
    model = Write
    verbose_name_plural = "writes"
    fields = ["nonce", "event_type", "state", "sequence", TX_HASH, "block_number", "timestamp", "error_code"]
    readonly_fields = [TX_HASH]
    ordering = ["nonce"]


class ChainStateInline(ReadOnlyInline):
    model = ChainState
    verbose_name_plural = "on the chain, as last read"
    _last = hash_column("last_tx_hash", "last transaction")
    fields = ["status", "clock", "escalations", "objections", "event_count", _last, AGREES]
    readonly_fields = ["clock", _last, AGREES]
    show_change_link = False

    @admin.display(description="deadline")
    def clock(self, state: ChainState) -> str:
        if state.status != Status.OPEN:
            return f"stopped, {state.sla_deadline} s left" if state.sla_deadline else "none"
        return moment(state.sla_deadline) if state.sla_deadline else "none"


class EvidenceInline(ReadOnlyInline):
    model = EvidenceFile
    verbose_name_plural = "evidence"
    _cid = hash_column("ipfs_cid", "CID")
    _size = unit_column("size", "size", filesizeformat)
    fields = ["name", "media_type", _size, _cid, "created_at", "anchored_at"]
    readonly_fields = [_size, _cid, "created_at"]


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    _id = hash_column("complaint_id", "complaint id")
    _witnessed = word_column("witnessed", "origin", yes="filed here", no="imported: not witnessed here")
    list_display = ["external_id", "source", "accepted_status", "frozen_reason", _id, "created_at"]
    list_filter = ["source", "accepted_status", ("frozen_reason", admin.EmptyFieldListFilter), "created_at"]
    search_fields = [TRACKING_ID, "complaint_id__iexact"]
    search_help_text = "Tracking id or complaint id"
    # The salt is left out: it is only for the owner and for backups.
    fields: ClassVar[list[Any]] = [
        "external_id",
        "source",
        "verdict",
        "trail",
        "accepted_status",
        "frozen_reason",
        "complaint_id",
        "complainant",
        _witnessed,
        "next_nonce",
        "created_at",
    ]
    readonly_fields = fields
    inlines = [ChainStateInline, WriteInline, EvidenceInline]

    @admin.display(description="blockchain verified")
    def verdict(self, complaint: Complaint) -> str:
        return verdict_shown(complaint)

    @admin.display(description="audit trail")
    def trail(self, complaint: Complaint) -> str:
        return trail_link(complaint)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.trail_view)
        return [path("<int:pk>/audit-trail/", view, name="complaint_registry_complaint_trail"), *super().get_urls()]

    def trail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A page of the audit trail, checked against the chain at this moment, without salts and payloads."""
        complaint = get_object_or_404(Complaint.objects.select_related("chain_state"), pk=pk)
        if not self.has_view_permission(request, complaint):
            raise PermissionDenied
        trail, unavailable = None, ""
        after = request.GET.get("after", "")
        page = Page(after=int(after) if AFTER.fullmatch(after) else 0)
        try:
            trail = audit_trail(complaint=complaint, own=host().own_record(complaint), page=page)
        except ChainError as error:
            unavailable = str(error)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Audit trail of {complaint.external_id}",
            "opts": self.model._meta,
            "original": complaint,
            "trail": trail,
            "unavailable": unavailable,
        }
        return TemplateResponse(request, "admin/complaint_registry/audit_trail.html", context)


@admin.register(EvidenceFile)
class EvidenceFileAdmin(ReadOnlyAdmin):
    _cid = hash_column("ipfs_cid", "CID")
    _size = unit_column("size", "size", filesizeformat)
    list_display = ["name", "of_complaint", "media_type", _size, _cid, "created_at", "anchored_at"]
    list_filter = ["media_type", "created_at"]
    list_select_related = ["complaint"]
    search_fields = [f"complaint__{TRACKING_ID}", "ipfs_cid", "file_hash__iexact", "write__data__iexact"]
    search_help_text = "Tracking id, CID, SHA-256 or commitment"
    fields: ClassVar[list[Any]] = [
        "name",
        "of_complaint",
        "media_type",
        _size,
        "uploaded_by",
        "created_at",
        "anchored_at",
        "of_write",
        "ipfs_cid",
        "file_hash",
    ]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[EvidenceFile]:
        return super().get_queryset(request).select_related("complaint", "write__complaint", "uploaded_by")

    @admin.display(description="complaint", ordering="complaint__external_id")
    def of_complaint(self, evidence: EvidenceFile) -> str:
        return linked(evidence.complaint, evidence.complaint.external_id)

    @admin.display(description="anchored by")
    def of_write(self, evidence: EvidenceFile) -> Any:
        return linked(evidence.write)
