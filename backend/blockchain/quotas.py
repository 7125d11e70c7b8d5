"""Quotas for users and systems, since each link costs the operator gas: filings, comments and objections per time, and
how much may wait.

Only accepted requests count, because the quotas count writes and objections. `RECORDING_QUOTAS` has the limits for
complainants, staff and systems.
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import connection
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.throttling import SimpleRateThrottle

from blockchain.common.retry import atomic_retried
from blockchain.conf import settings
from blockchain.models import Objection, QuotaHolder, Write
from blockchain.objections import objections_waiting
from blockchain.protocol.kinds import EventType
from blockchain.systems.tokens import Service

T = TypeVar("T")

NAMES: Final = {EventType.CREATED: "filings", EventType.COMMENTED: "comments", EventType.OBJECTED: "objections"}
WAITING: Final = (Write.State.RESERVED, Write.State.PENDING)
# Seconds after which a caller with too many waiting writes may retry: about the time of a block.
PENDING_RETRY: Final = 30


def causer(user: Any) -> str:
    """The name of a user or a system in `caused_by`."""
    return f"system {user.source}" if isinstance(user, Service) else f"user {user.pk}"


def within_quota(user: Any, change: Callable[[], T], *, event_type: EventType | None = None) -> T:
    """Calls `change`, which may record writes for `user`, in one transaction.

    Raises `Throttled`, and changes nothing, if the writes then exceed the user's quota. The check comes afterwards
    because only `change` knows how many writes it records; a repeated request, which records none, is never refused.
    """

    @atomic_retried
    def counted() -> T:
        # The lock lets requests of one user see each other's writes. It comes before the lock of any complaint. SQLite
        # lets only one transaction write at a time anyway.
        if connection.features.has_select_for_update:
            QuotaHolder.objects.select_for_update().get_or_create(name=causer(user))
        result = change()
        quota_require(user, event_type=event_type, is_recorded=True)
        return result

    return counted()


def quota_require(user: Any, *, event_type: EventType | None = None, is_recorded: bool = False) -> None:
    """Raises `Throttled` if one more write (with `is_recorded`: the last one) exceeds the quota of `user`."""
    limits = settings.RECORDING_QUOTAS[_group(user)]
    allowance = 0 if is_recorded else -1
    name = causer(user)
    what = NAMES.get(event_type) if event_type is not None else None
    number, seconds = rate_parse(limits[what]) if what else (0, 0)
    window, now = timedelta(seconds=seconds), timezone.now()
    waiting, lately, objections = _counts(name, event_type=event_type, since=now - window)
    if objections:
        waiting += objections_waiting().filter(caused_by=name).count()
    most: int = limits["pending"]
    if waiting > most + allowance:
        raise Throttled(PENDING_RETRY, f"{most} of your writes are still waiting to be recorded on the chain.")
    if what and lately > number + allowance:
        rows = (
            Objection.objects.all()
            if event_type is EventType.OBJECTED
            else Write.objects.filter(event_type=_number(event_type))
        )
        times = rows.filter(caused_by=name, created_at__gt=now - window).order_by("created_at")
        oldest: datetime = times.values_list("created_at", flat=True)[0]
        wait = max(1, math.ceil((oldest + window - now).total_seconds()))
        raise Throttled(wait, f"You have reached your limit of {number} {what} in {seconds:,} seconds.")


def _counts(name: str, *, event_type: EventType | None, since: datetime) -> tuple[int, int, bool]:
    """The caller's writes that wait; those of this kind accepted since then, whatever became of them; and whether
    objections of the caller's are in no transaction.

    In one statement and past the ORM, because every request that writes asks for it while it holds its locks.
    """
    writes, objections = (connection.ops.quote_name(model._meta.db_table) for model in (Write, Objection))
    lately = (
        f"{objections} WHERE"
        if event_type is EventType.OBJECTED
        else f"{writes} WHERE event_type = {_number(event_type)} AND"
    )
    states = ", ".join(["%s"] * len(WAITING))
    sql = (
        f"SELECT (SELECT COUNT(*) FROM {writes} WHERE caused_by = %s AND state IN ({states})), "
        f"(SELECT COUNT(*) FROM {lately} caused_by = %s AND created_at > %s), "
        f"EXISTS(SELECT 1 FROM {objections} WHERE caused_by = %s AND standing AND transaction_id IS NULL)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [name, *WAITING, name, connection.ops.adapt_datetimefield_value(since), name])
        waiting, counted, some = cursor.fetchone()
    return waiting, counted, bool(some)


def _number(event_type: EventType | None) -> int:
    """The number of a kind; of none, one that no write has."""
    return -1 if event_type is None else int(event_type)


def rate_parse(rate: str) -> tuple[int, int]:
    """`20/hour` as a number and seconds. Raises `ValueError`."""
    try:
        number, seconds = SimpleRateThrottle.parse_rate(None, rate)  # type: ignore[arg-type]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        raise ValueError(f"{rate!r} is not a rate like 20/hour") from None
    if not number or number < 0 or not seconds:
        raise ValueError(f"{rate!r} is not a rate like 20/hour")
    return number, seconds


def _group(user: Any) -> str:
    if isinstance(user, Service):
        return "system"
    return "staff" if user.is_staff else "complainant"
