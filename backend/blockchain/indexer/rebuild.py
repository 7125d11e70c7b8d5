"""Drops the cache and reads it again; the result is the same. `docs/specification.md` 5.1.

It stores how far it is: a rebuild that was interrupted is continued by the next one, and health is red until then.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction

from blockchain.alarms import alarm_end
from blockchain.chain.contract import Registry
from blockchain.chain.contract import registry as registry_configured
from blockchain.chain.guard import chain_check_any
from blockchain.chain.receipts import priced
from blockchain.indexer.reconcile import NOT_READ
from blockchain.indexer.sync import SyncResult, events_sync_up_to, final_block_of
from blockchain.indexer.undo import MINED
from blockchain.jobs import REBUILD, progress_get, progress_set
from blockchain.landing import COSTS, NO_GAS, cost_shares, landing_undo, transactions_reopen
from blockchain.models import Attempt, ChainEvent, ChainState, EvidenceFile, RoleChange, ScanCursor, Write
from blockchain.models.bulk import rows_update, values_update

logger = logging.getLogger("blockchain.indexer")

ROWS_AT_ONCE = 500
# The two long steps.
RECEIPTS, EVENTS = "receipts", "events"


def cache_rebuild(
    *,
    registry: Registry | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    anew: bool = False,
) -> SyncResult:
    """Drops events, states, role changes, cursor and receipt columns, and reads them from the chain again.

    Salts, payloads, reports and evidence are not touched: they are not on the chain. Nor is any write's state, until it
    is known what the chain has lost: a relay that runs meanwhile must not send again what has landed. If it is
    interrupted, the next call continues, unless it is to start `anew`. Raises what `chain_check` and `events_sync`
    raise; while the node does not answer, nothing is dropped.
    """
    registry = registry or registry_configured()
    registry = chain_check_any(registry)
    run = {} if anew else progress_get(REBUILD)
    if run:
        logger.warning("rebuild continues", extra=run)
    else:
        run = {"step": RECEIPTS, "final": final_block_of(registry), "last": 0, "undone": 0}
        progress_set(REBUILD, run)
    if run["step"] == RECEIPTS:
        _receipts_read(registry, run)
        _drop(run)
    # A relay that runs meanwhile reads events too, and may be the one that gets there.
    result = events_sync_up_to(run["final"], registry=registry, progress=progress)
    _gas_share()
    result.undone += run["undone"] + _writes_check()
    # Everything was read; the next `reconcile` counts.
    alarm_end(NOT_READ)
    progress_set(REBUILD, {})
    return result


@transaction.atomic
def _drop(run: dict[str, Any]) -> None:
    """Restores the gas that was paid from the receipts: an indexer may continue from here, and does not share it."""
    run["step"] = EVENTS
    progress_set(REBUILD, run)
    ScanCursor.objects.all().delete()
    ChainEvent.objects.all().delete()
    ChainState.objects.all().delete()
    RoleChange.objects.all().delete()
    EvidenceFile.objects.update(anchored_at=None)
    landed = Write.objects.filter(state=Write.State.CONFIRMED)
    landed.exclude(tx_hash__in=Attempt.objects.values("tx_hash")).update(**NO_GAS)
    landed.update(
        sequence=None,
        tx_hash="",
        block_number=None,
        block_hash="",
        log_index=None,
        timestamp=None,
    )


def _receipts_read(registry: Registry, run: dict[str, Any]) -> None:
    """Takes over the receipts as the chain has them now, and reopens transactions that it tells otherwise of."""
    attempts = Attempt.objects.filter(transaction__state__in=MINED).order_by("pk")
    while some := list(attempts.filter(pk__gt=run["last"])[:ROWS_AT_ONCE]):
        refuted = set()
        receipts = registry.node.receipts([each.tx_hash for each in some])
        priced(registry.node, [receipt for receipt in receipts if receipt is not None])
        for attempt, receipt in zip(some, receipts, strict=True):
            claim = attempt.block_hash, attempt.succeeded
            attempt.receipt_apply(receipt)
            # An attempt without a receipt is one whose fees were raised.
            if claim[0] and claim != (attempt.block_hash, attempt.succeeded):
                refuted.add(attempt.transaction_id)
        with transaction.atomic():
            undone = transactions_reopen(refuted)
            rows_update([each for each in some if each.transaction_id not in refuted], Attempt.RECEIPT_FIELDS)
            run |= {"last": some[-1].pk, "undone": run["undone"] + undone}
            progress_set(REBUILD, run)


def _writes_check() -> int:
    """Takes back the landing of writes that are shown as final and of which no link was read.

    Most have it taken back already, with their transaction; these landed in transactions of somebody else's.
    """
    with transaction.atomic():
        return landing_undo(Write.objects.filter(state=Write.State.CONFIRMED, tx_hash=""))


def _gas_share() -> None:
    """Shares each transaction's costs among its writes, so that their sum is what was paid."""
    paid = Attempt.objects.filter(succeeded=True, cancels=False).defer("raw").order_by("pk")
    last = 0
    while some := list(paid.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        last = some[-1].pk
        writes = Write.objects.filter(tx_hash__in=[each.tx_hash for each in some]).order_by("log_index")
        by_hash: dict[str, list[int]] = defaultdict(list)
        for tx_hash, pk in writes.values_list("tx_hash", "pk"):
            by_hash[tx_hash].append(pk)
        rows = []
        for each in some:
            pks = by_hash[each.tx_hash]
            rows += [(*cost, pk) for cost, pk in zip(cost_shares(each, len(pks)), pks, strict=True)]
        values_update(Write, COSTS, rows)
