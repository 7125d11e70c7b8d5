"""Hands stored transactions to the node if they were never sent or its pool forgot them; tells which ones are stuck."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.conf import settings
from blockchain.models import Attempt, Transaction
from blockchain.relay.ages import is_older
from blockchain.relay.broadcast import broadcast
from blockchain.relay.errors import NoEther, RelayBlocked, TransactionRefused
from blockchain.relay.refusals import demand_of
from blockchain.relay.spending import ether
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

# Seconds until a transaction that the pool does not know is sent again.
RESEND_AFTER = 5
# A transaction that pays enough and is refused so many times in a row can never be mined.
REFUSALS = 5
# One alone may come from a node that lags.
SHOWN_AFTER = 2
UNDERPRICED_REMEDY = (
    "The fees rise every BLOCKCHAIN_BUMP_AFTER seconds. If this lasts, set BLOCKCHAIN_MIN_TIP_GWEI to what the network "
    "asks for, and BLOCKCHAIN_MAX_TIP_GWEI and BLOCKCHAIN_MAX_FEE_GWEI above that."
)


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


def attempts_send(attempts: Sequence[Attempt], *, registry: Registry, view: View) -> list[Attempt]:
    """Sends the stored bytes, which never change, to all nodes, and stores which attempts one of them has.

    Returns those that the node of this round refuses. Raises `ChainUnavailable` if no node answers.
    """
    refused = [
        (attempt, error) for attempt, error in zip(attempts, broadcast(registry, attempts), strict=True) if error
    ]
    with transaction.atomic():
        _note_sent(attempts, {attempt.pk: error.message for attempt, error in refused}, view)
    for attempt, error in refused:
        logger.warning("transaction refused", extra={"tx_hash": attempt.tx_hash, "error": str(error)})
    return [attempt for attempt, _ in refused]


def _note_sent(attempts: Sequence[Attempt], refused: Mapping[int, str], view: View) -> None:
    # Also set for refused attempts, so they are not sent again at once.
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(sent_at=timezone.now())
    sent = [attempt.transaction_id for attempt in attempts if attempt.pk not in refused]
    Transaction.objects.filter(pk__in=sent).exclude(refusals=0, refused_because="").update(
        refusals=0, refused_because=""
    )
    for attempt in attempts:
        of = attempt.transaction
        if attempt.pk not in refused:
            of.refusals, of.refused_because = 0, ""
            continue
        of.refused_because = refused[attempt.pk][:300] or "no reason given"
        changes: dict[str, Any] = {"refused_because": of.refused_because}
        # A refusal counts only if neither the fees nor the balance explain it.
        explained = attempt.max_fee_per_gas < view.base_fee or not pays_for(attempt, view)
        if not explained and demand_of(of.refused_because) is None:
            of.refusals += 1
            changes["refusals"] = F("refusals") + 1
        Transaction.objects.filter(pk=of.pk).update(**changes)


def pays_for(attempt: Attempt, view: View) -> bool:
    """Whether the key's balance covers the maximum cost of an attempt."""
    return attempt.most_wei <= view.balance


def hold_of(attempt: Attempt, *, view: View) -> RelayBlocked | None:
    """Why the newest attempt of an open transaction is in no pool; None if nobody has to do anything about it."""
    words = attempt.transaction.refused_because
    if not words or attempt.transaction.nonce < view.pool_nonce:
        return None
    # Not its hash, which changes each time that the fees are raised.
    named = f"the transaction at account nonce {attempt.transaction.nonce}"
    if not pays_for(attempt, view):
        missing = attempt.most_wei - view.balance
        return NoEther(
            f"the balance of the relay's key does not cover {named}: it has {ether(view.balance)} ether, and may need "
            f"{ether(attempt.most_wei)}",
            remedy=f"Send at least {ether(missing)} ether to {view.signer}; the relay then resumes by itself.",
        )
    demand = demand_of(words)
    if demand is not None or attempt.transaction.refusals >= SHOWN_AFTER:
        return TransactionRefused(
            f"the node refuses {named}: {words}", remedy=UNDERPRICED_REMEDY if demand is not None else ""
        )
    return None
