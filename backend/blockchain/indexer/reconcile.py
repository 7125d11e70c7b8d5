"""Compares every complaint with the contract and repairs the cache: what an indexer missed is found, not assumed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from blockchain.chain.contract import Registry, registry
from blockchain.indexer.heads import heads_compare, heads_recomputed
from blockchain.indexer.projection import complaints_project, links_store
from blockchain.indexer.scan import Scanner
from blockchain.indexer.services import events_sync
from blockchain.models import ChainEvent, ScanCursor
from report.models import IssueReport

logger = logging.getLogger("blockchain.indexer")

COMPLAINTS_AT_ONCE = 500
# Complaints in one filter of eth_getLogs.
COMPLAINTS_PER_FILTER = 50


@dataclass(kw_only=True)
class Reconciliation:
    """What was found."""

    complaints: int = 0
    repaired: int = 0
    differing: int = 0


def cache_reconcile(*, on: Registry | None = None) -> Reconciliation:
    """Compares `eventCount` and `head` of every report's complaint with the cache, and reads again what differs.

    Catches up first. The result is kept for the health page. Raises what `events_sync` raises.
    """
    on = on or registry()
    events_sync(on=on)
    cursor = ScanCursor.objects.get(chain_id=on.deployment.chain_id, address=on.address)
    result = Reconciliation()
    for complaint_ids in _complaints():
        result.complaints += len(complaint_ids)
        differing = _differing(on, cursor, complaint_ids)
        if differing:
            _read_again(on, cursor, sorted(differing))
            still = _differing(on, cursor, sorted(differing))
            result.repaired += len(differing - still)
            result.differing += len(still)
    ScanCursor.objects.filter(pk=cursor.pk).update(
        reconciled_at=timezone.now(), reconciled=result.complaints, differing=result.differing
    )
    if result.repaired or result.differing:
        logger.error("cache reconciled", extra={"repaired": result.repaired, "differing": result.differing})
    return result


def _complaints() -> Iterator[list[str]]:
    last = 0
    while rows := list(
        IssueReport.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "complaint_id")[:COMPLAINTS_AT_ONCE]
    ):
        last = rows[-1][0]
        yield [complaint_id for _, complaint_id in rows]


def _differing(on: Registry, cursor: ScanCursor, complaint_ids: list[str]) -> set[str]:
    return heads_compare(on=on, cursor=cursor, heads=heads_recomputed(on, complaint_ids))


def _read_again(on: Registry, cursor: ScanCursor, complaint_ids: list[str]) -> None:
    for start in range(0, len(complaint_ids), COMPLAINTS_PER_FILTER):
        some = complaint_ids[start : start + COMPLAINTS_PER_FILTER]
        scanner = Scanner(on, complaint_ids=some)
        links = [link for _, found in scanner.read(on.deployment.block_number, cursor.block_number) for link in found]
        with transaction.atomic():
            ChainEvent.objects.filter(complaint_id__in=some).delete()
            links_store(links, deployment=on.deployment)
            complaints_project(some, deployment=on.deployment)
