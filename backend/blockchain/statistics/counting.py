"""Counts complaints by month and level, from the events and states that were read; the database does the counting.

The definitions and names are those of `verifier/statistics.py`, which counts the same from a node's logs alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Count, F, Sum
from django.db.models.functions import Least, Substr

from blockchain.models import ChainEvent, ChainState
from blockchain.protocol.clock import NEVER, ClockRules
from blockchain.protocol.kinds import EventType, Status

DAY: Final = 86_400
COUNTED: Final = {
    EventType.CREATED: "filed",
    EventType.RESOLVED: "resolved",
    EventType.REJECTED: "rejected",
    EventType.CLOSED: "closed",
    EventType.REOPENED: "reopened",
    EventType.OBJECTED: "objected",
}
# `data` of ESCALATED is `level << 64 | missed << 32 | next`, as `0x` and 64 digits: where the eight of the level are.
LEVEL: Final = Substr("data", 43, 8)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """How the two tables fit together, all numbers of the same moment."""

    links: int
    # By the states: links, complaints, and complaints that were not found to agree with the contract.
    links_of_states: int
    complaints: int
    uncompared: int


def rows_count() -> Rows:
    """The sizes of the tables."""
    states = ChainState.objects.aggregate(links=Sum("event_count", default=0), complaints=Count("pk"))
    return Rows(
        links=ChainEvent.objects.count(),
        links_of_states=states["links"],
        complaints=states["complaints"],
        uncompared=ChainState.objects.filter(agrees=False).count(),
    )


def statuses_count() -> dict[str, int]:
    """Complaints by their status on the chain."""
    states = ChainState.objects.exclude(status=Status.NONE).order_by()
    return dict(sorted((Status(status).name, n) for status, n in _grouped(states.values_list("status"))))


def overdue_count(*, at: int, rules: ClockRules) -> dict[str, int]:
    """Complaints with a missed deadline that is not on record at the time `at` (Unix seconds), by their level."""
    due = ChainState.objects.filter(status=Status.OPEN, sla_deadline__gt=0, sla_deadline__lt=min(at, NEVER))
    by_level = due.order_by().annotate(level=Least(F("escalations"), rules.max_escalation_level)).values_list("level")
    return dict(sorted((str(level), n) for level, n in _grouped(by_level)))


def months_count() -> dict[str, dict[str, Any]]:
    """What happened in each month (UTC) in which anything that counts did."""
    happened: dict[str, Counter[str]] = {}
    for day, event_type, n in _by_day(ChainEvent.objects.filter(event_type__in=list(COUNTED)), F("event_type")):
        happened.setdefault(_month(day), Counter())[COUNTED[EventType(event_type)]] += n
    missed: dict[str, Counter[str]] = {}
    for day, level, n in _by_day(ChainEvent.objects.filter(event_type=EventType.ESCALATED), LEVEL):
        missed.setdefault(_month(day), Counter())[str(int(level, 16))] += n
    return {
        month: {
            **{name: happened.get(month, Counter())[name] for name in COUNTED.values()},
            "missed": dict(sorted(missed.get(month, Counter()).items())),
        }
        for month in sorted({*happened, *missed})
    }


def _by_day(events: Any, kind: Any) -> Iterator[tuple[int, Any, int]]:
    """The beginning of each day (Unix seconds), a kind, and the number of events; there are few days in a table."""
    grouped = events.order_by().annotate(day=F("timestamp") - F("timestamp") % DAY, kind=kind)
    yield from grouped.values_list("day", "kind").annotate(n=Count("pk"))


def _grouped(values: Any) -> Iterator[tuple[Any, int]]:
    yield from values.annotate(n=Count("pk"))


def _month(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m}"
