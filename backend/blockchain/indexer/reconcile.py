"""Compares every complaint with the contract and repairs the cache, so links that an indexer missed are found.

It stores how far it is, so that a run that was interrupted is continued by the next one.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blockchain.alarms import alarm_begin, alarm_end
from blockchain.chain.contract import Registry
from blockchain.chain.contract import registry as registry_configured
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.indexer.cursor import CursorMoved, cursor_get, cursor_held
from blockchain.indexer.heads import Comparison, Head, heads_compare
from blockchain.indexer.repair import complaints_read_again
from blockchain.indexer.states import chunks
from blockchain.indexer.store import complaints_fold
from blockchain.indexer.sync import events_sync
from blockchain.indexer.undo import (
    claims_refuted,
    claims_unlinked,
    writes_without_link,
)
from blockchain.jobs import RECONCILE, JobIncomplete, job, progress_get, progress_set
from blockchain.landing import landing_undo, transactions_reopen
from blockchain.models import ChainEvent, ChainState, Complaint, ScanCursor, Write
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import Link, link_hash
from blockchain.signals import events_read

logger = logging.getLogger("blockchain.indexer")

COMPLAINTS_AT_ONCE = 500
# Stands until the filings are counted again and agree: the syncs in between look at what they read, not at the rest.
NOT_READ = "indexer: filings not read"
# After this many unanswered requests in a row, the rest are not sent.
FAILURES = 3
# How often other indexers may move the cursor during one run.
MOVES = 100
# What was compared longer ago is compared again when an interrupted run continues.
CONTINUED_WITHIN = timedelta(hours=24)


@dataclass(kw_only=True)
class Reconciliation:
    """What was found. `complaints`: compared; `undone`: writes that were shown as landed and are not on the chain."""

    complaints: int = 0
    repaired: int = 0
    differing: int = 0
    uncompared: int = 0
    undone: int = 0


@dataclass(kw_only=True)
class _Run:
    """A run and its position: which list of complaints it is in, and the last complaint there that is done."""

    started_at: str
    result: Reconciliation
    listed: int = 0
    last: str = ""
    # Unanswered requests in a row.
    failures: int = 0

    @classmethod
    def begun(cls) -> "_Run":
        """The run that was interrupted, or a new one."""
        stored = progress_get(RECONCILE)
        if stored and abs(timezone.now() - datetime.fromisoformat(stored["started_at"])) < CONTINUED_WITHIN:
            logger.warning("reconcile continues", extra={"started_at": stored["started_at"], **stored["result"]})
            return cls(**{**stored, "result": Reconciliation(**stored["result"]), "failures": 0})
        return cls(started_at=timezone.now().isoformat(), result=Reconciliation())

    def save(self) -> None:
        """Remembers the position."""
        progress_set(RECONCILE, asdict(self))


def cache_reconcile(
    *, registry: Registry | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> Reconciliation:
    """Compares `eventCount` and `head` of every complaint with the cache, and reads differing complaints again.

    Every complaint: those without an event, which may have lost all of them, and those that nobody here filed. Catches
    up first. If it is interrupted, the next call continues, within a day. `progress(done, total)` is called after each
    piece, in complaints. The outcome is kept for the health page; what could not be compared counts as a failure of the
    job there. Raises what `events_sync` raises, and `ChainUnavailable` if others keep moving the cursor meanwhile.
    """
    registry = registry or registry_configured()
    with job(RECONCILE):
        events_sync(registry=registry)
        # The one that was just asked, unless it failed.
        registry = registry.best()
        run = _Run.begun()
        result = run.result
        for _ in range(MOVES):
            cursor = cursor_get(registry)
            try:
                _compare_all(registry=registry, cursor=cursor, run=run, progress=progress)
                _end(registry=registry, cursor=cursor, result=result)
                break
            except CursorMoved:
                # Another indexer read on, or a reorg took blocks back: from here, at the new place.
                continue
        else:
            raise ChainUnavailable("the cursor moved while complaints were compared; try again")
        if result.repaired or result.differing or result.uncompared or result.undone:
            logger.error("cache reconciled", extra=vars(result))
        if result.uncompared:
            raise JobIncomplete(f"{result.uncompared} of {result.uncompared + result.complaints} were not compared")
    return result


def _end(*, registry: Registry, cursor: ScanCursor, result: Reconciliation) -> None:
    """Counts the filings, and stores the outcome."""
    _filings_check(registry=registry, cursor=cursor, result=result)
    outcome = {
        "reconciled": result.complaints,
        "reconcile_uncompared": result.uncompared,
        "differing": result.differing,
        **({} if result.uncompared else {"reconciled_at": timezone.now(), "uncompared": 0}),
    }
    undone = _claims_check(registry=registry, cursor=cursor)
    ScanCursor.objects.filter(pk=cursor.pk).update(**outcome)
    result.undone += undone
    progress_set(RECONCILE, {})
    events_read.send(sender=ScanCursor, registry=registry, cursor=cursor, undone=True)


def _compare_all(*, registry: Registry, cursor: ScanCursor, run: _Run, progress: Callable[[int, int], None]) -> None:
    total = sum(rows.count() for rows in _lists())
    for complaint_ids in _complaints(run):
        found = Reconciliation()
        if run.failures >= FAILURES:
            found.uncompared += len(complaint_ids)
        else:
            _compare_some(complaint_ids, registry=registry, cursor=cursor, result=found)
            run.failures = run.failures + 1 if found.uncompared else 0
        for name, number in vars(found).items():
            setattr(run.result, name, getattr(run.result, name) + number)
        run.last = complaint_ids[-1]
        run.save()
        progress(run.result.complaints + run.result.uncompared, total)


def _compare_some(complaint_ids: list[str], *, registry: Registry, cursor: ScanCursor, result: Reconciliation) -> None:
    comparison = _compare(complaint_ids, registry=registry, cursor=cursor)
    differing = comparison.differing
    if differing:
        try:
            complaints_read_again(differing, registry=registry, cursor=cursor)
        except ChainUnavailable as error:
            logger.error("complaints not re-read", extra={"error": str(error), "complaints": len(differing)})
            with cursor_held(cursor):
                # Whatever was made of events that are not there (any more): the next sync tries again.
                complaints_fold(differing, deployment=registry.deployment, keep_empty=True)
        comparison.differing = set()
        comparison |= _compare(sorted(differing), registry=registry, cursor=cursor)
        result.repaired += len(differing & comparison.agreeing)
    result.complaints += len(comparison.agreeing | comparison.differing)
    result.differing += len(comparison.differing)
    result.uncompared += len(comparison.uncompared)
    # Of what agrees it is certain that there are no other links.
    result.undone += _writes_check(sorted(comparison.agreeing), registry=registry, cursor=cursor)


def _compare(complaint_ids: list[str], *, registry: Registry, cursor: ScanCursor) -> Comparison:
    heads = _heads_recomputed(registry, complaint_ids, up_to_block=cursor.block_number)
    return heads_compare(registry=registry, cursor=cursor, heads=heads)


def _heads_recomputed(registry: Registry, complaint_ids: Iterable[str], *, up_to_block: int) -> dict[str, Head]:
    """Count and head of complaints, from the stored events alone."""
    heads = {}
    for some in chunks(complaint_ids):
        heads.update(dict.fromkeys(some, (0, registry.deployment.genesis_head)))
        events = ChainEvent.objects.filter(complaint_id__in=some, block_number__lte=up_to_block)
        rows = events.order_by("complaint_id", "sequence").values_list(*Link._fields)
        for link in map(Link._make, rows.iterator()):
            count, head = heads[link.complaint_id]
            heads[link.complaint_id] = count + 1, link_hash(head=head, link=link)
    return heads


def _writes_check(complaint_ids: list[str], *, registry: Registry, cursor: ScanCursor) -> int:
    """Takes back the landing of writes of which the chain has no link; where it has another one, that is applied."""
    lost = writes_without_link(complaint_ids, up_to_block=cursor.block_number)
    if not lost:
        return 0
    writes = Write.objects.filter(pk__in=lost)
    with cursor_held(cursor):
        theirs = set(writes.values_list("complaint__complaint_id", flat=True))
        undone = landing_undo(writes)
        complaints_fold(theirs, deployment=registry.deployment)
    return undone


def _filings_check(*, registry: Registry, cursor: ScanCursor, result: Reconciliation) -> None:
    """Counts complaints of others that were never read: nobody here knows their names, but the contract counts all."""
    if cursor.block_number < registry.deployment.block_number:
        return
    try:
        _, filings = registry.call("registry", block={"blockHash": cursor.block_hash})
    except ChainError as error:
        logger.error("filings not counted", extra={"error": str(error)})
        result.uncompared += 1
        return
    read = ChainEvent.objects.filter(event_type=EventType.CREATED, block_number__lte=cursor.block_number).count()
    if read != filings:
        logger.error("filings were not read: rebuild the cache", extra={"read": read, "filings": filings})
        result.differing += abs(filings - read)
        alarm_end(NOT_READ)
        alarm_begin(NOT_READ, problem=f"of {filings} filings in the contract, {read} were read")
    else:
        alarm_end(NOT_READ)


def _claims_check(*, registry: Registry, cursor: ScanCursor) -> int:
    """Reopens transactions whose receipt is not what the chain says now; of those with links, the heads have told."""
    refuted, _ = claims_refuted(claims_unlinked(up_to_block=cursor.block_number), registry=registry)
    if not refuted:
        return 0
    logger.error("receipts refuted", extra={"transactions": len(refuted)})
    with cursor_held(cursor):
        return transactions_reopen(refuted)


def _lists() -> tuple[QuerySet[Any], QuerySet[Any]]:
    """All complaints: our own, then those of others, that is, whose events were read and whom nobody here filed."""
    own = Complaint.objects.filter(complaint_id=OuterRef("complaint_id"))
    return Complaint.objects.all(), ChainState.objects.filter(~Exists(own))


def _complaints(run: _Run) -> Iterator[list[str]]:
    """Those that are left to do, in pieces."""
    for rows in _lists()[run.listed :]:
        while found := list(
            rows.filter(complaint_id__gt=run.last)
            .order_by("complaint_id")
            .values_list("complaint_id", flat=True)[:COMPLAINTS_AT_ONCE]
        ):
            yield found
        run.listed, run.last = run.listed + 1, ""
