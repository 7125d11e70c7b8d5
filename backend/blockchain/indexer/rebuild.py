"""Drops the cache and reads it again; the result is the same. Spec 5.1."""

from collections.abc import Callable

from django.db import transaction

from blockchain.chain.contract import Registry, registry
from blockchain.chain.guard import chain_check
from blockchain.chain.logs import links_of_logs
from blockchain.indexer.services import SyncResult, events_sync
from blockchain.models import (
    BlockchainTransaction,
    ChainEvent,
    EvidenceHash,
    ScanCursor,
    SignedTransaction,
    SLATracker,
)
from blockchain.models.bulk import rows_update
from blockchain.relay.landing import landing_apply
from report.models import IssueReport

RECEIPTS_AT_ONCE = 500

WriteState = BlockchainTransaction.State
AttemptState = SignedTransaction.State


def cache_rebuild(
    *, on: Registry | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> SyncResult:
    """Drops indexed events, cursor, SLA trackers and receipt columns, and reads them from the chain again.

    Salts, payloads, reports and evidence are not touched: they are not on the chain. If it is interrupted, call it
    again. Raises what `chain_check` and `events_sync` raise; nothing is dropped while the node does not answer.
    """
    on = on or registry()
    chain_check(on)
    _drop()
    _receipts_read(on)
    return events_sync(on=on, progress=progress)


@transaction.atomic
def _drop() -> None:
    ChainEvent.objects.all().delete()
    ScanCursor.objects.all().delete()
    SLATracker.objects.all().delete()
    IssueReport.objects.update(blockchain_tx_hash="", blockchain_verified=False, sla_escalated=False)
    EvidenceHash.objects.update(anchored_at=None)
    landed = BlockchainTransaction.objects.filter(state__in=(WriteState.MINED, WriteState.CONFIRMED))
    landing = {
        "tx_hash": "",
        "block_number": None,
        "block_hash": "",
        "log_index": None,
        "timestamp": None,
        "gas_used": None,
        "effective_gas_price": None,
    }
    landed.filter(signed_transaction__isnull=False).update(state=WriteState.SENT, **landing)
    # Mined and not final: no event says it yet, but the receipt does, here or in the relay's next run.
    no_receipt = dict.fromkeys(SignedTransaction.RECEIPT_FIELDS) | {"block_hash": ""}
    SignedTransaction.objects.filter(state=AttemptState.MINED).update(state=AttemptState.SENT, **no_receipt)
    # Escalations that a stranger put on record.
    landed.filter(signed_transaction__isnull=True).update(state=WriteState.PENDING, **landing)


def _receipts_read(on: Registry) -> None:
    sent = SignedTransaction.objects.filter(state__in=(AttemptState.SENT, AttemptState.CONFIRMED))
    ids = list(sent.values_list("pk", flat=True))
    for start in range(0, len(ids), RECEIPTS_AT_ONCE):
        attempts = list(SignedTransaction.objects.filter(pk__in=ids[start : start + RECEIPTS_AT_ONCE]))
        receipts = on.node.receipts([attempt.tx_hash for attempt in attempts])
        for attempt, receipt in zip(attempts, receipts, strict=True):
            attempt.receipt_apply(receipt)
        with transaction.atomic():
            rows_update(attempts, SignedTransaction.RECEIPT_FIELDS)
            for attempt, receipt in zip(attempts, receipts, strict=True):
                if receipt is None:
                    # The chain has lost it: the relay sends the same bytes again.
                    SignedTransaction.objects.filter(pk=attempt.pk, state=AttemptState.CONFIRMED).update(
                        state=AttemptState.SIGNED
                    )
                # Guarded: the relay may have settled it in the meantime.
                unsettled = SignedTransaction.objects.filter(pk=attempt.pk, state=AttemptState.SENT)
                if receipt is not None and unsettled.update(state=AttemptState.MINED):
                    landing_apply(links=links_of_logs(receipt["logs"], address=on.address), final=False)
