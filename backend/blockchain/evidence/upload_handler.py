"""Receives an upload into an unnamed temporary file, and stops it at the limit."""

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.exceptions import APIException

# Boundaries and headers of a form around one file; bytes.
FORM_OVERHEAD = 64 * 1024


class UploadTooLarge(APIException):
    """The API answers 413."""

    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        super().__init__(f"The file is larger than {settings.EVIDENCE_MAX_BYTES} bytes.")


class BoundedUploadHandler(FileUploadHandler):
    """Takes at most `EVIDENCE_MAX_BYTES`, of all files together. The file has no name, so a kill leaves nothing."""

    received = 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        if declared_too_large(content_length):
            raise UploadTooLarge

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  goes to the view open

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.EVIDENCE_MAX_BYTES:
            raise UploadTooLarge
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self._file.seek(0)
        return UploadedFile(
            file=self._file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )


def declared_too_large(content_length: int) -> bool:
    """Whether a body of this length can't but hold a file above the limit."""
    return content_length > settings.EVIDENCE_MAX_BYTES + FORM_OVERHEAD
