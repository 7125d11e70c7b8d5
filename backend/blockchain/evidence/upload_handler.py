"""Receives an upload into an unnamed temporary file, and stops it at the limit."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from blockchain.common.bodies import BodyIncomplete, is_form_closed
from blockchain.conf import settings
from blockchain.evidence.errors import EvidenceStoreUnavailable, EvidenceTooLarge

# Boundaries and headers of a form around one file; bytes.
FORM_OVERHEAD = 64 * 1024
DRAIN_BYTES = 64 * 1024  # at once


class BoundedUploadHandler(FileUploadHandler):
    """Accepts at most `EVIDENCE_MAX_BYTES` for all files together. The file has no name, so a kill leaves nothing."""

    received = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, *args: Any, **kwargs: Any
    ) -> None:
        self._body, self._boundary = input_data, boundary
        if declared_too_large(content_length):
            self._refuse()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        with _unavailable_on_error():
            self._file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  goes to the view

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.EVIDENCE_MAX_BYTES:
            self._refuse()
        with _unavailable_on_error():
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        with _unavailable_on_error():
            self._file.seek(0)
        return UploadedFile(
            file=self._file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )

    def upload_complete(self) -> None:
        # Django treats a truncated file as the whole file.
        assert self.request is not None
        if not is_form_closed(self.request, self._boundary):
            raise BodyIncomplete

    def _refuse(self) -> NoReturn:
        """Reads on for a while and discards it: a client that is cut off while sending does not see the response."""
        left = settings.EVIDENCE_MAX_BYTES
        while left > 0 and (chunk := self._body.read(min(left, DRAIN_BYTES))):
            left -= len(chunk)
        raise EvidenceTooLarge


@contextmanager
def _unavailable_on_error() -> Iterator[None]:
    """Raises `EvidenceStoreUnavailable`, usually because the disk is full."""
    try:
        yield
    except OSError:
        raise EvidenceStoreUnavailable("the upload could not be stored") from None


def declared_too_large(content_length: int) -> bool:
    """Whether a body of this length must hold a file above the limit."""
    return content_length > settings.EVIDENCE_MAX_BYTES + FORM_OVERHEAD
