"""Finds what became of signed transactions, whichever key signed them: mined, final, undone by a reorg, or replaced."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from time import monotonic

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from blockchain.acceptance import complaints_lock
from blockchain.landing import receipt_apply, transactions_reopen
from blockchain.models import Transaction, Write
from blockchain.relay.ages import backoff
from blockchain.relay.flight import Flight
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

State = Transaction.State
WriteState = Write.State

# Skipped for one of these (or not at all), a write is packed again; `estimate.py` looks at its nonce first.
PACKED_AGAIN = ("", "StaleNonce", "PredecessorSkipped")
# Seconds.
REPLACED_AFTER = 1.0
# More than half of a transaction, twice in a row: someone with a role works against us.
SKIPPED_IN_A_ROW = "SkippedInARow"
# Of writes that failed, as many are named in the log.
LOGGED = 100


class Verdict(Enum):
    """What a look says of one transaction."""

    MINED = "mined"
    FINAL = "final"
    GONE = "gone"  # another block stands in the place of its own
    REPLACED = "replaced"  # another transaction has finally used its nonce
    UNCHANGED = "unchanged"


CHANGES = frozenset(Verdict) - {Verdict.UNCHANGED}


def judge(flight: Flight, view: View) -> Verdict:
    """What the look says of one transaction. Pure."""
    hashes = {attempt.tx_hash for attempt in flight.attempts}
    if flight.is_open:
        if hashes & view.receipts.keys():
            return Verdict.MINED
        # A node may have a block before it finds the receipts of its transactions.
        is_used = flight.transaction.nonce < view.used.get(flight.transaction.signer, 0)
        return Verdict.REPLACED if is_used and not hashes & {*view.head.get("transactions", ())} else Verdict.UNCHANGED
    mined = flight.mined
    # A node without a block at that height merely lags.
    block_hash = view.blocks.get(mined.block_number or 0, mined.block_hash)
    if block_hash != mined.block_hash:
        return Verdict.GONE
    is_final = (mined.block_number or 0) <= view.final and mined.block_number in view.blocks
    return Verdict.FINAL if is_final and flight.transaction.state == State.MINED else Verdict.UNCHANGED


def settle(*, flights: Sequence[Flight], view: View, address: str, suspects: dict[int, float]) -> bool:
    """Stores what the look says of our transactions; whether anything changed.

    `suspects`: since when (monotonic seconds) looks have said that a transaction was replaced. It is kept up to date.
    """
    by_verdict: dict[Verdict, list[Flight]] = defaultdict(list)
    for flight in flights:
        verdict = judge(flight, view)
        by_verdict[_when_sure(verdict, flight.transaction.pk, suspects)].append(flight)
    if not by_verdict.keys() - {Verdict.UNCHANGED}:
        return False
    changed = [flight.transaction.pk for verdict, some in by_verdict.items() if verdict in CHANGES for flight in some]
    with transaction.atomic():
        complaints_lock(set(Write.objects.filter(transaction__in=changed).values_list("complaint_id", flat=True)))
        if gone := by_verdict[Verdict.GONE]:
            logger.warning("transactions dropped by a reorg", extra={"nonces": _nonces(gone)})
            transactions_reopen(flight.transaction.pk for flight in gone)
        for flight in by_verdict[Verdict.MINED]:
            attempt = next(each for each in flight.attempts if each.tx_hash in view.receipts)
            receipt = view.receipts[attempt.tx_hash]
            receipt_apply(transaction=flight.transaction, attempt=attempt, receipt=receipt, address=address)
        if final := by_verdict[Verdict.FINAL]:
            _confirm(final)
        if replaced := by_verdict[Verdict.REPLACED]:
            logger.error("nonces used by someone else with this key", extra={"nonces": _nonces(replaced)})
            pks = [flight.transaction.pk for flight in replaced]
            Transaction.objects.filter(pk__in=pks).update(state=State.REPLACED)
            _release(Write.objects.filter(transaction__in=pks, state=WriteState.SENT))
    return True


def _when_sure(verdict: Verdict, pk: int, suspects: dict[int, float]) -> Verdict:
    """A node in the middle of storing a block may count its transactions before it has them."""
    if verdict is not Verdict.REPLACED:
        suspects.pop(pk, None)
    elif monotonic() - suspects.setdefault(pk, monotonic()) < REPLACED_AFTER:
        return Verdict.UNCHANGED
    return verdict


def _confirm(flights: Sequence[Flight]) -> None:
    """The nonces are finally used: what landed is confirmed, what did not starts again or fails."""
    pks = [flight.transaction.pk for flight in flights]
    Transaction.objects.filter(pk__in=pks).update(state=State.CONFIRMED)
    landed = Write.objects.filter(tx_hash__in=[flight.mined.tx_hash for flight in flights], state=WriteState.MINED)
    landed.update(state=WriteState.CONFIRMED, updated_at=timezone.now())
    left = Write.objects.filter(transaction__in=pks, state=WriteState.SENT)
    if not left.exists():
        return
    if in_a_row := _skipped_in_a_row([flight.transaction for flight in flights]):
        left.filter(transaction__in=in_a_row, error_code__in=PACKED_AGAIN[1:]).update(error_code=SKIPPED_IN_A_ROW)
    failed = left.exclude(error_code__in=PACKED_AGAIN)
    if failed.exists():
        named = [
            f"{write.pk}: {write.get_event_type_display()} of {write.complaint.external_id}, {write.error_code}"
            for write in failed.select_related("complaint").order_by("pk")[:LOGGED]
        ]
        logger.error("writes failed", extra={"writes": named})
        failed.update(state=WriteState.FAILED, transaction=None, updated_at=timezone.now())
    _release(left)


def _release(writes: QuerySet[Write]) -> None:
    """Writes that did not land are packed again; each time costs gas, so each time they wait longer."""
    packed = writes.aggregate(most=Max("attempts"))["most"]
    if packed is None:
        return
    again = timezone.now() + backoff(packed - 1) if packed > 1 else None
    released = writes.update(
        state=WriteState.PENDING, transaction=None, next_attempt_at=again, updated_at=timezone.now()
    )
    logger.warning("writes start again", extra={"writes": released, "packed": packed})


def _skipped_in_a_row(transactions: Iterable[Transaction]) -> Collection[int]:
    """Those of which more than half was skipped, as of the batch before them."""
    found = set()
    for each in transactions:
        batches = Transaction.objects.filter(signer=each.signer, nonce__lte=each.nonce, kind=Transaction.Kind.RECORD)
        last_two = list(batches.order_by("-nonce").values_list("skipped", "entries")[:2])
        if len(last_two) == 2 and all(2 * skipped > entries for skipped, entries in last_two):
            found.add(each.pk)
    return found


def _nonces(flights: Sequence[Flight]) -> list[int]:
    return [flight.transaction.nonce for flight in flights]
