"""Finds what happened to signed transactions of any key: mined, final, undone by a reorg, or replaced."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from blockchain.acceptance import complaints_lock
from blockchain.landing import receipt_apply, transactions_reopen
from blockchain.models import Objection, Transaction, Write
from blockchain.relay.ages import backoff
from blockchain.relay.flight import Flight
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

State = Transaction.State
WriteState = Write.State

# Writes skipped for one of these reasons, or not at all, are packed again; `estimate.py` checks their nonces first.
PACKED_AGAIN = ("", "StaleNonce", "PredecessorSkipped")
# Seconds.
REPLACED_AFTER = 1.0
# If more than half of a transaction is skipped twice in a row, someone with a role works against us.
SKIPPED_IN_A_ROW = "SkippedInARow"
# A signer's contract may accept its signature when the node estimates, and refuse it when we pay. So many times only.
REVERTED, REVERTED_AGAIN, PAID_REVERTS = "Reverted", "RevertedAgain", 3
# The most failed writes that a log line names.
LOGGED = 100


class Verdict(Enum):
    """The state of one transaction according to a look at the chain."""

    MINED = "mined"
    FINAL = "final"
    GONE = "gone"  # another block has replaced its block
    REPLACED = "replaced"  # another transaction has finally used its nonce
    UNCHANGED = "unchanged"


CHANGES = frozenset(Verdict) - {Verdict.UNCHANGED}


def judge(flight: Flight, view: View) -> Verdict:
    """The state of one transaction according to the look. Pure."""
    hashes = {attempt.tx_hash for attempt in flight.attempts}
    if flight.is_open:
        if hashes & view.receipts.keys():
            return Verdict.MINED
        # A node may know a block before it finds the receipts of its transactions.
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
    """Stores the states of our transactions according to the look; returns whether anything changed.

    `suspects`: for each transaction that seems replaced, since when (monotonic seconds). This function updates it.
    """
    by_verdict: dict[Verdict, list[Flight]] = defaultdict(list)
    for flight in flights:
        verdict = judge(flight, view)
        by_verdict[_when_sure(verdict, flight.transaction.pk, suspects)].append(flight)
    if not by_verdict.keys() - {Verdict.UNCHANGED}:
        return False
    changed = [flight.transaction.pk for verdict, some in by_verdict.items() if verdict in CHANGES for flight in some]
    with transaction.atomic():
        complaints_lock(Write.objects.filter(transaction__in=changed).values_list("complaint_id", flat=True))
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
            _objections_release(replaced)
    return True


def _when_sure(verdict: Verdict, pk: int, suspects: dict[int, float]) -> Verdict:
    """Confirms replacements by a second look: a node storing a block may count transactions before it has them."""
    if verdict is not Verdict.REPLACED:
        suspects.pop(pk, None)
    elif monotonic() - suspects.setdefault(pk, monotonic()) < REPLACED_AFTER:
        return Verdict.UNCHANGED
    return verdict


def _confirm(flights: Sequence[Flight]) -> None:
    """Once the nonces are finally used, confirms the landed writes; the others start again or fail."""
    pks = [flight.transaction.pk for flight in flights]
    Transaction.objects.filter(pk__in=pks).update(state=State.CONFIRMED)
    landed = Write.objects.filter(tx_hash__in=[flight.mined.tx_hash for flight in flights], state=WriteState.MINED)
    landed.update(state=WriteState.CONFIRMED, updated_at=timezone.now())
    _objections_release([each for each in flights if each.mined.cancels or not each.mined.succeeded])
    left = Write.objects.filter(transaction__in=pks, state=WriteState.SENT)
    if not left.exists():
        return
    if in_a_row := _skipped_in_a_row([flight.transaction for flight in flights]):
        left.filter(transaction__in=in_a_row, error_code__in=PACKED_AGAIN[1:]).update(error_code=SKIPPED_IN_A_ROW)
    # The relay pays for an entry that an officer's wallet lets fail again and again.
    reverted = [flight.transaction.pk for flight in flights if not flight.mined.succeeded]
    signed = left.filter(transaction__in=reverted, transaction__kind=Transaction.Kind.SIGNED)
    signed.filter(attempts__gte=PAID_REVERTS).update(error_code=REVERTED_AGAIN)
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
    """Releases writes that did not land, to be packed again; they wait longer each time, since each time costs gas."""
    packed = writes.aggregate(most=Max("attempts"))["most"]
    if packed is None:
        return
    again = timezone.now() + backoff(packed - 1) if packed > 1 else None
    released = writes.update(
        state=WriteState.PENDING, transaction=None, next_attempt_at=again, updated_at=timezone.now()
    )
    logger.warning("writes start again", extra={"writes": released, "packed": packed})


def _objections_release(flights: Sequence[Flight]) -> None:
    """Releases objections of transactions that used their nonce for good without recording them.

    One that the contract refused at our expense waits longer each time, and is given up in the end.
    """
    reverted = {flight.transaction.pk: flight.mined.tx_hash for flight in flights if flight.mined.succeeded is False}
    carried = Objection.objects.filter(transaction__in=[flight.transaction.pk for flight in flights])
    for objection in carried.order_by("pk"):
        changes: dict[str, Any] = {"transaction": None, "updated_at": timezone.now()}
        if tx_hash := reverted.get(objection.transaction_id or 0):
            reverts = objection.reverts + 1
            changes |= {
                "reverts": reverts,
                "error_code": REVERTED,
                "error_detail": f"the contract refused it in the transaction {tx_hash}",
                "next_attempt_at": timezone.now() + backoff(reverts),
            }
            if reverts == PAID_REVERTS:
                changes |= {"standing": None, "error_code": REVERTED_AGAIN}
        # Whether it stands is otherwise left: another one may have been recorded under its number meanwhile.
        Objection.objects.filter(pk=objection.pk).update(**changes)
        error = changes.get("error_code", objection.error_code)
        logger.warning("objection starts again", extra={"objection": objection.pk, "error": error})


def _skipped_in_a_row(transactions: Iterable[Transaction]) -> Collection[int]:
    """The transactions with more than half of their entries skipped, like the batch before them."""
    found = set()
    for each in transactions:
        batches = Transaction.objects.filter(signer=each.signer, nonce__lte=each.nonce, kind=Transaction.Kind.RECORD)
        last_two = list(batches.order_by("-nonce").values_list("skipped", "entries")[:2])
        if len(last_two) == 2 and all(2 * skipped > entries for skipped, entries in last_two):
            found.add(each.pk)
    return found


def _nonces(flights: Sequence[Flight]) -> list[int]:
    return [flight.transaction.nonce for flight in flights]
