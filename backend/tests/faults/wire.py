"""Requests as bytes on a connection, so that they may be cut short, go on for ever, or be no HTTP."""

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User

SECONDS = 20
BOUNDARY = "boundary-of-the-test"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Answer:
    """One response. `closed`: the server closed the connection after it."""

    status: int
    headers: dict[str, str]
    body: bytes
    closed: bool

    def json(self) -> Any:
        return json.loads(self.body)


def head(method: str, path: str, user: User | None = None, **headers: str) -> bytes:
    """Request line and headers; the name of a header with `_` for `-`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if user is not None:
        lines.append(f"Authorization: Bearer {AccessToken.for_user(user)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunked(body: bytes, size: int = 1000, *, complete: bool = True) -> bytes:
    """The body in chunks; without the last, empty one if it is not `complete`."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return framed + (b"0\r\n\r\n" if complete else b"")


def form_of(content: bytes, name: str = "file", file_name: str = "notes.txt") -> bytes:
    """A form with one file."""
    opening = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    )
    return opening.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def send(url: str, data: bytes, *, hang_up: bool = False) -> Answer | None:
    """What comes back for `data`; with `hang_up`, nothing more is sent after it. None: no answer came."""
    port = urlsplit(url).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        try:
            connection.sendall(data)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it is read all the same: the server may have answered before
        return _answer(connection, method=data[:8].split(b" ")[0])


def _answer(connection: socket.socket, *, method: bytes) -> Answer | None:
    stream = connection.makefile("rb")
    try:
        line = stream.readline()
        if not line:
            return None
        headers = {}
        while (field := stream.readline().strip()) != b"":
            name, _, value = field.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        status = int(line.split()[1])
        body = b""
        if method != b"HEAD" and status not in (204, 304):
            if headers.get("transfer-encoding") == "chunked":
                while size := int(stream.readline(), 16):
                    body += stream.read(size)
                    stream.readline()
                stream.readline()
            else:
                body = stream.read(int(headers.get("content-length", 0)))
    except ConnectionError:
        return None
    return Answer(status=status, headers=headers, body=body, closed=_is_closed(connection))


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.5)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
