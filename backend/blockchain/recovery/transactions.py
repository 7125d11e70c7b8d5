"""Closes transactions of keys that may no longer write: what has not landed by now never will."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.receipts import priced
from blockchain.landing import landing_undo, receipt_apply
from blockchain.models import Objection, Transaction, Write
from blockchain.recovery.keys import FinalBlock

State = Transaction.State
UNSETTLED = (State.OPEN, State.MINED)


def old_transactions_close(
    *, registry: Registry, own: str, block: FinalBlock, say: Callable[[str], None], dry_run: bool = False
) -> int:
    """Closes what other keys than `own` have open, and frees its writes. Returns the number of transactions.

    To be called once those keys have lost their roles in the final `block`, and the links up to it have been read: a
    write that has landed is then confirmed, and a batch that has not landed can only revert. An officer's signed entry
    may still land, with the same nonce, and is recognised when it does. Raises `ChainError`.
    """
    unsettled = Transaction.objects.filter(state__in=UNSETTLED).exclude(signer=own).order_by("pk")
    sent = list(unsettled)
    for each in sent:
        attempts = list(each.attempts.order_by("attempt_number"))
        receipts = registry.node.receipts([attempt.tx_hash for attempt in attempts])
        priced(registry.node, [receipt for receipt in receipts if receipt is not None])
        with transaction.atomic():
            locked = Transaction.objects.select_for_update().get(pk=each.pk)
            if locked.state not in UNSETTLED:
                continue  # a relay settled it in the meantime
            if not dry_run:
                _close(locked, dict(zip(attempts, receipts, strict=True)), block, registry.address)
            say(f"  nonce {locked.nonce} of {locked.signer}" + ("" if dry_run else f": {locked.state}"))
    return len(sent)


def _close(sent: Transaction, receipts: dict[Any, dict[str, Any] | None], block: FinalBlock, address: str) -> None:
    state = State.CLOSED
    for attempt, receipt in receipts.items():
        if receipt is not None and int(receipt["blockNumber"], 16) <= block.number:
            receipt_apply(transaction=sent, attempt=attempt, receipt=receipt, address=address)
            state = State.CONFIRMED
    sent.state = state
    sent.save(update_fields=["state"])
    is_recorded = state == State.CONFIRMED and sent.attempts.filter(succeeded=True, cancels=False).exists()
    if not is_recorded:
        Objection.objects.filter(transaction=sent).update(transaction=None)
    # What was in a block that has fallen out since.
    landing_undo(Write.objects.filter(transaction=sent, state=Write.State.MINED))
    waiting = Write.objects.filter(transaction=sent, state=Write.State.SENT)
    waiting.update(
        state=Write.State.PENDING,
        transaction=None,
        attempts=0,
        next_attempt_at=None,
        error_code="",
        error_detail="",
        updated_at=timezone.now(),
    )
