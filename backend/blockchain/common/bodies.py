"""Request bodies: read to their end within a limit, or refused; never taken for shorter than they are.

Django reads no body whose length is not declared, and takes what comes before a connection breaks for the whole.
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
# What is kept of a body's end: the closing delimiter of a form is at most 74 bytes, and little may follow it.
TAIL = 1024
# Bytes of a body that nobody wants, which are read all the same: who is cut off while sending does not see the answer.
DRAINED = 16 * 1024 * 1024
SPOOL_MEMORY = 1024 * 1024


class BodyIncomplete(ProblemError, BadRequest):
    """The body ended before its end: the client hung up, or sent what is no body."""

    status = 400

    def __init__(self) -> None:
        super().__init__("the request body is incomplete")


class LengthRequired(ProblemError, BadRequest):
    """The body has no length, and the server does not say where it ends."""

    status = 411

    def __init__(self) -> None:
        super().__init__("this server needs the length of the request body (Content-Length)")


class SpoolUnavailable(UnavailableError):
    """A body could not be kept until it was complete: a full disk, above all."""

    public = "The server's disk does not take the request body. Nothing was saved; please try again later."


class Body:
    """A body of `length` bytes (None: to the end of `source`).

    A read returns all that was asked for or all that there is. Raises `BodyIncomplete` where the body ends too soon.
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
        """Django calls it when it has read the body."""

    def drain(self, limit: int) -> bool:
        """Reads on, up to `limit` bytes, and keeps nothing; whether that was all. Raises nothing."""
        stop = self.received + limit
        with suppress(BodyIncomplete):
            while self.received < stop and self.read(CHUNK):
                pass
        return self.is_at_end

    def _wanted(self, size: int | None) -> int | None:
        """How many bytes to read; None: all."""
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
        except Exception:  # whatever server it is: the connection is broken, or what came is no body
            raise BodyIncomplete from None
        self.received += len(piece)
        self.tail = (self.tail + piece[-TAIL:])[-TAIL:]
        if not piece and self.length is not None:
            raise BodyIncomplete
        self.is_at_end = not piece or self.received == self.length
        return piece


def body_guard(request: HttpRequest) -> Body | None:
    """Lets nobody take the request's body for complete before it is; None where the server has received it before.

    Idempotent. Call it before anything is read.
    """
    stream = getattr(request, "_stream", None)
    if isinstance(stream, Body):
        return stream
    # With ASGI, Django has the whole body before it makes the request.
    if "wsgi.input" not in request.META:
        return None
    if _is_chunked(request):
        body = Body(request.META["wsgi.input"], length=None)
    else:
        body = Body(stream, length=declared_length(request))
    request._stream = body  # type: ignore[assignment]
    return body


def body_receive(request: HttpRequest, *, limit: int) -> None:
    """Gives a body without a length (chunked) the one that it has, once all of it is there.

    `limit`: bytes, at most. Idempotent. Raises `RequestDataTooBig`, `BodyIncomplete`, `LengthRequired` or
    `SpoolUnavailable`.
    """
    body = body_guard(request)
    if body is None or not _is_chunked(request):
        return
    # By convention (of gunicorn, mod_wsgi and others) the stream then ends where the body does, and not before.
    if not request.META.get("wsgi.input_terminated"):
        raise LengthRequired
    spool = _spooled(body, limit=limit)
    request.META["CONTENT_LENGTH"] = str(body.received)
    whole = Body(spool, length=body.received)
    request._stream = whole  # type: ignore[assignment]
    del request.META["HTTP_TRANSFER_ENCODING"]


def declared_length(request: Any) -> int:
    """Bytes of the body, as its head says; 0 without such a number."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def is_form_closed(request: HttpRequest, boundary: bytes) -> bool:
    """Whether a form that was read to its end has the delimiter that closes it, so that no part was cut short."""
    body = getattr(request, "_stream", None)
    return not isinstance(body, Body) or b"--" + boundary + b"--" in body.tail


class BodyMiddleware:
    """Bodies of all views; views with a `body_limit` of their own receive them once they know who calls."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        body = body_guard(request)
        response = self.get_response(request)
        if body is not None and not body.drain(DRAINED):
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
        # Django bounds a form without its files; nobody else takes files.
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
            raise SpoolUnavailable(f"a request body could not be kept ({error.strerror})") from None
    spool.seek(0)
    return spool


def _close_after(request: HttpRequest) -> None:
    """Has the server say that it closes the connection, and close it: what is left of the body is on it."""
    # `gunicorn.conf.py` names the server's request; servers without one see to it themselves.
    with suppress(AttributeError):
        request.META["wsgi.input"].request.must_close = True
