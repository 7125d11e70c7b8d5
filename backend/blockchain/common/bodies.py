"""Reads request bodies to their end within a limit, or refuses them; never accepts a truncated body as complete.

Django reads no body without a declared length, and treats the bytes before a broken connection as the whole body.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from blockchain.common.errors import ProblemError, UnavailableError
from blockchain.common.problem_details import bad_request

CHUNK = 64 * 1024
# Bytes kept of a body's end: the closing delimiter of a form has at most 74, and little may follow it.
TAIL = 1024
# The length in bytes of a body that is still read if nobody wants it, so the connection can be kept: it has arrived
# already. The connection of a longer one, or of one without a length, is closed, since waiting for it holds a thread.
DRAINED = 64 * 1024
SPOOL_MEMORY = 1024 * 1024


class BodyIncomplete(ProblemError, BadRequest):
    """The body ended too soon: the client hung up, or sent something that is not a valid body."""

    status = 400

    def __init__(self) -> None:
        super().__init__("the request body is incomplete")


class LengthRequired(ProblemError, BadRequest):
    """The body has no declared length, and the server does not say where it ends."""

    status = 411

    def __init__(self) -> None:
        super().__init__("this server requires the length of the request body (Content-Length)")


class SpoolUnavailable(UnavailableError):
    """A body could not be stored until it was complete, usually because the disk is full."""

    public = "The server currently can't store request bodies. Nothing was saved; please try again later."


class Body:
    """A body of `length` bytes (None: to the end of `source`).

    A read returns as many bytes as requested, or all that are left. Raises `BodyIncomplete` if the body ends too soon.
    """

    def __init__(self, source: Any, *, length: int | None) -> None:
        self._source, self.length = source, length
        self.received, self.is_at_end, self.tail = 0, length == 0, b""

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._wanted(size)
        pieces: list[bytes] = []
        while wanted is None or wanted > 0:
            piece = self._read(self._source.read, CHUNK if wanted is None else wanted)
            if not piece:
                break
            pieces.append(piece)
            wanted = None if wanted is None else wanted - len(piece)
        return b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        wanted = self._wanted(size)
        if wanted == 0:
            return b""
        return self._read(self._source.readline, *(() if wanted is None else (wanted,)))

    def close(self) -> None:
        """Django calls this once it has read the body."""

    def drain(self) -> bool:
        """Reads the rest of a small body and discards it; returns whether the body is at its end. Raises nothing."""
        if self.length is not None and self.length <= DRAINED:
            with suppress(BodyIncomplete):
                self.read()
        return self.is_at_end

    def _wanted(self, size: int | None) -> int | None:
        """The number of bytes to read; None: all."""
        if self.is_at_end:
            return 0
        asked = None if size is None or size < 0 else size
        if self.length is None:
            return asked
        left = self.length - self.received
        return left if asked is None else min(asked, left)

    def _read(self, read: Callable[..., bytes], *size: int) -> bytes:
        try:
            piece = read(*size)
        except Exception:  # each server has its own errors for a broken connection or an invalid body
            raise BodyIncomplete from None
        self.received += len(piece)
        self.tail = (self.tail + piece[-TAIL:])[-TAIL:]
        if not piece and self.length is not None:
            raise BodyIncomplete
        self.is_at_end = not piece or self.received == self.length
        return piece


def body_guard(request: HttpRequest) -> Body | None:
    """Makes any read of the request's body raise `BodyIncomplete` if the body is truncated; returns the guarded body.

    None if the server has received the whole body already. Idempotent. Call it before anything is read.
    """
    stream = getattr(request, "_stream", None)
    if isinstance(stream, Body):
        return stream
    # With ASGI, Django has the whole body before it creates the request.
    if "wsgi.input" not in request.META:
        return None
    if _is_chunked(request):
        body = Body(request.META["wsgi.input"], length=None)
    else:
        body = Body(stream, length=declared_length(request))
    request._stream = body  # type: ignore[assignment]
    return body


def body_receive(request: HttpRequest, *, limit: int) -> None:
    """Receives the whole of a body without a declared length (chunked), and then sets its length.

    `limit`: bytes, at most. Idempotent. Raises `RequestDataTooBig`, `BodyIncomplete`, `LengthRequired` or
    `SpoolUnavailable`.
    """
    body = body_guard(request)
    # Nobody reads the body of a GET, so nobody waits for it.
    if body is None or not _is_chunked(request) or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    # By convention (gunicorn, mod_wsgi and others), the stream then ends exactly where the body does.
    if not request.META.get("wsgi.input_terminated"):
        raise LengthRequired
    spool = _spooled(body, limit=limit)
    request.META["CONTENT_LENGTH"] = str(body.received)
    whole = Body(spool, length=body.received)
    request._stream = whole  # type: ignore[assignment]
    del request.META["HTTP_TRANSFER_ENCODING"]


def declared_length(request: Any) -> int:
    """The length of the body in bytes, as its head declares it; 0 without a valid number."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def is_form_closed(request: HttpRequest, boundary: bytes) -> bool:
    """Whether a form that was read to its end has its closing delimiter; without it, a part was cut short."""
    body = getattr(request, "_stream", None)
    return not isinstance(body, Body) or b"--" + boundary + b"--" in body.tail


class BodyMiddleware:
    """Receives the bodies of all views; a view with its own `body_limit` receives its body once it knows the caller."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        body = body_guard(request)
        response = self.get_response(request)
        if body is not None and not body.drain():
            _close_after(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        try:
            self._receive(request, view)
        except (ProblemError, RequestDataTooBig) as error:
            return bad_request(request, error)
        return None

    @staticmethod
    def _receive(request: HttpRequest, view: Any) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not hasattr(getattr(view, "cls", None), "body_limit"):
            body_receive(request, limit=limit)
        # Django's limit for a form leaves out its files, and no other view accepts files.
        if not hasattr(view, "cls") and (getattr(body_guard(request), "length", None) or 0) > limit:
            raise RequestDataTooBig(f"The request body is larger than {limit} bytes.")


def _is_chunked(request: HttpRequest) -> bool:
    return "HTTP_TRANSFER_ENCODING" in request.META


def _spooled(body: Body, *, limit: int) -> IO[bytes]:
    spool = tempfile.SpooledTemporaryFile(SPOOL_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  goes on
    while piece := body.read(CHUNK):
        if body.received > limit:
            spool.close()
            raise RequestDataTooBig(f"The request body is larger than {limit} bytes.")
        try:
            spool.write(piece)
        except OSError as error:
            spool.close()
            raise SpoolUnavailable(f"a request body could not be stored ({error.strerror})") from None
    spool.seek(0)
    return spool


def _close_after(request: HttpRequest) -> None:
    """Makes the server announce and close the connection: the unread rest of the body is still on it."""
    # `gunicorn.conf.py` provides the server's request; other servers handle this themselves.
    with suppress(AttributeError):
        request.META["wsgi.input"].request.must_close = True
