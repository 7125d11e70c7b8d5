"""Receives evidence files over HTTP, one per request, within limits of size and number."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from blockchain.api.views import ComplaintView
from blockchain.common.bodies import declared_length
from blockchain.common.serializers import StrictSerializer
from blockchain.conf import settings
from blockchain.evidence.errors import EvidenceTooLarge
from blockchain.evidence.quota import upload_admit
from blockchain.evidence.upload_handler import FORM_OVERHEAD, BoundedUploadHandler, declared_too_large
from blockchain.models import EvidenceUpload
from blockchain.quotas import causer


@extend_schema_field({"type": "string", "format": "binary", "minLength": 1})
class NonEmptyFileField(serializers.FileField):
    """A file that is not empty."""


class FileSerializer(StrictSerializer):
    """A form with one file."""

    file = NonEmptyFileField(max_length=None, help_text="Not empty; up to EVIDENCE_MAX_BYTES, 100 MiB by default.")

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if len(data.getlist("file")) > 1:
            raise serializers.ValidationError({"file": ["Send only one file."]})
        return values


class EvidenceThrottle(SimpleRateThrottle):
    """Limits each user to `THROTTLE_EVIDENCE_UPLOAD` files to store, and to `EVIDENCE_BYTES_PER_HOUR` bytes."""

    scope = "evidence_upload"
    wait_seconds: int | None = None
    # Set by the base class from the rate; None without one.
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> Any:
        return settings.EVIDENCE_UPLOAD_RATE

    def allow_request(self, request: Request, view: APIView) -> bool:
        assert isinstance(view, EvidenceUploadView)
        length = declared_length(request)
        # A file that the upload handler refuses anyway is not counted.
        if request.method not in ("POST", "PUT") or declared_too_large(length):
            return True
        self.wait_seconds = upload_admit(
            uploader=causer(request.user),
            purpose=view.purpose,
            size=length,
            max_files=self.num_requests,
            files_window=timedelta(seconds=self.duration or 0),
            max_bytes=settings.EVIDENCE_BYTES_PER_HOUR,
        )
        return self.wait_seconds is None

    def wait(self) -> float | None:
        return self.wait_seconds


class EvidenceUploadView(ComplaintView):
    """Base of the views that accept a file."""

    parser_classes = [MultiPartParser]
    throttle_classes = [EvidenceThrottle]
    purpose = EvidenceUpload.Purpose.STORE

    @property
    def body_limit(self) -> int:
        return settings.EVIDENCE_MAX_BYTES + FORM_OVERHEAD

    def check_throttles(self, request: Request) -> None:
        try:
            super().check_throttles(request)
        except RequestDataTooBig:
            raise EvidenceTooLarge from None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers = [BoundedUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def uploaded_file(self, request: Request) -> Any:
        """The request's only file, positioned at its start. Raises `ValidationError` or `EvidenceTooLarge`."""
        serializer = FileSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data["file"]
