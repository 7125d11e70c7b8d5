"""Evidence files of a report over HTTP: list, upload, download, verify."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain.api.evidence_uploads import EvidenceUploadView, FileSerializer, StorageBroken, evidence_problems
from blockchain.api.statements import AcknowledgedSerializer
from blockchain.evidence.services import evidence_upload
from blockchain.evidence.store import evidence_store
from blockchain.models import EvidenceFile, EvidenceUpload, Write
from blockchain.promises import accepted_of, statements_of
from blockchain.verification.evidence_check import evidence_verify
from report.selectors import report_visible
from report_hub.openapi import paginated, problems
from report_hub.pagination import Pagination
from report_hub.serializers import StrictSerializer

logger = logging.getLogger(__name__)

STORED = "Evidence stored. Blockchain anchoring in progress."
KNOWN = "This report has this file already."
LANDED_STATES = (Write.State.MINED, Write.State.CONFIRMED)


class EvidenceSerializer(AcknowledgedSerializer, serializers.ModelSerializer):
    """One evidence file. The chain gets `data = keccak256(salt || JCS(payload))`, and nothing else."""

    ipfs_url = serializers.SerializerMethodField(help_text="Where to download the file; needs the same login.")
    state = serializers.SerializerMethodField(
        help_text="Of the anchoring, as last read from the chain; `verify` asks the chain now."
    )
    tx_hash = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()
    salt = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # REST framework takes fields off the class
    uploaded_by = serializers.UUIDField(source="uploaded_by.opaque_id", help_text="Opaque id of the uploader.")

    class Meta:
        model = EvidenceFile
        fields = [
            "id",
            "ipfs_cid",
            "ipfs_url",
            "cid_parameters",
            "file_hash",
            "size",
            "media_type",
            "name",
            "uploaded_by",
            "payload",
            "salt",
            "data",
            "state",
            "tx_hash",
            "anchored_at",
            "created_at",
            "acknowledgement",
            "acknowledgement_reason",
        ]
        read_only_fields = fields

    def get_ipfs_url(self, evidence: EvidenceFile) -> str:
        if settings.IPFS_PUBLIC_GATEWAY:
            return f"{settings.IPFS_PUBLIC_GATEWAY.rstrip('/')}/ipfs/{evidence.ipfs_cid}"
        path = reverse("report-evidence-content", args=[evidence.complaint.external_id, evidence.pk])
        url: str = self.context["request"].build_absolute_uri(path)
        return url

    def get_state(self, evidence: EvidenceFile) -> str:
        """`anchored`, `failed`, `given_up`, or `pending`."""
        write = evidence.write
        if write.given_up is not None:
            return "given_up"
        if write.state in LANDED_STATES:
            return "anchored"
        return "failed" if write.state == Write.State.FAILED else "pending"

    def get_tx_hash(self, evidence: EvidenceFile) -> str | None:
        return evidence.write.tx_hash or None if evidence.write.given_up is None else None

    def get_payload(self, evidence: EvidenceFile) -> dict[str, Any]:
        return accepted_of(evidence.write).payload

    def get_salt(self, evidence: EvidenceFile) -> str:
        return accepted_of(evidence.write).salt

    def get_data(self, evidence: EvidenceFile) -> str:
        return accepted_of(evidence.write).data


class EvidenceStoredSerializer(EvidenceSerializer):
    message = serializers.SerializerMethodField()

    class Meta(EvidenceSerializer.Meta):
        fields = [*EvidenceSerializer.Meta.fields, "message"]
        read_only_fields = fields

    def get_message(self, evidence: EvidenceFile) -> str:
        message: str = self.context["message"]
        return message


class EvidenceQuerySerializer(StrictSerializer):
    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=Pagination.max_page_size, required=False)


class VerificationSerializer(serializers.Serializer):
    """What the chain says of the bytes that were sent, at the time of asking."""

    verified = serializers.BooleanField(help_text="These bytes are anchored for this report.")
    state = serializers.ChoiceField(
        choices=[("anchored", "anchored"), ("pending", "pending"), ("unknown", "unknown")],
        help_text="`pending`: uploaded, and not anchored yet. `unknown`: not evidence of this report.",
    )
    file_hash = serializers.CharField(help_text="SHA-256 of the bytes, hex.")
    ipfs_cid = serializers.CharField(help_text="CID of the bytes.")
    size = serializers.IntegerField(help_text="Bytes.")
    evidence_id = serializers.IntegerField(allow_null=True)
    data = serializers.CharField(  # type: ignore[assignment]  # REST framework takes fields off the class
        allow_null=True, help_text="What is anchored: computed from the bytes, and the record's payload and salt."
    )
    sequence = serializers.IntegerField(allow_null=True, help_text="Place in the complaint's chain.")
    block_timestamp = serializers.IntegerField(allow_null=True, help_text="Unix seconds, from the contract.")
    anchored_at = serializers.DateTimeField(allow_null=True, help_text="The same time.")
    tx_hash = serializers.CharField(allow_null=True, help_text="If the cache knows it, and its receipt says so.")


class EvidenceListView(EvidenceUploadView):
    """A report's evidence, and a new file."""

    @extend_schema(
        operation_id="evidence_list",
        tags=["evidence"],
        summary="List a report's evidence",
        description="Oldest first.",
        parameters=[EvidenceQuerySerializer],
        responses={200: paginated(EvidenceSerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = report_visible(user=caller(request), tracking_id=tracking_id)
        EvidenceQuerySerializer(data=request.query_params.dict()).is_valid(raise_exception=True)
        pagination = Pagination()
        rows = report.complaint.evidence.select_related("write__complaint", "complaint", "uploaded_by").order_by("id")
        page: list[EvidenceFile] = pagination.paginate_queryset(rows, request, view=self) or []
        context = {"request": request, "statements": statements_of([evidence.write for evidence in page])}
        return pagination.get_paginated_response(EvidenceSerializer(page, many=True, context=context).data)

    @extend_schema(
        operation_id="evidence_create",
        tags=["evidence"],
        summary="Upload a file",
        description="Stored at once, or refused with 503 without saving anything; it is anchored on the chain later. "
        "Uploading the same bytes again returns the existing record.",
        request={"multipart/form-data": FileSerializer},
        responses={
            202: EvidenceStoredSerializer,
            200: OpenApiResponse(EvidenceStoredSerializer, "This report has this file already."),
            **problems(400, 401, 404, 409, 413, 415, 429, 503),
        },
    )
    def post(self, request: Request, tracking_id: str) -> Response:
        report = report_visible(user=caller(request), tracking_id=tracking_id)
        with self.uploaded_file(request) as file, evidence_problems():
            evidence, created = evidence_upload(
                complaint=report.complaint,
                user=caller(request),
                by=str(caller(request).opaque_id),
                stream=file,
                size=file.size,
                name=file.name or "",
                media_type=file.content_type or "",
            )
        context = {
            "request": request,
            "message": STORED if created else KNOWN,
            "statements": statements_of([evidence.write]),
        }
        return Response(EvidenceStoredSerializer(evidence, context=context).data, status=202 if created else 200)


class EvidenceContentView(APIView):
    """The file itself."""

    @extend_schema(
        operation_id="evidence_content",
        tags=["evidence"],
        summary="Download a file",
        description="The stored file is hashed before it is sent; a file that is not the uploaded one is never sent.",
        responses={(200, "*/*"): OpenApiTypes.BINARY, **problems(401, 404, 500, 503)},
    )
    def get(self, request: Request, tracking_id: str, pk: int) -> FileResponse:
        report = report_visible(user=caller(request), tracking_id=tracking_id)
        evidence = report.complaint.evidence.filter(pk=pk).first()
        if evidence is None:
            raise Http404("This report has no such evidence.")
        with evidence_problems():
            opened = evidence_store().open(evidence.ipfs_cid)
        if opened.digest.sha256.hex() != evidence.file_hash:
            opened.stream.close()
            logger.error("evidence record %s names another file than was uploaded", evidence.pk)
            raise StorageBroken
        return _attachment(opened.stream, evidence=evidence, size=opened.digest.size)


class EvidenceVerifyView(EvidenceUploadView):
    """Is this file anchored?"""

    purpose = EvidenceUpload.Purpose.VERIFY

    @extend_schema(
        operation_id="evidence_verify",
        tags=["evidence"],
        summary="Verify a file against the chain",
        description="Hashes the bytes that are sent and asks the contract now. A file that was never anchored is "
        "`verified: false` with 200; 503 while the blockchain node is unavailable. The file is not kept.",
        request={"multipart/form-data": FileSerializer},
        responses={200: VerificationSerializer, **problems(400, 401, 404, 413, 415, 429, 503)},
    )
    def post(self, request: Request, tracking_id: str) -> Response:
        report = report_visible(user=caller(request), tracking_id=tracking_id)
        with self.uploaded_file(request) as file, evidence_problems():
            result = evidence_verify(complaint=report.complaint, stream=file)
        anchored_at = datetime.fromtimestamp(result.block_timestamp, UTC) if result.block_timestamp else None
        body: dict[str, Any] = {**vars(result), "data": result.evidence_hash, "anchored_at": anchored_at}
        return Response(VerificationSerializer(body).data)


def _attachment(stream: Any, *, evidence: EvidenceFile, size: int) -> FileResponse:
    """Never shown by a browser as part of this site, whatever the file pretends to be."""
    response = FileResponse(
        stream,
        as_attachment=True,
        filename=evidence.name or evidence.ipfs_cid,
        content_type=evidence.media_type or "application/octet-stream",
    )
    response.block_size = 64 * 1024
    response["Content-Length"] = str(size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Cache-Control"] = "private, no-store"
    return response
