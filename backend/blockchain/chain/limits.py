"""What a node was found to accept. Refusals are remembered, and slowly forgotten: limits change, and nodes recover."""

import threading
import time
from collections.abc import Callable

# After so many seconds without a refusal, twice as much is tried.
FORGET_SECONDS = 600.0


class Limit:
    """The most of something that a node accepts in one request: 1 at least."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`most`: what is tried at first, and never exceeded."""
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._value, self._since = most, clock()

    @property
    def value(self) -> int:
        """What to ask for at present, at most."""
        with self._lock:
            if self._value < self._most and self._clock() - self._since >= FORGET_SECONDS:
                self._value, self._since = min(self._most, self._value * 2), self._clock()
            return self._value

    def refused(self, asked: int) -> None:
        """A request for so much was refused, for whatever reason: from now on half of it, unless that is known."""
        with self._lock:
            self._value, self._since = min(self._value, max(1, asked // 2)), self._clock()

    def reset(self) -> None:
        """The length was not the reason."""
        with self._lock:
            self._value, self._since = self._most, self._clock()
