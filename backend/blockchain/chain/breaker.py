"""Keeps requests from waiting for a hanging node: after a few timeouts in a row, the node is not queried for a while.

A relay can afford to wait for its node; requests hold threads that other requests need.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from blockchain.chain.errors import ChainUnavailable

logger = logging.getLogger("blockchain.node")

# Timeouts in a row that open the breaker; seconds until one request may try again.
LIMIT = 2
PAUSE_SECONDS = 5.0


class TimedOut(ChainUnavailable):
    """The node accepted a request and did not answer it in time."""


class Breaker:
    """Shared by all requests of a process to one node. While it is open, requests fail at once without a query."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._timeouts = 0
        # When the breaker opened (None: it is closed), and when the next request may try.
        self._opened_at: float | None = None
        self._next_try = 0.0
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Whether requests currently fail without a query."""
        return self._opened_at is not None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wraps each query to the node. Raises `ChainUnavailable`, with the last timeout's message, while open."""
        self._enter()
        try:
            yield
        except TimedOut as error:
            self._timed_out(str(error))
            raise
        except BaseException:
            # Any other error is quick: the node answered, or refused the connection at once.
            self._answered()
            raise
        self._answered()

    def _enter(self) -> None:
        with self._lock:
            if self._opened_at is None:
                return
            if self._clock() < self._next_try:
                raise ChainUnavailable(self._reason)
            # This request tries; until its outcome is known, all others fail at once.
            self._next_try = math.inf

    def _timed_out(self, reason: str) -> None:
        with self._lock:
            self._timeouts += 1
            self._reason, now = reason, self._clock()
            self._next_try = now + PAUSE_SECONDS
            if self._opened_at is not None or self._timeouts < LIMIT:
                return
            self._opened_at = now
        logger.error("node not queried for now", extra={"error": reason, "timeouts": LIMIT})

    def _answered(self) -> None:
        with self._lock:
            self._timeouts = 0
            opened_at, self._opened_at = self._opened_at, None
        if opened_at is not None:
            logger.warning("node answers again", extra={"seconds": round(self._clock() - opened_at)})
