"""Evidence files of a complaint over HTTP: list, upload, download, verify."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.events import NAMES, names_check
from blockchain.api.evidence_uploads import EvidenceUploadView, FileSerializer
from blockchain.api.service_auth import IsServiceOfSource
from blockchain.api.statements import AcknowledgedSerializer
from blockchain.api.views import ComplaintView
from blockchain.common import ranges
from blockchain.common.conditional import (
    IF_MATCH,
    IF_NONE_MATCH,
    NOT_MODIFIED,
    etag_header,
    not_modified,
    require_match,
)
from blockchain.common.openapi import paginated, problems
from blockchain.common.pagination import PageQuerySerializer, page_response
from blockchain.common.serializers import query_valid
from blockchain.conf import settings
from blockchain.evidence.errors import EvidenceCorrupt
from blockchain.evidence.opened import OpenedFile
from blockchain.evidence.services import evidence_upload
from blockchain.evidence.store import evidence_store
from blockchain.host import host
from blockchain.models import EvidenceFile, EvidenceUpload, Write
from blockchain.promises import accepted_of, statements_of
from blockchain.protocol.kinds import EventType
from blockchain.quotas import causer, quota_require
from blockchain.systems.events import dedupe_key
from blockchain.systems.tokens import Service
from blockchain.verification.evidence_check import evidence_verify

STORED = "Evidence stored. Blockchain anchoring in progress."
KNOWN = "This complaint already has this file."
LANDED_STATES = (Write.State.MINED, Write.State.CONFIRMED)


class EvidenceSerializer(AcknowledgedSerializer, serializers.ModelSerializer):
    """One evidence file. The chain stores only `data = keccak256(salt || JCS(payload))`."""

    ipfs_url = serializers.SerializerMethodField(help_text="URL of the file; downloading it requires the same login.")
    state = serializers.SerializerMethodField(
        help_text="State of the anchoring, as last read from the chain. To query the chain itself, use `verify`."
    )
    tx_hash = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()
    salt = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # REST framework takes fields off the class
    id = serializers.UUIDField(source="public_id")
    uploaded_by = serializers.SerializerMethodField(
        help_text="Opaque id of the uploader; empty once the payload is erased."
    )

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
        # Relative to the requested URL, so it works wherever the project mounts the views.
        request = self.context["request"]
        url: str = request.build_absolute_uri(
            f"{request.path.partition('/evidence/')[0]}/evidence/{evidence.public_id}/content/"
        )
        return url

    def get_uploaded_by(self, evidence: EvidenceFile) -> str:
        return str(accepted_of(evidence.write).payload.get("by", ""))

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


STORED_RESPONSES = {202: EvidenceStoredSerializer, 200: OpenApiResponse(EvidenceStoredSerializer, KNOWN)}


class VerificationSerializer(serializers.Serializer):
    """The state of the submitted file on the chain at the time of the request."""

    verified = serializers.BooleanField(help_text="True if these bytes are anchored for this complaint.")
    state = serializers.ChoiceField(
        choices=[("anchored", "anchored"), ("pending", "pending"), ("unknown", "unknown")],
        help_text="`pending`: uploaded but not anchored yet. `unknown`: not evidence of this complaint.",
    )
    file_hash = serializers.CharField(help_text="SHA-256 of the bytes, hex.")
    ipfs_cid = serializers.CharField(help_text="CID of the bytes.")
    size = serializers.IntegerField(help_text="Bytes.")
    evidence_id = serializers.UUIDField(allow_null=True)
    data = serializers.CharField(  # type: ignore[assignment]  # REST framework takes fields off the class
        allow_null=True, help_text="The anchored commitment, computed from the file and the record's payload and salt."
    )
    sequence = serializers.IntegerField(allow_null=True, help_text="Position in the complaint's chain.")
    block_timestamp = serializers.IntegerField(allow_null=True, help_text="Unix seconds, from the contract.")
    anchored_at = serializers.DateTimeField(allow_null=True, help_text="`block_timestamp` as an RFC 3339 time.")
    tx_hash = serializers.CharField(
        allow_null=True, help_text="Null unless the cache knows the transaction and its receipt confirms it."
    )


class EvidenceListView(EvidenceUploadView):
    """Lists a complaint's evidence, and accepts a new file."""

    @extend_schema(
        tags=["evidence"],
        summary="List a complaint's evidence",
        description="Oldest first.",
        parameters=[PageQuerySerializer],
        responses={200: paginated(EvidenceSerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        rows = complaint.evidence.select_related("write__complaint", "complaint").order_by("id")
        return page_response(
            self,
            rows,
            EvidenceSerializer,
            query=query_valid(PageQuerySerializer, request),
            known=rows,
            name="public_id",
            context_of=lambda page: {
                "request": request,
                "statements": statements_of([evidence.write for evidence in page]),
            },
        )

    @extend_schema(
        tags=["evidence"],
        summary="Upload a file",
        description="Stores the file at once, or returns 503 and saves nothing. The file is anchored on the chain "
        "later. Uploading the same bytes again returns the existing record.",
        request={"multipart/form-data": FileSerializer},
        responses={**STORED_RESPONSES, **problems(400, 401, 404, 409, 413, 415, 429)},
    )
    def post(self, request: Request, **names: str) -> Response:
        return self.store(request, **names)

    def store(self, request: Request, *, dedupe_key: str | None = None, **names: str) -> Response:
        """Stores and records the file of the request."""
        complaint, user = self.complaint(request, **names), request.user
        quota_require(user)
        is_service = isinstance(user, Service)
        with self.uploaded_file(request) as file:
            evidence, created = evidence_upload(
                complaint=complaint,
                user=None if is_service else user,
                by="system" if is_service else host().opaque_id(user),
                caused_by=causer(user),
                stream=file,
                size=file.size,
                name=file.name or "",
                media_type=file.content_type or "",
                dedupe_key=dedupe_key,
            )
        context = {
            "request": request,
            "message": STORED if created else KNOWN,
            "statements": statements_of([evidence.write]),
        }
        return Response(EvidenceStoredSerializer(evidence, context=context).data, status=202 if created else 200)


class EvidenceEventView(EvidenceListView):
    """A file of another system, at its own URL."""

    http_method_names = ["put", "options"]
    permission_classes = (IsServiceOfSource,)

    @extend_schema(
        tags=["systems"],
        summary="Upload a file of another system",
        parameters=NAMES,
        description="Idempotent: the same file at the same URL is recorded once. Requires a service token that may "
        "record EVIDENCE_ANCHORED.",
        request={"multipart/form-data": FileSerializer},
        responses={**STORED_RESPONSES, **problems(400, 401, 403, 404, 409, 413, 415, 429)},
    )
    def put(self, request: Request, event_id: str, **names: str) -> Response:
        names_check(external_id=names["external_id"], event_id=event_id)
        assert isinstance(request.user, Service)
        if EventType.EVIDENCE_ANCHORED not in request.user.event_types:
            raise PermissionDenied("This token may not record EVIDENCE_ANCHORED.")
        return self.store(request, dedupe_key=dedupe_key(event_id), **names)


class AnyTypeNegotiation(BaseContentNegotiation):
    """Ignores `Accept`: a file keeps its type."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class EvidenceContentView(ComplaintView):
    """The file itself."""

    content_negotiation_class = AnyTypeNegotiation

    @extend_schema(
        tags=["evidence"],
        summary="Download a file",
        description="Hashes the stored file before sending any of it, and refuses to send a file that differs from the "
        "upload. Supports a single range of bytes.",
        parameters=[IF_MATCH, IF_NONE_MATCH, *ranges.PARAMETERS, etag_header(200, 206, 304)],
        responses={
            (200, "*/*"): OpenApiTypes.BINARY,
            (206, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, "The requested range."),
            304: NOT_MODIFIED,
            **problems(401, 404, 412, 416, 500, any_type=True),
        },
    )
    def get(self, request: Request, public_id: UUID, **names: str) -> FileResponse | Response:
        complaint = self.complaint(request, **names)
        evidence = complaint.evidence.filter(public_id=public_id).first()
        if evidence is None:
            raise Http404("This complaint has no such evidence.")
        etag = f'"{evidence.file_hash}"'
        require_match(request, lambda tag: tag == evidence.file_hash)
        if known := not_modified(request, etag):
            return known
        opened = evidence_store().open(evidence.ipfs_cid)
        try:
            if opened.digest.sha256.hex() != evidence.file_hash:
                raise EvidenceCorrupt(f"evidence record {evidence.pk} does not match the uploaded file")
            asked = ranges.range_asked(request, size=opened.digest.size, etag=etag)
            response = _attachment(opened, evidence=evidence, asked=asked)
        except BaseException:
            opened.stream.close()
            raise
        response["ETag"] = etag
        return response


class EvidenceVerifyView(EvidenceUploadView):
    """Checks whether a file is anchored."""

    purpose = EvidenceUpload.Purpose.VERIFY

    @extend_schema(
        tags=["evidence"],
        summary="Verify a file against the chain",
        description="Hashes the submitted file and queries the contract at the time of the request. A file that is "
        "not anchored returns 200 with `verified: false`. Returns 503 while the blockchain node is unavailable. The "
        "file is not stored.",
        request={"multipart/form-data": FileSerializer},
        responses={200: VerificationSerializer, **problems(400, 401, 404, 413, 415, 429, 503)},
    )
    def post(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        with self.uploaded_file(request) as file:
            result = evidence_verify(complaint=complaint, stream=file)
        anchored_at = datetime.fromtimestamp(result.block_timestamp, UTC) if result.block_timestamp else None
        body: dict[str, Any] = {**vars(result), "data": result.evidence_hash, "anchored_at": anchored_at}
        return Response(VerificationSerializer(body).data)


def _attachment(opened: OpenedFile, *, evidence: EvidenceFile, asked: range | None) -> FileResponse:
    """A response that a browser never shows as part of this site. `asked`: positions of the bytes; None: all."""
    size, stream = opened.digest.size, opened.stream
    if asked is not None:
        stream.seek(asked.start)
    response = FileResponse(
        stream if asked is None else ranges.Part(stream, length=len(asked)),
        status=200 if asked is None else 206,
        as_attachment=True,
        filename=evidence.name or evidence.ipfs_cid,
        content_type=evidence.media_type or "application/octet-stream",
    )
    response.block_size = 64 * 1024
    response["Content-Length"] = str(size if asked is None else len(asked))
    response["Accept-Ranges"] = "bytes"
    if asked is not None:
        response["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{size}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Cache-Control"] = "private, no-store"
    return response
