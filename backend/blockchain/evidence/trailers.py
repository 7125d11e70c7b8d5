"""Trailers of HTTP responses: fields after the last chunk of a body, which `requests` reads and drops."""

import http.client
from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Lines:
    """An answer's stream behind its header. Its lines are sizes of chunks, without a colon, and fields of a trailer."""

    def __init__(self, stream: Any, trailer: http.client.HTTPMessage) -> None:
        self._stream, self._trailer = stream, trailer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def readline(self, *limit: int) -> bytes:
        line: bytes = self._stream.readline(*limit)
        name, colon, value = line.decode("latin-1").partition(":")
        if colon and ";" not in name:
            self._trailer[name.strip()] = value.strip()
        return line


class _TrailedResponse(http.client.HTTPResponse):
    """An answer that keeps its trailer."""

    def begin(self) -> None:
        super().begin()
        self.trailer = http.client.HTTPMessage()
        if self.chunked and self.fp is not None:
            self.fp = _Lines(self.fp, self.trailer)  # type: ignore[assignment]


class _Connection(HTTPConnection):
    response_class = _TrailedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _TrailedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class TrailerAdapter(HTTPAdapter):
    """Keeps the trailers of a session's responses; see `trailer_of`."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def trailer_of(response: Response, name: str) -> str | None:
    """A field of the trailer of an answer that was read to its end; None if there is none."""
    original: Any = response.raw._original_response  # as `requests` itself reads cookies
    value: str | None = original.trailer.get(name)
    return value
