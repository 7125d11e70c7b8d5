"""A gunicorn worker that gives a thread only to requests that have arrived, so slow and silent clients hold none.

The worker's event loop receives the head of each request, and its body if it is small. Threads read the larger bodies:
at most half of all threads, and only while data keeps coming. Requests that query the blockchain node get at most a
quarter of the threads, so all other requests never wait for the node. `gunicorn.conf.py` sets the limits.
"""

import errno
import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

# Bytes of a request that the event loop holds in memory. A head is smaller, and so are most JSON bodies.
MAX_HELD: Final = 64 * 1024
RECEIVED_AT_ONCE: Final = 64 * 1024
LINGER_SECONDS: Final = 2.0
END_OF_HEAD: Final = b"\r\n\r\n"
CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# Requests that query the blockchain node: audit trails, officers' signatures, verification of evidence, statistics, and
# health. A path has many quoted spellings, and the application treats all of them alike.
ASKS_NODE: Final = re.compile(rb"/(?:audit-trail|signature|evidence/verify|statistics|health)/?$")
PATH: Final = re.compile(rb"[^?#]*")
# A body without a declared length, or one that the client sends only after a response of the server.
UNMEASURED: Final = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Limits:
    """The limits for clients, in seconds and bytes per second; `gunicorn.conf.py` sets them before workers start."""

    # For sending the head, and a body that the event loop receives.
    request_seconds = 10.0
    # Without sending a byte of a larger body, or without reading a byte of the response.
    idle_seconds = 10.0
    # The least average speed of a larger body, after the first `idle_seconds`.
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


class ImpatientUnreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads from the socket, in a thread. Raises `ConnectionResetError` if the client sends too slowly."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.expect()

    def expect(self) -> None:
        """Starts to measure the client's speed, for a new request."""
        self._started, self._received = time.monotonic(), 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        earned = self._received / Limits.bytes_per_second
        left = self._started + Limits.idle_seconds + earned - time.monotonic()
        before = self.sock.gettimeout()
        allowed = [Limits.idle_seconds, left] + ([before] if before is not None else [])
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "the client sends too slowly")
        self.sock.settimeout(min(allowed))
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the client sends too slowly") from None
        finally:
            self.sock.settimeout(before)
        self._received += len(data)
        return data


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
        target = b"".join(bytes(self.received[:MAX_HELD]).partition(b"\r\n")[0].split(b" ")[1:2])
        path = PATH.match(target)
        return path is not None and ASKS_NODE.search(unquote_to_bytes(path[0])) is not None

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
        # Connections that are answered and closed for writing.
        self._lingering: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Starts to receive the next request of a connection that is new or has data."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
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
        if not isinstance(conn.parser.unreader, ImpatientUnreader):
            conn.parser.unreader = ImpatientUnreader(conn.sock)
            # gunicorn's own method waits for the client, which would block the event loop.
            conn.close = partial(self._linger, conn)
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
        conn.parser.unreader.expect()
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Gives a free thread to waiting requests."""
        for share in (self._large, self._asking):
            share.running.discard(conn)
        for waiting in list(self._queue):
            _, next_one, shares = waiting
            if all(share.has_room for share in shares):
                self._queue.remove(waiting)
                self._start(next_one, shares)
        super().finish_request(conn, fs)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answers a request, in a thread. Raises `ConnectionResetError` if the client does not read the response."""
        conn.sock.settimeout(Limits.idle_seconds)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read the response") from None

    def murder_pending(self) -> None:
        """Drops requests that have not arrived in time, and the longest silent ones while all places are taken."""
        super().murder_pending()
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
            if deadline <= now:
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
        try:
            if answer:
                conn.sock.setblocking(False)
                conn.sock.send(answer)
        except OSError:
            pass
        util.close(conn.sock)

    def _linger(self, conn: TConn, graceful: bool = False) -> None:
        """Closes the connection, after a client that is still sending had time to read its response (RFC 9112, 9.6)."""
        try:
            if graceful:
                conn.sock.shutdown(socket.SHUT_WR)
                conn.sock.setblocking(False)
                self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_lingering, conn))
                self._lingering[conn] = time.monotonic() + LINGER_SECONDS
                self.nr_conns += 1
                return
        except OSError:
            pass
        util.close(conn.sock)

    def _on_lingering(self, conn: TConn, _: Any) -> None:
        try:
            if conn.sock.recv(RECEIVED_AT_ONCE):
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
