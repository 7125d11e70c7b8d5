"""What the cache says of SLA clocks."""

import time

from blockchain.chain.artifact import deployment
from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction, SLATracker
from report.models import IssueReport


def missed_levels(*, deadline: int, at: int, level: int) -> int:
    """How many breaches are to be recorded for a clock that ran to `deadline`, at the time `at` (Unix seconds).

    Spec 2.4, rule 6: each level sets the next deadline one interval after the missed one, none at the highest level.
    """
    registry = deployment()
    if at <= deadline:
        return 0
    # At the highest level already, one more breach can be recorded for a deadline that was set since.
    levels_left = max(1, registry.max_escalation_level - level)
    return min(levels_left, 1 + (at - deadline - 1) // registry.escalation_interval)


def clock_can_stop(*, report: IssueReport) -> bool:
    """Whether the contract would stop the clock of this running report: a deadline is left, also after escalations."""
    deadlines = report.writes.filter(event_type=EventType.SLA_DEADLINE_SET)
    if deadlines.filter(state__in=BlockchainTransaction.OPEN_STATES).exists():
        return True
    tracker = SLATracker.objects.filter(report=report).first()
    if tracker is None:
        # Landed, but not indexed yet.
        return deadlines.filter(state=BlockchainTransaction.State.CONFIRMED).exists()
    if tracker.deadline is None:
        # The cache saw it stop; the write that restarts it is on its way.
        return tracker.remaining_seconds is not None
    deadline = int(tracker.deadline.timestamp())
    missed = missed_levels(deadline=deadline, at=int(time.time()), level=tracker.level)
    return missed == 0 or tracker.level + missed < deployment().max_escalation_level
