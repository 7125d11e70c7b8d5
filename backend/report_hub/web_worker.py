"""A gunicorn worker that gives a thread only to requests that have arrived, and takes it back from slow clients.

The worker's event loop receives the head of each request, and its body if it is small. Threads read the larger bodies:
at most half of all threads, and only while data keeps coming. Requests that query the blockchain node get at most a
quarter of the threads, so all other requests never wait for the node. While a request waits for a thread, at most half
of all threads wait for clients that send or read slowly. `gunicorn.conf.py` sets the limits.
"""

import errno
import json
import re
import select
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from django.urls import Resolver404, resolve
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

# Bytes of a request that the event loop holds in memory. A head is smaller, and so are most JSON bodies.
MAX_HELD: Final = 64 * 1024
RECEIVED_AT_ONCE: Final = 64 * 1024
LINGER_SECONDS: Final = 2.0
# What a client may be slow for before it makes room for another one, and the bytes that it starts with: nobody is fast
# in the first moment.
PATIENCE_SECONDS: Final = 1.0
CREDIT: Final = 16 * 1024
END_OF_HEAD: Final = b"\r\n\r\n"
CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# Requests that query the blockchain node, by the names of their URLs.
READ: Final = ("GET", "HEAD")
ASKS_NODE: Final = {
    "audit-trail": READ,
    "complaint_registry_complaint_trail": READ,
    "entry-signature": ("PUT",),
    "evidence-verify": ("POST",),
    "health": READ,
    "statistics": READ,
}
# A body without a declared length, or one that the client sends only after a response of the server.
UNMEASURED: Final = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)


def refusal(status: int, detail: str, *headers: str) -> bytes:
    """A response of the worker itself: problem details, as the API's."""
    phrase = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail}).encode()
    lines = [f"HTTP/1.1 {status} {phrase}", "Content-Type: application/problem+json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Cache-Control: no-store", "Connection: close", *headers, "", ""]).encode() + body


TOO_SLOW: Final = refusal(408, "The request did not arrive in time.")
BUSY: Final = refusal(
    503, "The server is busy. Nothing was done; please try again in half a minute.", "Retry-After: 30"
)


class Limits:
    """The limits for clients, in seconds and bytes per second; `gunicorn.conf.py` sets them before workers start."""

    # For sending the head, and a body that the event loop receives.
    request_seconds = 10.0
    # Without sending a byte of a larger body, or without reading a byte of the response.
    idle_seconds = 10.0
    # The least average speed of a larger body, or of a response that is waited for, after the first `idle_seconds`.
    bytes_per_second = 4_096
    # That a request of a limited kind may wait for a thread.
    queue_seconds = 30.0


class Share:
    """The running requests of one kind, which get only a part of the threads."""

    def __init__(self, most: int) -> None:
        self.most = max(1, most)
        self.running: set[TConn] = set()

    @property
    def has_room(self) -> bool:
        """Whether another request may start."""
        return len(self.running) < self.most


class Client(socket.socket):
    """A client's socket. A thread that reads or writes waits for the client, but for no client that is too slow.

    `blocked` is called when a thread begins to wait. Raises `ConnectionResetError` for a client that is too slow.
    """

    def __init__(self, accepted: socket.socket, *, blocked: Callable[[], None]) -> None:
        super().__init__(fileno=accepted.detach())
        self._blocked, self.is_dropped = blocked, False
        self.expect()

    def expect(self, event: int = 0) -> None:
        """Starts to measure the client's speed, for a new request or the other direction."""
        self._event, self._moved, self._waited = event, 0, 0.0
        # Since when a thread has been waiting.
        self._since: float | None = None

    @property
    def waited(self) -> float | None:
        """The seconds that threads have waited for the client so far; None if none is waiting."""
        since = self._since
        return None if since is None else self._waited + time.monotonic() - since

    @property
    def speed(self) -> float:
        """Bytes per second of waiting."""
        return (CREDIT + self._moved) / max(PATIENCE_SECONDS, self.waited or 0.0)

    def drop(self) -> None:
        """Ends the connection, and so the wait of the thread, which finds it closed."""
        self.is_dropped = True
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.gettimeout() is None:
            self._wait(select.POLLIN)
        data = super().recv(size, flags)
        self._moved += len(data)
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        while True:
            try:
                sent = super().send(data, flags | socket.MSG_DONTWAIT)
            except BlockingIOError:
                if self.gettimeout() is not None:
                    raise
                self._wait(select.POLLOUT)
            else:
                self._moved += sent
                return sent

    def sendall(self, data: Any, flags: int = 0) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest, flags) :]

    def _wait(self, event: int) -> None:
        if event != self._event:
            self.expect(event)
        earned = self._moved / Limits.bytes_per_second
        left = min(Limits.idle_seconds, Limits.idle_seconds + earned - self._waited)
        poll = select.poll()
        poll.register(self, event)
        if poll.poll(0):
            return
        self._since = started = time.monotonic()
        if not self._waited:
            self._blocked()
        is_ready = left > 0 and poll.poll(left * 1000)
        self._waited, self._since = self._waited + time.monotonic() - started, None
        if not is_ready:
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow")


class Arrival:
    """A request that the event loop is receiving."""

    def __init__(self, received: bytes) -> None:
        self.received = bytearray(received)
        self.deadline = time.monotonic() + Limits.request_seconds
        self._body_starts: int | None = None
        # The body's length in bytes; None: more than the event loop holds, or unknown.
        self._length: int | None = 0

    def is_complete(self) -> bool:
        """Whether a thread may take the request."""
        if self._body_starts is None and not self._head_read():
            return len(self.received) > MAX_HELD
        assert self._body_starts is not None
        return self._length is None or len(self.received) >= self._body_starts + self._length

    @property
    def has_head(self) -> bool:
        """Whether the head has been received."""
        return self._body_starts is not None

    @property
    def is_large(self) -> bool:
        """Whether a thread has to receive the rest of the request."""
        return self._body_starts is None or self._length is None

    @property
    def asks_node(self) -> bool:
        """Whether the application will query the blockchain node for this request."""
        line = bytes(self.received[:MAX_HELD]).partition(b"\r\n")[0].decode("latin-1")
        method, target = (*line.split(" "), "")[:2]
        try:
            # A path has many quoted spellings, and the application treats all of them alike.
            name = resolve(unquote(util.split_request_uri(target).path)).url_name
        except (Resolver404, ValueError):
            return False
        return method in ASKS_NODE.get(name or "", ())

    def _head_read(self) -> bool:
        end = self.received.find(END_OF_HEAD)
        if end < 0:
            return False
        self._body_starts = end + len(END_OF_HEAD)
        head = bytes(self.received[: end + 2])
        declared = CONTENT_LENGTH.search(head)
        length = int(declared[1]) if declared else 0
        # gunicorn's parser reads the head again, and refuses an ambiguous one.
        self._length = None if UNMEASURED.search(head) or length > MAX_HELD else length
        return True


class BufferedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Works as `gthread` does, but a connection gets a thread only when its request has arrived."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Oldest first.
        self._arriving: dict[TConn, Arrival] = {}
        self._large, self._asking = Share(self.cfg.threads // 2), Share(self.cfg.threads // 4)
        # Requests that wait for room in their shares, oldest first, each with its time limit.
        self._queue: deque[tuple[float, TConn, Sequence[Share]]] = deque()
        # Connections that have a thread, or will have the next free one; oldest first.
        self._running: dict[TConn, None] = {}
        # Connections that are answered and closed for writing.
        self._lingering: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Starts to receive the next request of a connection that is new or has data."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        if not isinstance(conn.sock, Client):
            conn.sock = Client(conn.sock, blocked=partial(self.method_queue.defer, self._make_room))
            # gunicorn's own method waits for the client, which would block the event loop.
            conn.close = partial(self._linger, conn)
        conn.sock.setblocking(False)
        arrival = Arrival(conn.parser.unreader.take_buffered() if conn.parser else b"")
        self._arriving[conn] = arrival
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_arriving, conn))
        if arrival.is_complete():
            self._arrived(conn)

    def _on_arriving(self, conn: TConn, _: Any) -> None:
        arrival = self._arriving[conn]
        try:
            data = conn.sock.recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        arrival.received += data
        # A client that stopped sending within a body still gets a response, since it may be reading.
        if not data and not arrival.has_head:
            self._drop(conn)
        elif not data or arrival.is_complete():
            self._arrived(conn)

    def _arrived(self, conn: TConn) -> None:
        arrival = self._arriving.pop(conn)
        self.poller.unregister(conn.sock)
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(bytes(arrival.received))
        kinds = ((self._large, arrival.is_large), (self._asking, arrival.asks_node))
        shares = [share for share, applies in kinds if applies]
        if all(share.has_room for share in shares):
            self._start(conn, shares)
        else:
            self._queue.append((time.monotonic() + Limits.queue_seconds, conn, shares))

    def _start(self, conn: TConn, shares: Sequence[Share]) -> None:
        for share in shares:
            share.running.add(conn)
        conn.sock.expect()
        self._running[conn] = None
        super().enqueue_req(conn)
        self._make_room()

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Gives a free thread to waiting requests."""
        self._running.pop(conn, None)
        for share in (self._large, self._asking):
            share.running.discard(conn)
        for waiting in list(self._queue):
            _, next_one, shares = waiting
            if all(share.has_room for share in shares):
                self._queue.remove(waiting)
                self._start(next_one, shares)
        super().finish_request(conn, fs)

    def _make_room(self) -> None:
        """Drops the slowest of the clients that threads wait for, if other requests wait for these threads."""
        waits = sorted((conn for conn in self._running if conn.sock.waited is not None), key=lambda it: it.sock.speed)
        if len(self._running) > self.cfg.threads:
            for conn in waits[: max(0, len(waits) - self._large.most)]:
                conn.sock.drop()
        for share in {share for _, _, shares in self._queue for share in shares if not share.has_room}:
            if not any(conn.sock.is_dropped for conn in share.running):
                slow = [it for it in waits if it in share.running and (it.sock.waited or 0.0) > PATIENCE_SECONDS]
                for conn in slow[:1]:
                    conn.sock.drop()

    def murder_pending(self) -> None:
        """Drops requests that have not arrived in time, and the longest silent ones while all places are taken."""
        super().murder_pending()
        self._make_room()
        now = time.monotonic()
        crowded = self.nr_conns >= self.worker_connections
        excess = self.worker_connections // 10 if crowded else 0
        for conn, arrival in list(self._arriving.items()):
            silent = not arrival.received
            if arrival.deadline <= now or (silent and (excess > 0 or not self.alive)):
                excess -= 1
                self._drop(conn, b"" if silent else TOO_SLOW)
        while self._queue and self._queue[0][0] <= now:
            self._close(self._queue.popleft()[1], BUSY)
        for conn, deadline in list(self._lingering.items()):
            if deadline <= now or crowded:
                self._lingered(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Drops connections that were idle for too long, or all idle ones while all places are taken."""
        super().murder_keepalived(force=force or self.nr_conns >= self.worker_connections)

    def _drop(self, conn: TConn, answer: bytes = b"") -> None:
        del self._arriving[conn]
        self.poller.unregister(conn.sock)
        self._close(conn, answer)

    def _close(self, conn: TConn, answer: bytes) -> None:
        self.nr_conns -= 1
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.send(answer)
        self._linger(conn, graceful=bool(answer))

    def _linger(self, conn: TConn, graceful: bool = False) -> None:
        """Closes the connection, after a client that is still sending had time to read its response (RFC 9112, 9.6)."""
        try:
            if graceful:
                conn.sock.shutdown(socket.SHUT_WR)
                conn.sock.setblocking(False)
                self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_lingering, conn))
                self._lingering[conn] = time.monotonic() + LINGER_SECONDS
                conn.timeout = time.monotonic() + Limits.queue_seconds
                self.nr_conns += 1
                return
        except OSError:
            pass
        util.close(conn.sock)

    def _on_lingering(self, conn: TConn, _: Any) -> None:
        try:
            if data := conn.sock.recv(RECEIVED_AT_ONCE):
                later = self._lingering[conn] + len(data) / Limits.bytes_per_second
                self._lingering[conn] = min(later, time.monotonic() + LINGER_SECONDS, conn.timeout)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._lingered(conn)

    def _lingered(self, conn: TConn) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        util.close(conn.sock)
