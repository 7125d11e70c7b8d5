"""A client's socket that knows how fast the client is."""

import errno
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from report_hub.web.limits import Limits

# What a client may be slow for before it makes room for another one, and the bytes that it starts with: nobody is fast
# in the first moment.
PATIENCE_SECONDS: Final = 1.0
CREDIT: Final = 16 * 1024


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
