"""A gunicorn worker that gives a thread only to requests that have arrived, and takes it back from slow clients.

The worker's event loop receives the head of each request, and its body if it is small. Threads read the larger bodies:
at most half of all threads, and only while data keeps coming. Requests that query the blockchain node get at most a
quarter of the threads, so all other requests never wait for the node. While a request waits for a thread, at most half
of all threads wait for clients that send or read slowly. `gunicorn.conf.py` sets the limits.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from report_hub.web.arrival import Arrival
from report_hub.web.client import PATIENCE_SECONDS, Client
from report_hub.web.limits import Limits
from report_hub.web.refusals import BUSY, TOO_SLOW

RECEIVED_AT_ONCE: Final = 64 * 1024
LINGER_SECONDS: Final = 2.0


class Share:
    """The running requests of one kind, which get only a part of the threads."""

    def __init__(self, most: int) -> None:
        self.most = max(1, most)
        self.running: set[TConn] = set()

    @property
    def has_room(self) -> bool:
        """Whether another request may start."""
        return len(self.running) < self.most


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
