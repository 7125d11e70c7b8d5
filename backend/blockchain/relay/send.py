"""Hands stored transactions to the node if they were never sent or its pool forgot them; tells which ones are stuck."""

import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from blockchain.chain.errors import NodeError
from blockchain.chain.node import Node
from blockchain.conf import settings
from blockchain.models import Attempt, Transaction
from blockchain.relay.ages import is_older
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

# Seconds until a transaction that the pool does not know is sent again.
RESEND_AFTER = 5
# A transaction that pays enough and is refused so many times in a row can never be mined.
REFUSALS = 5


def is_unsent(attempt: Attempt, view: View) -> bool:
    """Whether to send an attempt, because it was never sent or the pool may have forgotten it."""
    if attempt.sent_at is None:
        return True
    if attempt.transaction.signer != view.signer:
        return is_older(attempt.sent_at, settings.BLOCKCHAIN_BUMP_AFTER)
    return attempt.transaction.nonce >= view.pool_nonce and is_older(attempt.sent_at, RESEND_AFTER)


def is_hopeless(attempt: Attempt) -> bool:
    """Whether an empty transfer must replace the transaction."""
    return not attempt.cancels and attempt.transaction.refusals >= REFUSALS


def is_stuck(lowest: Attempt) -> bool:
    """Whether to raise the fees, because the transaction that all others wait for has waited for too long."""
    return is_older(lowest.created_at, settings.BLOCKCHAIN_BUMP_AFTER)


def attempts_send(attempts: Sequence[Attempt], *, node: Node, view: View) -> None:
    """Sends the stored bytes, which never change, and stores which attempts the node has.

    Raises `RelayBlocked` if the key's balance does not cover one of them.
    """
    answers = node.batch([("eth_sendRawTransaction", [attempt.raw]) for attempt in attempts])
    failed = [pair for pair in zip(attempts, answers, strict=True) if isinstance(pair[1], NodeError)]
    # "already known", "nonce too low", "underpriced", ...: it only matters whether the node knows the transaction.
    known = node.batch([("eth_getTransactionByHash", [attempt.tx_hash]) for attempt, _ in failed])
    refused = [pair for pair, found in zip(failed, known, strict=True) if not isinstance(found, dict)]
    with transaction.atomic():
        _note_sent(attempts, {attempt.pk for attempt, _ in refused}, view)
    for attempt, error in refused:
        logger.warning("transaction refused", extra={"tx_hash": attempt.tx_hash, "error": str(error)})
    for attempt, _ in refused:
        if attempt.transaction.signer == view.signer and not pays_for(attempt, view):
            raise RelayBlocked(f"the balance of the relay's key does not cover transaction {attempt.tx_hash}")


def _note_sent(attempts: Sequence[Attempt], refused: set[int], view: View) -> None:
    # Also set for refused attempts, so they are not sent again at once.
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(sent_at=timezone.now())
    sent = [attempt.transaction_id for attempt in attempts if attempt.pk not in refused]
    Transaction.objects.filter(pk__in=sent, refusals__gt=0).update(refusals=0)
    # A refusal counts only if neither the fees nor the balance explain it.
    others = [
        attempt.transaction_id
        for attempt in attempts
        if attempt.pk in refused and attempt.max_fee_per_gas >= view.base_fee and pays_for(attempt, view)
    ]
    Transaction.objects.filter(pk__in=others).update(refusals=F("refusals") + 1)


def pays_for(attempt: Attempt, view: View) -> bool:
    """Whether the key's balance covers the maximum cost of an attempt."""
    return attempt.gas_limit * attempt.max_fee_per_gas <= view.balance
