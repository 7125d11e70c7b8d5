"""What staff can do about a write that failed for good: try it again, or give it up with a reason."""

import logging

from django.utils import timezone

from accounts.models import User
from blockchain.models import BlockchainTransaction

logger = logging.getLogger(__name__)

State = BlockchainTransaction.State


def write_retry(*, write_id: int, by: User) -> bool:
    """Puts a failed write back into the queue, with its attempts counted anew. False if it is not failed any more."""
    return _repair(
        write_id,
        "write retried by staff",
        by,
        state=State.PENDING,
        attempts=0,
        next_attempt_at=None,
        error_code="",
        error_detail="",
    )


def write_supersede(*, write_id: int, by: User, reason: str) -> bool:
    """Gives a failed write up, so that its complaint moves on. False if it is not failed any more."""
    if not reason.strip():
        raise ValueError("a write is given up for a reason")
    return _repair(
        write_id,
        "write superseded by staff",
        by,
        state=State.SUPERSEDED,
        superseded_reason=reason.strip(),
        superseded_by=by,
    )


def _repair(write_id: int, message: str, by: User, **changes: object) -> bool:
    # Compare and set: a relay or a colleague may have been faster.
    failed = BlockchainTransaction.objects.filter(pk=write_id, state=State.FAILED)
    done = failed.update(**changes, updated_at=timezone.now()) == 1
    if done:
        logger.info(message, extra={"write_id": write_id, "by": str(by.opaque_id)})
    return done


def failed_retry() -> int:
    """Puts every failed write back into the queue; what the contract still refuses fails again, at no cost on chain.

    The relay simulates before it signs, so this only helps what was mended since: a role granted, a clock restarted.
    """
    failed = BlockchainTransaction.objects.filter(state=State.FAILED)
    retried = failed.update(state=State.PENDING, next_attempt_at=None, updated_at=timezone.now())
    if retried:
        logger.info("failed writes retried", extra={"writes": retried})
    return retried
