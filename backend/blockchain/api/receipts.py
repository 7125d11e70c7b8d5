"""Receipts over HTTP: the whole one for those who may see the complaint, and its public half for everybody."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.evidence import AnyTypeNegotiation
from blockchain.api.views import ComplaintView
from blockchain.common.conditional import IF_NONE_MATCH, NOT_MODIFIED, digest_of, etag_header, not_modified
from blockchain.common.openapi import problems
from blockchain.common.views import RegistryView
from blockchain.conf import settings
from blockchain.models import Complaint
from blockchain.proofs.expected import expected_by
from blockchain.proofs.receipts import MEDIA_TYPE, Made, receipt_of, receipt_public

# Seconds that anybody may keep a public half. It stays true; a newer one proves more.
PUBLIC_SECONDS = 60
FIRST = "The first storage proof of this complaint is not final yet."
NONE = "This server takes no storage proofs, so it has no receipts."
LATE = "This server has taken no storage proofs lately, so nobody can say when there will be one."
FORMAT = "docs/receipt.md specifies the format. `verifier/receipt.py` and the page /verify/ check it offline."


class ExpectedSerializer(serializers.Serializer):
    """There is no receipt yet."""

    detail = serializers.CharField()
    expected_by = serializers.DateTimeField(
        allow_null=True, help_text="About when there will be one; null if this server takes no proofs, or not lately."
    )


NOT_YET = OpenApiResponse(ExpectedSerializer, "There is no final proof yet.")
GIVEN = {
    (200, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "The receipt; docs/receipt.schema.json is its schema."),
    (202, "application/json"): NOT_YET,
    304: NOT_MODIFIED,
}


class ReceiptView(ComplaintView):
    """The file that proves a complaint's history without this server."""

    content_negotiation_class = AnyTypeNegotiation

    @extend_schema(
        tags=["blockchain"],
        summary="Get a complaint's receipt",
        description="One file with the complaint's links, storage proofs of them, what this server promised, and the "
        f"salts and payloads that open the commitments. {FORMAT} It has the links that the newest final proof covers; "
        "later ones follow with the next proof. Keep it private, and ask `/api/blockchain/proofs/` for what you want "
        "to publish.",
        parameters=[IF_NONE_MATCH, etag_header(200, 304)],
        responses={**GIVEN, **problems(401, 404, any_type=True)},
    )
    def get(self, request: Request, **names: str) -> HttpResponse | Response:
        complaint = self.complaint(request, **names)
        made = receipt_of(complaint)
        if made is None:
            return _not_yet(complaint)
        disposition = content_disposition_header(True, f"{complaint.external_id}.receipt.json")
        assert disposition is not None
        # Its proofs stay. What anybody may ask for, as often as they like, changes nothing here.
        made.handed_out()
        return _given(request, made, {"Content-Disposition": disposition, "Cache-Control": "private, no-store"})


class PublicProofsView(RegistryView):
    """The public half of a receipt."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AnyTypeNegotiation

    @extend_schema(
        tags=["blockchain"],
        summary="Get the public half of a receipt",
        description="The links and proofs of a complaint, without promises, salts and payloads, and so without "
        f"personal data. {FORMAT} Needs the complaint's id on the chain, and no login.",
        parameters=[IF_NONE_MATCH, etag_header(200, 304)],
        responses={**GIVEN, **problems(404, any_type=True)},
        auth=[],
    )
    def get(self, request: Request, complaint_id: str) -> HttpResponse | Response:
        complaint = Complaint.objects.filter(complaint_id=complaint_id.lower()).first()
        if complaint is None:
            raise Http404("There is no complaint with this id.")
        made = receipt_public(complaint.complaint_id)
        if made is None:
            return _not_yet(complaint)
        return _given(request, made, {"Cache-Control": f"public, max-age={PUBLIC_SECONDS}"})


def _given(request: Request, made: Made, headers: Mapping[str, str]) -> HttpResponse | Response:
    text = made.text()
    etag = f'"{digest_of(text)}"'
    if known := not_modified(request, etag):
        known["Cache-Control"] = headers["Cache-Control"]
        return known
    response = HttpResponse(text, content_type=MEDIA_TYPE, headers=dict(headers))
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _not_yet(complaint: Complaint) -> Response:
    by = expected_by(complaint)
    detail = FIRST if by is not None else LATE if settings.BLOCKCHAIN_PROOF_INTERVAL else NONE
    body: dict[str, Any] = {"detail": detail, "expected_by": by}
    return Response(ExpectedSerializer(body).data, status=202, headers=_retry_after(by))


def _retry_after(by: datetime | None) -> dict[str, str]:
    return {} if by is None else {"Retry-After": str(max(1, math.ceil((by - timezone.now()).total_seconds())))}
