"""Finds breaches and puts their recording into the outbox."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from blockchain.chain.contract import Registry, registry
from blockchain.chain.head import Head, head_get
from blockchain.models import SLATracker
from blockchain.outbox.services import escalation_enqueue
from blockchain.sla.selectors import missed_levels

logger = logging.getLogger("blockchain.sla")

# Complaints asked for in one call of the view, and looked at in one check.
IDS_PER_CALL = 200
COMPLAINTS_PER_CHECK = 2_000


@dataclass(kw_only=True)
class SLACheck:
    """What a check found."""

    # Complaint's tracking id, missed deadline (Unix seconds).
    due: list[tuple[str, int]] = field(default_factory=list)
    enqueued: int = 0


def sla_check(*, dry_run: bool = False, on: Registry | None = None) -> SLACheck:
    """Asks the contract which running clocks are over, and enqueues one escalation for each missed deadline.

    A dry run only tells. Raises `ChainUnavailable`.
    """
    on = on or registry()
    head = head_get(on.node)
    now = datetime.fromtimestamp(head.time_to_come, UTC)
    overdue = SLATracker.objects.filter(deadline__lt=now).select_related("report").order_by("deadline")
    trackers = list(overdue[:COMPLAINTS_PER_CHECK])
    check = SLACheck()
    for start in range(0, len(trackers), IDS_PER_CALL):
        _check_some(on, trackers[start : start + IDS_PER_CALL], head, dry_run, check)
    if check.due:
        logger.info("SLA check", extra={"due": len(check.due), "enqueued": check.enqueued, "dry_run": dry_run})
    return check


def _check_some(on: Registry, trackers: Sequence[SLATracker], head: Head, dry_run: bool, check: SLACheck) -> None:
    ids = [bytes.fromhex(tracker.report.complaint_id[2:]) for tracker in trackers]
    (due,) = on.call("escalatable", ids, block=head.tag)
    reports = [tracker.report for tracker, is_due in zip(trackers, due, strict=True) if is_due]
    states = on.complaints([report.complaint_id for report in reports])
    for report in reports:
        state = states[report.complaint_id]
        missed = missed_levels(deadline=state.sla_deadline, at=head.time_to_come, level=state.escalation_level)
        for level in range(missed):
            missed_deadline = state.sla_deadline + level * on.deployment.escalation_interval
            check.due.append((report.tracking_id, missed_deadline))
            if not dry_run and escalation_enqueue(report_id=report.pk, missed_deadline=missed_deadline) is not None:
                check.enqueued += 1
