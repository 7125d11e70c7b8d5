"""The database wrapper: a transaction enters the queue before it takes SQLite's lock, and leaves it when it ends."""

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from blockchain.common.sqlite.queue import Queue

# Seconds, used if the options have no `timeout`.
TIMEOUT = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's database wrapper, with the queue."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._queue: Queue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if not self.is_in_memory_db():
            if self._queue is None:
                self._queue = Queue(Path(f"{self.settings_dict['NAME']}-queue"))
            self._queue.enter(timeout=float(self.settings_dict["OPTIONS"].get("timeout", TIMEOUT)))
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in Django's stubs
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # not in Django's stubs
        finally:
            self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # not in Django's stubs
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # not in Django's stubs
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.leave()
