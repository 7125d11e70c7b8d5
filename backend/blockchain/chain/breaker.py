"""Keeps requests from waiting for a node that hangs: after a few time-outs it is not asked for a while.

A relay has nothing better to do than to wait for its node; requests hold threads that others need.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from blockchain.chain.errors import ChainUnavailable

logger = logging.getLogger("blockchain.node")

# Time-outs in a row after which the node is not asked; seconds until one request may try again.
LIMIT = 2
PAUSE_SECONDS = 5.0


class TimedOut(ChainUnavailable):
    """The node accepted a request and did not answer it in time."""


class Breaker:
    """One for all requests of a process to one node. Open: the node is not asked, and requests are told so at once."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._timeouts = 0
        # None while closed; otherwise, when it opened and when the next request may try.
        self._opened_at: float | None = None
        self._next_try = 0.0
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Whether the node is not asked for now."""
        return self._opened_at is not None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around each request to the node. Raises `ChainUnavailable`, with the last time-out's words, while open."""
        self._enter()
        try:
            yield
        except TimedOut as error:
            self._timed_out(str(error))
            raise
        except BaseException:
            # Whatever it was, it took nobody's time: the node answers, or refuses at once.
            self._answered()
            raise
        self._answered()

    def _enter(self) -> None:
        with self._lock:
            if self._opened_at is None:
                return
            if self._clock() < self._next_try:
                raise ChainUnavailable(self._reason)
            # This one tries; the others are told at once until it is known how that ends.
            self._next_try = math.inf

    def _timed_out(self, reason: str) -> None:
        with self._lock:
            self._timeouts += 1
            self._reason, now = reason, self._clock()
            self._next_try = now + PAUSE_SECONDS
            if self._opened_at is not None or self._timeouts < LIMIT:
                return
            self._opened_at = now
        logger.error("node is not asked for now", extra={"error": reason, "timeouts": LIMIT})

    def _answered(self) -> None:
        with self._lock:
            self._timeouts = 0
            opened_at, self._opened_at = self._opened_at, None
        if opened_at is not None:
            logger.warning("node answers again", extra={"seconds": round(self._clock() - opened_at)})
