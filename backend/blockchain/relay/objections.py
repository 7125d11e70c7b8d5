"""Records accepted objections, each in a transaction of its own. They take no place from the writes that wait.

The contract records each number once, so nothing is doubled whoever else sends an objection. An account with code
(EIP-7702) checks its signature itself, at our expense: so gas and paid reverts are bounded.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ContractReverted, NodeError
from blockchain.conf import settings
from blockchain.models import Objection
from blockchain.objections import objections_next, subject_of
from blockchain.protocol.kinds import Status
from blockchain.relay.ages import backoff
from blockchain.relay.estimate import REFUSALS, Prepared, gas_cap, gas_estimate
from blockchain.relay.pack import MAX_OBJECTION_GAS, objection_pack
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

# The most complaints to ask the contract about, and the most estimates that may be refused, in one go.
AT_ONCE = 100
REFUSED_AT_ONCE = 5
# The chain says so of an objection that is not, or no longer, the next one. It waits until that was read.
NOT_NEXT = ("StaleNonce", "InvalidTransition")
EXPENSIVE = "SignatureTooExpensive"


def objections_at_once() -> int:
    """The most objections that may be in flight, so that writes have the other places."""
    return max(1, settings.BLOCKCHAIN_RELAY_IN_FLIGHT // 2)


def objections_ready() -> list[Objection]:
    """Objections that may be recorded next and that nothing holds back, those that were never refused first."""
    # Nearly always there is none, and each round asks.
    if not Objection.objects.filter(standing=True, transaction=None).exists():
        return []
    now = timezone.now()
    # No wait is longer than the cap: a time further ahead was set before the clock was set back.
    latest = now + timedelta(seconds=settings.BLOCKCHAIN_RETRY_CAP)
    rested = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=latest)
    ready = objections_next().filter(rested).select_related("complaint")
    return list(ready.order_by("refusals", "reverts", "pk")[:AT_ONCE])


def objection_prepare(
    *, registry: Registry, view: View, ready: Sequence[Objection], margin: float, most_gas: int | None = None
) -> Prepared | None:
    """The next transaction that records one of the objections; None if the contract expects none of them.

    One that is refused waits, and is given up in the end; others go on. Raises `ChainUnavailable`.
    """
    try:
        ids = [each.complaint.complaint_id for each in ready]
        states = registry.complaints(ids, block={"blockHash": view.block_hash})
    except NodeError as error:
        # Nothing else waits for it.
        logger.warning("objections can't be looked up", extra={"error": str(error)})
        return None
    refused = 0
    for objection in ready:
        state = states[objection.complaint.complaint_id]
        if state.status is Status.NONE or state.objections != objection.number:
            continue
        batch = objection_pack(
            objection,
            subject=subject_of(objection.complaint),
            clock=(state.sla_deadline, state.escalations) if state.status is Status.OPEN else (0, 0),
            at=view.time,
            rules=registry.deployment.rules,
        )
        try:
            estimate = gas_estimate(registry=registry, view=view, batch=batch)
            if estimate > MAX_OBJECTION_GAS:
                raise ContractReverted(name=EXPENSIVE, arguments={"gas": estimate})
        except (ContractReverted, NodeError) as error:
            _refused(objection, error, registry=registry)
            refused += 1
            if refused == REFUSED_AT_ONCE:
                break
            continue
        # An account's own code may use more gas than it told the node.
        again = 2 if objection.reverts else 1
        return batch, min(batch.gas_limit(estimate=estimate, margin=margin) * again, gas_cap(view))
    return None


def _refused(objection: Objection, error: ContractReverted | NodeError, *, registry: Registry) -> None:
    """Lets an objection that the contract refuses wait; after too many refusals, it is given up."""
    name = error.name if isinstance(error, ContractReverted) else "NodeError"
    counts = name not in NOT_NEXT
    if counts and isinstance(error, NodeError):
        # Without code at the address, the contract only recovers the key, which was done when it was accepted.
        counts = _has_code(registry, objection.complaint.complainant)
    objection.refusals += counts
    given_up = objection.refusals >= REFUSALS
    waiting = Objection.objects.filter(pk=objection.pk, transaction=None, standing=True)
    waiting.update(
        standing=None if given_up else True,
        refusals=objection.refusals,
        next_attempt_at=None if given_up else timezone.now() + backoff(max(1, objection.refusals)),
        error_code=name[:64],
        error_detail=str(error)[:500],
        updated_at=timezone.now(),
    )
    logger.log(
        logging.ERROR if given_up else logging.INFO,
        "objection given up" if given_up else "objection deferred",
        extra={"objection": objection.pk, "error": str(error)},
    )


def _has_code(registry: Registry, address: str) -> bool:
    try:
        return bool(registry.node.code(address))
    except (NodeError, TypeError, ValueError):
        return False
