"""Receives evidence files over HTTP, one per request, within limits of size and number."""

import contextlib
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from blockchain.api.views import ComplaintView
from blockchain.common.bodies import declared_length
from blockchain.common.serializers import StrictSerializer
from blockchain.conf import settings
from blockchain.evidence.errors import EvidenceTooLarge
from blockchain.evidence.quota import upload_admit, upload_unstored
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


class EvidenceUploadView(ComplaintView):
    """Base of the views that accept a file."""

    parser_classes = [MultiPartParser]
    purpose = EvidenceUpload.Purpose.STORE
    # What counts as a file until it turns out that none was stored.
    admitted: EvidenceUpload | None = None

    @property
    def body_limit(self) -> int:
        return settings.EVIDENCE_MAX_BYTES + FORM_OVERHEAD

    def check_throttles(self, request: Request) -> None:
        try:
            super().check_throttles(request)
        except RequestDataTooBig:
            raise EvidenceTooLarge from None
        length = declared_length(request)
        # A file that the upload handler refuses anyway is not counted.
        if request.method in ("POST", "PUT") and not declared_too_large(length):
            own = upload_admit(uploader=causer(request.user), purpose=self.purpose, size=length)
            self.admitted = own if self.purpose == EvidenceUpload.Purpose.STORE else None

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.admitted is not None and response.status_code != status.HTTP_202_ACCEPTED:
            # If the database is what is down, the file counts.
            with contextlib.suppress(DatabaseError):
                upload_unstored(self.admitted)
        return super().finalize_response(request, response, *args, **kwargs)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers = [BoundedUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def uploaded_file(self, request: Request) -> Any:
        """The request's only file, positioned at its start. Raises `ValidationError` or `EvidenceTooLarge`."""
        serializer = FileSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data["file"]
