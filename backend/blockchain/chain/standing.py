"""How well a node has answered lately: what decides which of several nodes is asked."""

import threading
import time
from collections.abc import Callable

# A fault counts half after so many seconds.
HALF_LIFE = 60.0
# Seconds for which a node on another chain is left alone.
WRONG_SECONDS = 300.0


class Standing:
    """The faults of one node in this process, the older ones counting less."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._faults, self._at = 0.0, clock()
        self._wrong_until = clock()

    @property
    def faults(self) -> float:
        """The number of faults, weighted by their age."""
        with self._lock:
            return self._now()

    @property
    def is_wrong(self) -> bool:
        """Whether it was lately found to be on another chain."""
        return self._clock() < self._wrong_until

    def fault(self) -> None:
        """It did not answer, answered oddly, or lags."""
        with self._lock:
            self._faults, self._at = self._now() + 1, self._clock()

    def wrong(self) -> None:
        """It is on another chain."""
        self._wrong_until = self._clock() + WRONG_SECONDS

    def _now(self) -> float:
        return float(self._faults * 0.5 ** ((self._clock() - self._at) / HALF_LIFE))
