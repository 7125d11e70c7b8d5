"""From links on the chain to the writes that they are: the one place that says a write has landed.

A link with our complaint and our commitment is our write, whoever mined it and whichever transaction carried it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from blockchain.commitments.links import Link
from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash, RelayLease, SignedTransaction
from blockchain.models.bulk import rows_update
from report.models import IssueReport

COMMITTED_EVENT_TYPES = LOGGED_EVENT_TYPES | {EventType.EVIDENCE_ANCHORED}
LANDING_FIELDS = [
    "state",
    "sequence",
    "tx_hash",
    "block_number",
    "block_hash",
    "log_index",
    "timestamp",
    "gas_used",
    "effective_gas_price",
    "error_code",
    "error_detail",
    "next_attempt_at",
]
GAS_FIELDS = ["gas_used", "effective_gas_price"]
UNLANDED_STATES = (
    BlockchainTransaction.State.PENDING,
    BlockchainTransaction.State.SIGNED,
    BlockchainTransaction.State.SENT,
)
# Keys of writes and of links that must be equal.
Identity = tuple[str, int, str | int | None]


def landing_apply(*, links: Sequence[Link] | Sequence[ChainEvent], final: bool) -> int:
    """Marks the writes that `links` are as mined, or as confirmed if the links are final. Returns how many are.

    Of links that others made, only escalations count: they put the same breach on record. Idempotent.
    Runs in the caller's transaction.
    """
    if not links:
        return 0
    complaint_ids = {link.complaint_id for link in links}
    waiting: dict[Identity, BlockchainTransaction] = {}
    reports = {report.pk: report for report in IssueReport.objects.filter(complaint_id__in=complaint_ids)}
    # Locked: relay and indexer see the same link at the same time, and neither may write over what the other found.
    writes = BlockchainTransaction.objects.select_for_update().filter(report__in=reports).order_by("pk")
    settled = (BlockchainTransaction.State.SUPERSEDED, BlockchainTransaction.State.CONFIRMED)
    for each in writes.exclude(state__in=settled):
        each.report = reports[each.report_id]
        waiting[_identity_of_write(each)] = each

    if not waiting:
        return 0
    own_actors = set(RelayLease.objects.values_list("signer", flat=True))
    landed = []
    for link in links:
        write = waiting.get(_identity_of_link(link)) or _packed_before(link, waiting)
        if write is None or (link.actor not in own_actors and link.event_type != EventType.ESCALATED):
            continue
        write.state = BlockchainTransaction.State.CONFIRMED if final else BlockchainTransaction.State.MINED
        write.sequence = link.sequence
        write.tx_hash, write.block_number, write.block_hash = link.tx_hash, link.block_number, link.block_hash
        write.log_index = link.log_index
        write.timestamp = datetime.fromtimestamp(link.timestamp, UTC)
        write.error_code = write.error_detail = ""
        write.next_attempt_at = None
        landed.append(write)
    others = _share_gas(landed)
    rows_update(landed, LANDING_FIELDS)
    rows_update(others, GAS_FIELDS)
    _anchored(landed)
    return len(landed)


def _packed_before(
    link: Link | ChainEvent, waiting: dict[Identity, BlockchainTransaction]
) -> BlockchainTransaction | None:
    """The clock write that `link` is, if it landed with a sequence of an earlier attempt: the first one that waits."""
    if link.event_type in COMMITTED_EVENT_TYPES or link.event_type == EventType.ESCALATED:
        return None
    candidates = [
        write
        for write in waiting.values()
        if write.report.complaint_id == link.complaint_id
        and write.event_type == link.event_type
        and write.sequence is not None
        and write.state in UNLANDED_STATES
    ]
    at_that_place = BlockchainTransaction.objects.filter(
        report__complaint_id=link.complaint_id, sequence=link.sequence, state=BlockchainTransaction.State.CONFIRMED
    )
    if not candidates or at_that_place.exists():
        return None
    return min(candidates, key=lambda write: write.order)


def gas_share(*, attempt: SignedTransaction) -> None:
    """Shares a receipt's gas among the writes that landed with it before the receipt was read."""
    writes = list(BlockchainTransaction.objects.filter(tx_hash=attempt.tx_hash))
    if any(write.gas_used is None for write in writes):
        _share(attempt, writes)
        rows_update(writes, GAS_FIELDS)


def link_is_write(link: Link, write: BlockchainTransaction) -> bool:
    """Whether `link`, of a key of ours, is `write`."""
    return _identity_of_link(link) == _identity_of_write(write)


def landing_undo(*, writes: Iterable[BlockchainTransaction], state: str) -> None:
    """Sends writes back to `state`: their block is not on the chain any more."""
    undone = list(writes)
    for write in undone:
        write.state = state
        write.tx_hash = write.block_hash = ""
        write.block_number = write.log_index = write.timestamp = None
        write.gas_used = write.effective_gas_price = None
    rows_update(undone, LANDING_FIELDS)
    EvidenceHash.objects.filter(write__in=undone).update(anchored_at=None)
    IssueReport.objects.filter(pk__in={write.report_id for write in undone}).update(blockchain_verified=False)


def _identity_of_write(write: BlockchainTransaction) -> Identity:
    complaint_id, event_type = write.report.complaint_id, write.event_type
    if event_type in COMMITTED_EVENT_TYPES:
        return complaint_id, event_type, write.data_hash
    if event_type == EventType.ESCALATED:
        return complaint_id, event_type, write.missed_deadline
    return complaint_id, event_type, write.sequence


def _identity_of_link(link: Link | ChainEvent) -> Identity:
    if link.event_type in COMMITTED_EVENT_TYPES:
        return link.complaint_id, link.event_type, link.data_hash
    if link.event_type == EventType.ESCALATED:
        return link.complaint_id, link.event_type, link.arguments["missed_deadline"]
    return link.complaint_id, link.event_type, link.sequence


def _share_gas(landed: list[BlockchainTransaction]) -> list[BlockchainTransaction]:
    """Shares a transaction's gas among its writes, so that their sum is what was paid; does not save.

    Returns the other writes of these transactions, which have a new share too.
    """
    by_transaction: dict[str, list[BlockchainTransaction]] = {}
    for write in landed:
        by_transaction.setdefault(write.tx_hash, []).append(write)
    known = {write.pk for write in landed}
    of_these = BlockchainTransaction.objects.filter(tx_hash__in=by_transaction)
    others = [write for write in of_these if write.pk not in known]
    for write in others:
        by_transaction[write.tx_hash].append(write)
    receipts = SignedTransaction.objects.filter(tx_hash__in=by_transaction, gas_used__isnull=False)
    for receipt in receipts:
        _share(receipt, by_transaction[receipt.tx_hash])
    return others


def _share(receipt: SignedTransaction, writes: list[BlockchainTransaction]) -> None:
    share, rest = divmod(receipt.gas_used or 0, len(writes))
    # In the chain's order, so that the rest goes to the same ones whenever it is shared.
    for index, write in enumerate(sorted(writes, key=lambda write: write.log_index or 0)):
        write.gas_used = share + (1 if index < rest else 0)
        write.effective_gas_price = receipt.effective_gas_price


def _anchored(landed: list[BlockchainTransaction]) -> None:
    for write in landed:
        if write.event_type == EventType.EVIDENCE_ANCHORED:
            EvidenceHash.objects.filter(write=write).update(anchored_at=write.timestamp)
