"""Matches links on the chain with writes. No other module decides that a write has landed.

A link is the write with its complaint and its nonce if kind and data are the same, regardless of sender and
transaction. Any other link under that nonce is an officer's entry that was given up, or one that we did not record.
"""

import logging
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import BooleanField, Case, Q, QuerySet, When
from django.utils import timezone
from eth_hash.auto import keccak

from blockchain.acceptance import complaints_lock
from blockchain.chain.paid import shares
from blockchain.late_entries import formers_of
from blockchain.models import Attempt, ChainEvent, Complaint, EvidenceFile, RelayLease, Transaction, Write
from blockchain.models.bulk import pks_update, queryset_of, values_update
from blockchain.protocol.calldata import entries_of
from blockchain.protocol.kinds import Data, EventType, is_entry, kind_of
from blockchain.protocol.links import Link, links_of_logs, skips_of_logs
from blockchain.signals import entry_landed

logger = logging.getLogger("blockchain.relay")

State = Write.State
TransactionState = Transaction.State

LANDING: Final = ("tx_hash", "block_number", "block_hash", "timestamp", "log_index", "sequence")
COSTS: Final = ("gas_used", "effective_gas_price", "paid_wei")
NO_GAS: Final[dict[str, Any]] = dict.fromkeys(COSTS)
NOT_LANDED: Final[dict[str, Any]] = {**dict.fromkeys(LANDING), "tx_hash": "", "block_hash": "", **NO_GAS}
NO_RECEIPT: Final[dict[str, Any]] = {**dict.fromkeys(Attempt.RECEIPT_FIELDS), "block_hash": ""}
# The error code of a write whose block is gone and that we can't record again.
BLOCK_DROPPED: Final = "BlockDropped"
NO_ERROR: Final[dict[str, Any]] = {"error_code": "", "error_detail": "", "next_attempt_at": None}

# The contract's reasons for skipping an entry, by selector.
REASONS: Final = {
    "0x" + keccak(signature.encode())[:4].hex(): signature.partition("(")[0]
    for signature in (
        "StaleNonce(bytes32,uint24,uint24)",
        "PredecessorSkipped()",
        "InvalidTransition(bytes32,uint8,uint8)",
        "EvidenceAlreadyAnchored(bytes32,bytes32)",
        "DeadlineOutOfRange(bytes32,uint256)",
        "InvalidParameter()",
    )
}

# A recorder's link, with the number of recorders' links before it.
Numbered = tuple[Link | ChainEvent, int]


def links_apply(links: Iterable[Numbered], *, final: bool, tell: bool = True) -> list[Link | ChainEvent]:
    """Marks the writes that match recorders' links as confirmed or, if the links are not `final`, as mined.

    Returns the links that match no write. Each of them, once final, freezes its complaint if it is one of ours, and
    stops the relay whose key wrote it. With `tell`, the host is told of entries that waited for a signature and have
    landed. Idempotent, in the caller's transaction.
    """
    found = {(link.complaint_id, nonce): link for link, nonce in links}
    if not found:
        return []
    nonces = [nonce for _, nonce in found]
    complaints = Complaint.objects.filter(complaint_id__in={complaint_id for complaint_id, _ in found})
    ids = dict(complaints.order_by().values_list("pk", "complaint_id"))
    complaints_lock(ids)
    reserved = _reserved(ids)
    writes = queryset_of(Write, ids, column="complaint").filter(nonce__gte=min(nonces), nonce__lte=max(nonces))
    unknown = _land(found, writes, ids, final=final) if ids else found
    if tell:
        entries_tell(reserved)
    if final and unknown:
        _freeze(unknown, ids)
    return list(unknown.values())


def entries_tell(write_ids: Iterable[int]) -> None:
    """Tells the host which of these officers' entries have landed, in the caller's transaction.

    The complaints must be locked.
    """
    pks = list(write_ids)
    landed = Write.objects.filter(pk__in=pks, state__in=(State.MINED, State.CONFIRMED)) if pks else Write.objects.none()
    for write in landed.select_related("complaint").order_by("pk"):
        Write.objects.filter(pk=write.pk).update(reserved_until=None, dedupe_key=None)
        logger.warning("entry recorded by its holder", extra={"write_id": write.pk})
        entry_landed.send(sender=Write, complaint=write.complaint, write=write)


def _reserved(complaints: Collection[int]) -> list[int]:
    """The entries of these complaints that are waiting for a signature."""
    rows = Write.objects.filter(state=State.RESERVED).order_by("pk").values_list("pk", "complaint_id")
    return [pk for pk, complaint in rows if complaint in complaints]


def receipt_apply(*, transaction: Transaction, attempt: Attempt, receipt: dict[str, Any], address: str) -> None:
    """Applies the receipt of one of our attempts, whose block may not be final yet, in the caller's transaction.

    Skipped writes get the contract's reason and stay in the transaction until it is final. Raises
    `blockchain.protocol.links.LogError`.
    """
    attempt.receipt_apply(receipt)
    attempt.save(update_fields=Attempt.RECEIPT_FIELDS)
    landed: dict[tuple[str, int], Link | ChainEvent] = {}
    skipped: dict[tuple[str, int], str] = {}
    if attempt.succeeded and not attempt.cancels:
        skips = skips_of_logs(receipt["logs"], address=address)
        skipped = {(skip.complaint_id, skip.nonce): REASONS.get(skip.reason, skip.reason) for skip in skips}
        recorded: dict[str, deque[Link]] = defaultdict(deque)
        for link in links_of_logs(receipt["logs"], address=address):
            if is_entry(link.event_type):
                recorded[link.complaint_id].append(link)
        # Every entry was recorded or skipped, and the entries of one complaint in order.
        for entry in entries_of(transaction.data):
            if entry not in skipped and recorded[entry[0]]:
                landed[entry] = recorded[entry[0]].popleft()
        carried = Write.objects.filter(transaction=transaction)
        ids = dict(Complaint.objects.filter(writes__in=carried).order_by().values_list("pk", "complaint_id"))
        others = _land(landed, carried, ids, final=False, paid=attempt)
        # Writes that had been taken out of the transaction because it was reverted before a reorg.
        links_apply([(link, nonce) for (_, nonce), link in others.items()], final=False)
        _gas_share(attempt)
        _mark_skipped(carried, ids, skipped)
    # The holder of a promise may record the filing first. This happens once per complaint and is not an attack.
    filed = {complaint_id for complaint_id, nonce in skipped if nonce == 0}
    transaction.state = TransactionState.MINED
    transaction.skipped = sum(complaint_id not in filed for complaint_id, _ in skipped)
    transaction.save(update_fields=["state", "skipped"])
    logger.log(
        logging.INFO if attempt.succeeded and not skipped else logging.WARNING,
        "transaction mined" if attempt.succeeded else "transaction reverted",
        extra={
            "tx_hash": attempt.tx_hash,
            "block": attempt.block_number,
            "landed": len(landed),
            "skipped": len(skipped),
            "gas_used": attempt.gas_used,
        },
    )


def transactions_reopen(transaction_ids: Iterable[int]) -> int:
    """Undoes that transactions were mined, in the caller's transaction: the relay looks for their receipts again.

    Always safe: a transaction that is still on the chain has a receipt. Returns the number of writes that start again.
    """
    ids = sorted(transaction_ids)
    if not ids:
        return 0
    attempts = Attempt.objects.filter(transaction__in=ids)
    hashes = list(attempts.exclude(block_hash="").values_list("tx_hash", flat=True))
    carried = Write.objects.filter(Q(transaction__in=ids) | Q(tx_hash__in=hashes))
    complaints_lock(carried.values_list("complaint_id", flat=True))
    attempts.update(**NO_RECEIPT)
    mined = (TransactionState.MINED, TransactionState.CONFIRMED)
    Transaction.objects.filter(pk__in=ids, state__in=mined).update(state=TransactionState.OPEN, skipped=0)
    Write.objects.filter(transaction__in=ids, state=State.SENT).exclude(error_code="").update(**NO_ERROR)
    return landing_undo(Write.objects.filter(tx_hash__in=hashes))


def landing_undo(writes: QuerySet[Write]) -> int:
    """Undoes that writes have landed, in the caller's transaction. Returns their number.

    A write waits for its transaction if that is open again; otherwise it is packed again. Two kinds can't be packed
    again: an imported write, whose entry is unknown here, and an officer's entry whose signature was never submitted.
    """
    complaints_lock(writes.values_list("complaint_id", flat=True))
    is_lost = Q(imported=True) | ~Q(actor="") & Q(entry_signature="")
    marked = writes.annotate(is_lost=Case(When(is_lost, then=True), default=False, output_field=BooleanField()))
    rows = list(marked.values_list("pk", "transaction__state", "is_lost", "event_type"))
    for state, changes in (
        (State.SENT, {}),
        (State.PENDING, {"transaction": None}),
        (State.FAILED, {"error_code": BLOCK_DROPPED}),
    ):
        pks = [pk for pk, transaction, is_lost, _ in rows if _undone(transaction, is_lost) == state]
        if pks:
            values = {**NOT_LANDED, **NO_ERROR, **changes}
            Write.objects.filter(pk__in=pks).update(state=state, updated_at=timezone.now(), **values)
    EvidenceFile.objects.filter(write__in=[pk for pk, *_, kind in rows if kind == EventType.EVIDENCE_ANCHORED]).update(
        anchored_at=None
    )
    return len(rows)


def _undone(transaction: str | None, is_lost: bool) -> str:
    if is_lost:
        return State.FAILED
    return State.SENT if transaction == TransactionState.OPEN else State.PENDING


def _land(
    found: dict[tuple[str, int], Link | ChainEvent],
    writes: QuerySet[Write],
    ids: dict[int, str],
    *,
    final: bool,
    paid: Attempt | None = None,
) -> dict[tuple[str, int], Link | ChainEvent]:
    """Marks the `writes` that match a link; links are keyed by complaint and nonce. Returns the other links."""
    state = State.CONFIRMED if final else State.MINED
    left, moved, places, elsewhere = dict(found), [], [], []
    anchored: dict[datetime, list[int]] = defaultdict(list)
    # Relay and indexer may see a link at the same time; the lock keeps them from overwriting each other's findings.
    rows = writes.select_for_update().order_by("pk")
    for pk, complaint, nonce, event_type, data, was, *place in rows.values_list(
        "pk", "complaint_id", "nonce", "event_type", "data", "state", *LANDING
    ):
        key = ids[complaint], nonce
        link = found.get(key)
        if link is None or link.event_type != event_type:
            continue
        # Only the chain knows the data of a pause or a resumption.
        if link.data != data and kind_of(event_type).data is not Data.CLOCK:
            continue
        del left[key]
        at = datetime.fromtimestamp(link.timestamp, UTC)
        now = [link.tx_hash, link.block_number, link.block_hash, at, link.log_index, link.sequence]
        # A final link is never replaced by one that is not final.
        if place != now and (final or was != State.CONFIRMED):
            places.append((*now, pk))
            # A rebuild of the cache dropped its place on the chain, but not its share of the cost.
            if place[0] not in ("", link.tx_hash):
                elsewhere.append(pk)
            if event_type == EventType.EVIDENCE_ANCHORED:
                anchored[at].append(pk)
        elif was not in (state, State.CONFIRMED):
            moved.append(pk)
    pks_update(Write, elsewhere, **NO_GAS)
    changes = {"state": state, **NO_ERROR, "updated_at": timezone.now()}
    if paid is not None and places and len(places) == len(found):
        # All links are of one transaction, so most of this is the same for each.
        places.sort(key=lambda place: place[-3])
        costs = cost_shares(paid, len(places))
        shared = [(*place[-3:-1], *cost, place[-1]) for cost, place in zip(costs, places, strict=True)]
        changes |= dict(zip(LANDING, places[0][:-3], strict=False))
        values_update(Write, (*LANDING[-2:], *COSTS), shared, **changes)
    else:
        values_update(Write, LANDING, places, **changes)
    pks_update(Write, moved, state=state, **NO_ERROR, updated_at=timezone.now())
    for at, pks in anchored.items():
        EvidenceFile.objects.filter(write__in=pks).update(anchored_at=at)
    return left


def _gas_share(attempt: Attempt) -> None:
    """Shares the costs among the landed writes if one has no share yet, because the indexer was faster."""
    landed = Write.objects.filter(tx_hash=attempt.tx_hash)
    if landed.filter(gas_used=None).exists():
        pks = list(landed.order_by("log_index").values_list("pk", flat=True))
        costs = cost_shares(attempt, len(pks))
        values_update(Write, COSTS, [(*cost, pk) for cost, pk in zip(costs, pks, strict=True)])


def cost_shares(attempt: Attempt, number: int) -> list[tuple[int, int | None, int]]:
    """Gas, price and wei of so many writes, in the order of their links. Their sums are the attempt's."""
    gas, wei = shares(attempt.gas_used or 0, number), shares(attempt.paid_wei or 0, number)
    return [(each, attempt.effective_gas_price, paid) for each, paid in zip(gas, wei, strict=True)]


def _mark_skipped(carried: QuerySet[Write], ids: dict[int, str], skipped: dict[tuple[str, int], str]) -> None:
    """Stores the reason with each skipped write. What follows is decided once the transaction is final."""
    if not skipped:
        return
    by_reason: dict[str, list[int]] = defaultdict(list)
    for pk, complaint, nonce in carried.filter(state=State.SENT).values_list("pk", "complaint_id", "nonce"):
        if reason := skipped.get((ids[complaint], nonce)):
            by_reason[reason].append(pk)
    for reason, pks in by_reason.items():
        pks_update(Write, pks, error_code=reason, updated_at=timezone.now())


def _freeze(unknown: Mapping[tuple[str, int], Link | ChainEvent], complaints: Mapping[int, str]) -> None:
    """Freezes the complaints of links that match no write; `complaints`: our complaint ids by primary key."""
    keys = {complaint_id: pk for pk, complaint_id in complaints.items()}
    ours = {key: unknown[key] for key in sorted(key for key in unknown if key[0] in keys)}
    if not ours:
        return
    own_keys = set(RelayLease.objects.values_list("signer", flat=True))
    formers = formers_of({keys[complaint_id] for complaint_id, _ in ours})
    late = []
    for (complaint_id, nonce), link in ours.items():
        if any(former.is_link(link) for former in formers.get((keys[complaint_id], nonce), ())):
            late.append(link)
            continue
        reason = f"the chain has a link that this system did not record: {_named(link)}"
        frozen = Complaint.objects.filter(complaint_id=complaint_id, frozen_reason="").update(frozen_reason=reason)
        stopped = 0
        if link.actor in own_keys:
            lease = RelayLease.objects.filter(signer=link.actor, stopped_reason="")
            stopped = lease.update(stopped_reason=f"complaint {complaint_id}: {reason}"[:300])
        if frozen or stopped:
            logger.critical(
                "unknown link", extra={"complaint": complaint_id, "reason": reason, "relay_stopped": bool(stopped)}
            )
    # These links are known and only wait for `recovery.thawing`, so the reasons of the unknown links come first.
    for link in late:
        reason = f"an entry that was given up or had expired was recorded nevertheless: {_named(link)}"
        if Complaint.objects.filter(complaint_id=link.complaint_id, frozen_reason="").update(frozen_reason=reason):
            logger.warning("late entry", extra={"complaint": link.complaint_id, "reason": reason})


def _named(link: Link | ChainEvent) -> str:
    return f"number {link.sequence}, {kind_of(link.event_type).event_type.name} by {link.actor} in {link.tx_hash}"
