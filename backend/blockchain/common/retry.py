"""Repeats database transactions that the database ended because they conflicted with others."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

from blockchain.common.errors import UnavailableError

logger = logging.getLogger("blockchain.api")

P = ParamSpec("P")
T = TypeVar("T")

# The database is down, shutting down, full or busy; its client raises one of these.
DOWN = (OperationalError, InterfaceError, InternalError)
# MariaDB: lock wait timeout, deadlock, row changed since it was read. We roll the whole transaction back.
MARIADB_CONFLICTS = (1205, 1213, 1020)
# SQLite: SQLITE_BUSY, SQLITE_LOCKED.
SQLITE_CONFLICTS = (5, 6)
TRIES = 5
# No further try is made after this time.
SECONDS = 10.0
PAUSE = 0.02  # seconds, doubled each time


class DatabaseUnavailable(UnavailableError):
    """The database does not answer, or refuses the request."""

    public = "The database is unavailable. Please try again later."


class DatabaseBusy(DatabaseUnavailable):
    """Other transactions changed the same rows at each try."""

    headers = {"Retry-After": "1"}
    public = "The database is busy. Nothing was saved; please try again."


def is_conflict(error: BaseException) -> bool:
    """Whether a transaction was ended because of others, so the same one may succeed now."""
    cause = error.__cause__
    sqlite = getattr(cause, "sqlite_errorcode", None)
    if sqlite is not None:
        return sqlite & 0xFF in SQLITE_CONFLICTS
    return isinstance(error, OperationalError) and bool(error.args) and error.args[0] in MARIADB_CONFLICTS


def unavailable_of(error: BaseException | None) -> DatabaseUnavailable | None:
    """The error to return to the caller for a database error; None for other errors."""
    if not isinstance(error, DOWN):
        return None
    return (DatabaseBusy if is_conflict(error) else DatabaseUnavailable)(str(error))


def atomic_retried(function: Callable[P, T]) -> Callable[P, T]:
    """`transaction.atomic`, repeated a few times if the transaction conflicts with others.

    Within another transaction, `function` is part of that one, which is repeated as a whole or not at all. All other
    effects of `function` must be safe to repeat.
    """

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            with transaction.atomic():
                return function(*args, **kwargs)
        started = time.monotonic()
        for number in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                waited = time.monotonic() - started
                if not is_conflict(error) or number == TRIES or waited > SECONDS:
                    raise
                logger.info("transaction repeated", extra={"reason": str(error), "tries": number})
                time.sleep(random.uniform(0.5, 1) * PAUSE * 2**number)
        raise AssertionError("unreachable")

    return inner
