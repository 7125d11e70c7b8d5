"""From links to what the cache shows: SLA clocks, landed writes, the report's display fields."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter

from django.db.models import QuerySet

from blockchain.chain.artifact import Deployment
from blockchain.commitments.links import Link, genesis
from blockchain.indexer.fold import links_fold
from blockchain.models import BlockchainTransaction, ChainEvent, SignedTransaction, SLATracker
from blockchain.models.bulk import rows_insert_new, rows_update, rows_upsert, values_update
from blockchain.relay.landing import landing_apply, landing_undo
from report.models import IssueReport

FOLDED_FIELDS = (
    "deadline",
    "remaining_seconds",
    "running",
    "paused",
    "level",
    "last_escalated_at",
    "sequence",
    "head",
)
# The same names on a link and on its row; `arguments`, which is JSON, is last.
EVENT_FIELDS = (
    "complaint_id",
    "sequence",
    "event_type",
    "actor",
    "timestamp",
    "data_hash",
    "tx_hash",
    "block_number",
    "block_hash",
    "log_index",
    "arguments",
)
DISPLAY_FIELDS = ("blockchain_tx_hash", "sla_escalated")


def links_store(links: Sequence[Link], *, deployment: Deployment) -> set[str]:
    """Stores links and projects them, in the caller's transaction. Idempotent. Returns the complaints they touch."""
    if not links:
        return set()
    plain = attrgetter(*EVENT_FIELDS[:-1])
    rows = [(*plain(link), json.dumps(link.arguments) if link.arguments else "{}") for link in links]
    rows_insert_new(ChainEvent, EVENT_FIELDS, rows)
    landing_apply(links=links, final=True)
    _project(links, deployment)
    return {link.complaint_id for link in links}


def links_undo(*, after_block: int, deployment: Deployment) -> int:
    """Takes back everything that was read from blocks after `after_block`. Returns how many writes start again."""
    gone = ChainEvent.objects.filter(block_number__gt=after_block)
    touched = set(gone.values_list("complaint_id", flat=True))
    gone.delete()
    writes = BlockchainTransaction.objects.filter(block_number__gt=after_block)
    undone = writes.count()
    landing_undo(writes=writes.filter(signed_transaction__isnull=False), state=BlockchainTransaction.State.SENT)
    # Landed without a transaction of ours, as an escalation that a stranger made.
    landing_undo(writes=writes.filter(signed_transaction__isnull=True), state=BlockchainTransaction.State.PENDING)
    _attempts_undo(SignedTransaction.objects.filter(block_number__gt=after_block))
    complaints_project(touched, deployment=deployment)
    return undone


def confirmations_undo(*, after_block: int, up_to_block: int, links: Sequence[Link]) -> int:
    """Takes back what the relay confirmed in these blocks and is not in them: `links` is all that is.

    Its block fell out by a reorg deeper than the confirmations before the indexer came to it, so the cursor can't tell.
    To be called before the links are stored. Returns how many writes start again.
    """
    confirmed = SignedTransaction.objects.filter(
        state=SignedTransaction.State.CONFIRMED,
        succeeded=True,
        block_number__gt=after_block,
        block_number__lte=up_to_block,
        writes__isnull=False,
    )
    blocks = {link.block_hash for link in links}
    found = confirmed.distinct().values_list("pk", "tx_hash", "block_hash")
    gone = [(pk, tx_hash) for pk, tx_hash, block_hash in found if block_hash not in blocks]
    if not gone:
        return 0
    writes = list(BlockchainTransaction.objects.filter(tx_hash__in=[tx_hash for _, tx_hash in gone]))
    landing_undo(writes=writes, state=BlockchainTransaction.State.SENT)
    _attempts_undo(SignedTransaction.objects.filter(pk__in=[pk for pk, _ in gone]))
    return len(writes)


def _attempts_undo(attempts: QuerySet[SignedTransaction]) -> None:
    no_receipt = dict.fromkeys(SignedTransaction.RECEIPT_FIELDS) | {"block_hash": ""}
    attempts.update(state=SignedTransaction.State.SIGNED, **no_receipt)


def complaints_project(complaint_ids: Iterable[str], *, deployment: Deployment) -> None:
    """Folds complaints anew from all their stored links; without any, they are as if never read."""
    report_ids = _report_ids(complaint_ids)
    SLATracker.objects.filter(report_id__in=report_ids.values()).delete()
    stored: dict[str, list[ChainEvent]] = defaultdict(list)
    for event in ChainEvent.objects.filter(complaint_id__in=report_ids).order_by("sequence", "id"):
        stored[event.complaint_id].append(event)
    start = genesis(chain_id=deployment.chain_id, address=deployment.address)
    trackers, shown = [], []
    for complaint_id, report_id in report_ids.items():
        events = stored[complaint_id]
        tracker = SLATracker(report_id=report_id)
        links_fold(tracker, events, genesis=start)
        shown.append((events[-1].tx_hash if events else "", tracker.level > 0, report_id))
        if events:
            trackers.append(tracker)
    rows_upsert(trackers, unique=["report"], fields=FOLDED_FIELDS)
    values_update(IssueReport, DISPLAY_FIELDS, shown)


def _project(links: Sequence[Link], deployment: Deployment) -> None:
    """Folds new links on top of what is folded already; a complaint of which they are not the next is folded anew."""
    fresh: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        fresh[link.complaint_id].append(link)
    report_ids = _report_ids(fresh)
    known = {tracker.report_id: tracker for tracker in SLATracker.objects.filter(report_id__in=report_ids.values())}
    start = genesis(chain_id=deployment.chain_id, address=deployment.address)
    new: list[SLATracker] = []
    folded: list[SLATracker] = []
    shown, anew = [], []
    for complaint_id, report_id in report_ids.items():
        tracker = known.get(report_id) or SLATracker(report_id=report_id)
        expected = range(tracker.sequence + 1, tracker.sequence + 1 + len(fresh[complaint_id]))
        if [link.sequence for link in fresh[complaint_id]] != list(expected):
            anew.append(complaint_id)
            continue
        links_fold(tracker, fresh[complaint_id], genesis=start)
        shown.append((fresh[complaint_id][-1].tx_hash, tracker.level > 0, report_id))
        (folded if tracker.pk else new).append(tracker)
    rows_update(folded, FOLDED_FIELDS)
    # One that another indexer has made since is as good.
    rows_upsert(new, unique=["report"], fields=FOLDED_FIELDS)
    values_update(IssueReport, DISPLAY_FIELDS, shown)
    complaints_project(anew, deployment=deployment)


def _report_ids(complaint_ids: Iterable[str]) -> dict[str, int]:
    """The primary keys of the complaints' reports; whole reports would be read in vain, and their texts may be long."""
    reports = IssueReport.objects.filter(complaint_id__in=complaint_ids).order_by()
    return dict(reports.values_list("complaint_id", "pk"))
