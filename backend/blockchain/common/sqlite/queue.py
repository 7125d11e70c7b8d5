"""A line for whoever wants to write: a lock on a file beside the database. The kernel serves those who wait in order.

SQLite itself makes a connection that finds the database locked sleep, longer each time, so that luck decides who is
next and some wait for a second while others pass them by.
"""

import fcntl
import os
import threading
from pathlib import Path


class Queue:
    """One connection's place in the line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def enter(self, *, timeout: float) -> bool:
        """Waits for the turn, `timeout` seconds at most; False if it did not come. Then SQLite decides, as ever.

        A process that dies leaves the line, since its file is closed.
        """
        assert self._descriptor is None
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _Waiter(descriptor).wait(timeout):
                return False
        self._descriptor = descriptor
        return True

    def leave(self) -> None:
        """Lets the next one go; nothing if we are not in the line."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Waiter:
    """Waits for the lock in a thread of its own, since the kernel knows no time-out for it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._lock = descriptor, threading.Lock()
        self._done, self._abandoned = threading.Event(), False

    def wait(self, timeout: float) -> bool:
        """Whether the lock was taken; if not, the descriptor is closed once it could be."""
        threading.Thread(target=self._take, daemon=True, name="sqlite-queue").start()
        self._done.wait(timeout)
        with self._lock:
            self._abandoned = not self._done.is_set()
        return not self._abandoned

    def _take(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with self._lock:
            if self._abandoned:
                os.close(self._descriptor)
            else:
                self._done.set()
