"""Keys that may be exchanged while processes run: which one it is now."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.conf import settings

# Seconds for which a signer that did not answer in time is not asked: threads of web servers would wait for it in turn.
PAUSE_SECONDS = 5.0


class Signer(Protocol):
    """Signs for one address. The key never leaves it, nor appears in its repr or errors.

    What goes wrong is a `SignerError`, also where the signer is another machine.
    """

    @property
    def address(self) -> str:
        """Checksummed."""
        ...

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """The signed bytes of a transaction and their hash (`0x` hex)."""
        ...

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """The signature of EIP-712 typed data (its JSON): 65 bytes, `0x` hex."""
        ...


@runtime_checkable
class Rotating(Protocol):
    """A place that has one key today and another one tomorrow."""

    def current(self) -> Signer:
        """The signer with the key that counts now; it keeps that key. Raises `SignerError`."""
        ...


@runtime_checkable
class Checked(Protocol):
    """A signer that can be away."""

    def check(self) -> None:
        """Raises `SignerError` if it could not sign now."""
        ...


class Renewed:
    """Asks `find` for the signer again after `BLOCKCHAIN_SIGNER_REFRESH` seconds.

    While the place does not answer, the signer that was found before ends with its time: whoever takes a key away can
    rely on it.
    """

    def __init__(self, find: Callable[[], Signer], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._lock = threading.Lock()
        self._signer: Signer | None = None
        self._until = 0.0

    def __repr__(self) -> str:
        return f"Renewed({self._signer!r})"

    def current(self) -> Signer:
        """See `Rotating.current`."""
        with self._lock:
            if self._signer is None or self._clock() >= self._until:
                self._signer = None
                self._signer = self._find()
                self._until = self._clock() + settings.BLOCKCHAIN_SIGNER_REFRESH
            return self._signer


class Pause:
    """Wraps requests to a signer; after one that took too long, the next ones fail at once for a while."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until, self._reason = 0.0, ""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Raises `SignerError`, with what was said last, during the pause."""
        if self._clock() < self._until:
            raise SignerError(self._reason)
        try:
            yield
        except SignerSilent as error:
            self._until, self._reason = self._clock() + PAUSE_SECONDS, str(error)
            raise
