"""A queue for writers: a lock on a file beside the database, which the kernel grants in the order of arrival.

SQLite itself lets a connection that finds the database locked sleep, longer each time. Who comes next is then a matter
of luck, and some wait for a second while others pass them.
"""

import fcntl
import os
import threading
from pathlib import Path


class Queue:
    """One connection's place in the queue."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def enter(self, *, timeout: float) -> bool:
        """Waits for this connection's turn, at most `timeout` seconds; False if it did not come, so SQLite decides.

        A process that dies leaves the queue, since the kernel closes its file.
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
        """Lets the next connection go; does nothing outside of the queue."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Waiter:
    """Waits for the lock in a separate thread, since the kernel has no timeout for this lock."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._lock = descriptor, threading.Lock()
        self._done, self._abandoned = threading.Event(), False

    def wait(self, timeout: float) -> bool:
        """Whether the lock was taken; if not, the thread closes the descriptor as soon as it gets the lock."""
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
