"""Quotas for users and systems, since each write costs the operator gas: filings and comments per time, waiting writes.

Only accepted requests count, because the quotas count writes. `RECORDING_QUOTAS` has the limits for complainants, staff
and systems.
"""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.throttling import SimpleRateThrottle

from blockchain.common.retry import atomic_retried
from blockchain.conf import settings
from blockchain.models import QuotaHolder, Write
from blockchain.protocol.kinds import EventType
from blockchain.systems.tokens import Service

T = TypeVar("T")

NAMES: Final = {EventType.CREATED: "filings", EventType.COMMENTED: "comments"}
WAITING: Final = (Write.State.RESERVED, Write.State.PENDING)
# Seconds after which a caller with too many waiting writes may retry: about the time of a block.
PENDING_RETRY: Final = 30


def causer(user: Any) -> str:
    """The name of a user or a system in `Write.caused_by`."""
    return f"system {user.source}" if isinstance(user, Service) else f"user {user.pk}"


def within_quota(user: Any, change: Callable[[], T], *, event_type: EventType | None = None) -> T:
    """Calls `change`, which may record writes for `user`, in one transaction.

    Raises `Throttled`, and changes nothing, if the writes then exceed the user's quota. The check comes afterwards
    because only `change` knows how many writes it records; a repeated request, which records none, is never refused.
    """

    @atomic_retried
    def counted() -> T:
        # The lock lets requests of one user see each other's writes. It comes before the lock of any complaint.
        QuotaHolder.objects.select_for_update().get_or_create(name=causer(user))
        result = change()
        quota_require(user, event_type=event_type, is_recorded=True)
        return result

    return counted()


def quota_require(user: Any, *, event_type: EventType | None = None, is_recorded: bool = False) -> None:
    """Raises `Throttled` if one more write (with `is_recorded`: the last one) exceeds the quota of `user`."""
    limits = settings.RECORDING_QUOTAS[_group(user)]
    allowance = 0 if is_recorded else -1
    own = Write.objects.filter(caused_by=causer(user))
    most: int = limits["pending"]
    if own.filter(state__in=WAITING).count() > most + allowance:
        raise Throttled(PENDING_RETRY, f"{most} of your writes are still waiting to be recorded on the chain.")
    if event_type not in NAMES:
        return
    name = NAMES[event_type]
    number, seconds = rate_parse(limits[name])
    window, now = timedelta(seconds=seconds), timezone.now()
    # Counts by the time of acceptance, whatever happened afterwards.
    lately = own.filter(event_type=event_type, created_at__gt=now - window)
    if lately.count() > number + allowance:
        oldest = lately.order_by("created_at").values_list("created_at", flat=True)[0]
        wait = max(1, math.ceil((oldest + window - now).total_seconds()))
        raise Throttled(wait, f"You have reached your limit of {number} {name} in {seconds:,} seconds.")


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
