"""From links to what the cache shows: SLA clocks, landed writes, the report's display fields."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from blockchain.commitments.links import Link
from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction, ChainEvent, SignedTransaction, SLATracker
from blockchain.models.bulk import rows_update, rows_upsert
from blockchain.relay.landing import landing_apply, landing_undo
from report.models import IssueReport

logger = logging.getLogger("blockchain.indexer")

RESOLVING = frozenset({EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED})


@dataclass(kw_only=True)
class Clock:
    """The SLA clock of a complaint, folded from its links by the rules of spec 2.4."""

    running: bool = False
    paused: bool = False
    # Unix seconds while running, seconds left while stopped; None: no deadline.
    value: int | None = None
    level: int = 0
    last_escalated_at: int | None = None

    def apply(self, event: ChainEvent) -> None:
        """Takes one link into account."""
        event_type, at = event.event_type, event.timestamp
        if event_type in (EventType.CREATED, EventType.REOPENED):
            self.running = True
            self.value = None if self.value is None else at + self.value
        elif event_type in RESOLVING:
            if self.running and self.value is not None:
                self.value = max(1, self.value - at)
            self.running = self.paused = False
        elif event_type == EventType.SLA_DEADLINE_SET:
            self.value = event.arguments["deadline"]
        elif event_type == EventType.SLA_PAUSED:
            self.running, self.paused, self.value = False, True, event.arguments["remaining"]
        elif event_type == EventType.SLA_RESUMED:
            self.running, self.paused, self.value = True, False, event.arguments["deadline"]
        elif event_type == EventType.ESCALATED:
            self.level, self.last_escalated_at = event.arguments["level"], at
            self.value = event.arguments["next_deadline"] or None


def links_store(links: Sequence[Link]) -> set[str]:
    """Stores links and projects them, in the caller's transaction. Idempotent. Returns the complaints they touch."""
    events = [
        ChainEvent(
            complaint_id=link.complaint_id,
            sequence=link.sequence,
            event_type=link.event_type,
            actor=link.actor,
            timestamp=link.timestamp,
            data_hash=link.data_hash,
            arguments=link.arguments,
            tx_hash=link.tx_hash,
            block_number=link.block_number,
            block_hash=link.block_hash,
            log_index=link.log_index,
        )
        for link in links
    ]
    ChainEvent.objects.bulk_create(events, batch_size=500, ignore_conflicts=True)
    landing_apply(links=links, final=True)
    touched = {link.complaint_id for link in links}
    complaints_project(touched)
    return touched


def links_undo(*, after_block: int) -> int:
    """Takes back everything that was read from blocks after `after_block`. Returns how many writes start again."""
    gone = ChainEvent.objects.filter(block_number__gt=after_block)
    touched = set(gone.values_list("complaint_id", flat=True))
    gone.delete()
    writes = BlockchainTransaction.objects.filter(block_number__gt=after_block)
    undone = writes.count()
    landing_undo(writes=writes.filter(signed_transaction__isnull=False), state=BlockchainTransaction.State.SENT)
    # Landed without a transaction of ours, as an escalation that a stranger made.
    landing_undo(writes=writes.filter(signed_transaction__isnull=True), state=BlockchainTransaction.State.PENDING)
    attempts = SignedTransaction.objects.filter(block_number__gt=after_block)
    attempts.update(
        state=SignedTransaction.State.SIGNED,
        succeeded=None,
        block_number=None,
        block_hash="",
        gas_used=None,
        effective_gas_price=None,
    )
    complaints_project(touched)
    return undone


def complaints_project(complaint_ids: Iterable[str]) -> None:
    """Folds the SLA clock and the display fields of complaints from all their links."""
    reports = {report.complaint_id: report for report in IssueReport.objects.filter(complaint_id__in=complaint_ids)}
    events = ChainEvent.objects.filter(complaint_id__in=reports).order_by("complaint_id", "sequence", "id")
    trackers, seen = [], set()
    for complaint_id, members in groupby(events, key=lambda event: event.complaint_id):
        clock, last = Clock(), None
        for event in members:
            clock.apply(event)
            last = event
        report = reports[complaint_id]
        seen.add(complaint_id)
        trackers.append(_tracker(report, clock))
        report.blockchain_tx_hash = last.tx_hash if last else ""
        report.sla_escalated = clock.level > 0
    for complaint_id in reports.keys() - seen:
        reports[complaint_id].blockchain_tx_hash, reports[complaint_id].sla_escalated = "", False
    SLATracker.objects.filter(report__in=[reports[each] for each in reports.keys() - seen]).delete()
    rows_upsert(
        trackers,
        unique=["report"],
        fields=["deadline", "remaining_seconds", "paused", "level", "last_escalated_at"],
    )
    rows_update(list(reports.values()), ["blockchain_tx_hash", "sla_escalated"])


def _tracker(report: IssueReport, clock: Clock) -> SLATracker:
    return SLATracker(
        report=report,
        deadline=_time(clock.value) if clock.running else None,
        remaining_seconds=None if clock.running else clock.value,
        paused=clock.paused,
        level=clock.level,
        last_escalated_at=_time(clock.last_escalated_at),
    )


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
