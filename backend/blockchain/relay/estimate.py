"""Turns writes into a batch that fits: packs them, and has the node estimate the gas. Nothing else is simulated."""

import logging
from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, ContractReverted, NodeError
from blockchain.conf import settings
from blockchain.models import Write
from blockchain.protocol.typed_data import MAX_SIGNED_GAS
from blockchain.relay.ages import backoff
from blockchain.relay.errors import BatchRefused
from blockchain.relay.pack import FLOOR, MAX_OBJECTION_GAS, Batch, Kind, batch_pack
from blockchain.relay.select import Ready
from blockchain.relay.view import View

logger = logging.getLogger("blockchain.relay")

State = Write.State

# An officer's entry fails after so many refusals; earlier ones may come from a node that lags behind.
REFUSALS = 5
# An entry that is refused for this reason may have landed. The indexer finds out, so the entry never fails.
STALE_NONCE = "StaleNonce"
# EIP-7825.
MAX_TRANSACTION_GAS = 16_777_216
# Of an empty transfer, which uses up the nonce of a transaction that can never be mined.
TRANSFER_GAS = 21_000
# Gas that a node may spend on the estimate of what a contract account may have signed.
MOST_ESTIMATED: dict[str, int] = {Kind.SIGNED: 2 * MAX_SIGNED_GAS, Kind.OBJECT: 2 * MAX_OBJECTION_GAS}
# A contract account may use more gas than it told the node, so an entry that did not land gets so many times as much.
SIGNED_AGAIN = 2

# A batch with its gas limit.
Prepared = tuple[Batch, int]


def prepare(
    *, registry: Registry, view: View, rows: Sequence[Ready], margin: float, most_gas: int | None = None
) -> Prepared | None:
    """The next batch of `rows` with its gas limit; None if none of them can be recorded now.

    A batch of several writes gets no more than `most_gas`. A write that the contract does not expect next is left out
    and waits. Raises `RelayBlocked` or `ChainUnavailable`.
    """
    cap = gas_cap(view) if most_gas is None else min(gas_cap(view), most_gas)
    # Writes that were packed before may have landed in the meantime.
    left = _expected(registry, view, rows, {row.complaint_id for row in rows if row.attempts})
    while batch := batch_pack(left, max_gas=int(cap / margin), at=view.time, rules=registry.deployment.rules):
        carried = batch.writes
        try:
            estimate = gas_estimate(registry=registry, view=view, batch=batch)
            if batch.kind == Kind.SIGNED and estimate > MAX_SIGNED_GAS:
                raise ContractReverted(name="SignatureTooExpensive", arguments={"gas": estimate})
        except (ContractReverted, NodeError) as error:
            if batch.kind == Kind.SIGNED:
                _refused(carried[0], error)
                left = [row for row in left if row.pk != carried[0].pk]
            elif isinstance(error, ContractReverted) or len(carried) == 1:
                raise BatchRefused(f"the contract or the node refuses batches: {error}") from None
            else:
                # The batch needs more gas than the node allows for a call.
                left = carried[: len(carried) // 2]
            continue
        if estimate < batch.gas * FLOOR:
            expected = _expected(registry, view, carried, {row.complaint_id for row in carried})
            if len(expected) < len(carried):
                left = expected
                continue
        again = SIGNED_AGAIN if batch.kind == Kind.SIGNED and carried[0].attempts else 1
        gas = batch.gas_limit(estimate=estimate, margin=margin) * again
        if gas <= cap or len(carried) == 1:
            return batch, min(gas, gas_cap(view))
        left = carried[: max(1, min(len(carried) - 1, len(carried) * cap // gas))]
    return None


def gas_cap(view: View) -> int:
    """The most gas for a transaction: the least of the setting, EIP-7825 and the block's gas limit."""
    return min(settings.BLOCKCHAIN_GAS_LIMIT, MAX_TRANSACTION_GAS, view.gas_limit)


def gas_estimate(*, registry: Registry, view: View, batch: Batch) -> int:
    """Gas of a batch in the newest block. Raises `ContractReverted`, or `NodeError` for anything else."""
    transaction = {"from": view.signer, "to": registry.address, "data": batch.data}
    if (most := MOST_ESTIMATED.get(batch.kind)) is not None:
        # Without a bound, a signer's contract could keep the node busy until we give up, and everybody would wait.
        transaction["gas"] = hex(most)
    try:
        return int(registry.node.request("eth_estimateGas", transaction, "latest"), 16)
    except NodeError as error:
        raise registry.revert_of(error) from None
    except (TypeError, ValueError):
        raise ChainUnavailable("the node's estimate is not a number") from None


def transfer_gas(*, registry: Registry, view: View) -> int:
    """The gas limit of an empty transfer to ourselves; on rollups that count data as gas, it takes more than 21,000."""
    transaction = {"from": view.signer, "to": view.signer}
    try:
        estimate = int(registry.node.request("eth_estimateGas", transaction, "latest"), 16)
    except (NodeError, ChainUnavailable):
        return TRANSFER_GAS
    if estimate <= TRANSFER_GAS:
        return TRANSFER_GAS
    return min(int(estimate * settings.BLOCKCHAIN_GAS_MARGIN), gas_cap(view))


def _expected(registry: Registry, view: View, rows: Sequence[Ready], suspects: set[str]) -> Sequence[Ready]:
    """`rows` without the complaints in `suspects` whose next nonce, in the block of `view`, is not the expected one.

    Those wait, longer each time: the node lags behind, or the indexer has yet to read the link under that nonce.
    """
    if not suspects:
        return rows
    try:
        states = registry.complaints(sorted(suspects), block={"blockHash": view.block_hash})
    except NodeError as error:
        raise ChainUnavailable(f"the node no longer has the block of this round: {error.message}") from None
    firsts = {row.complaint_id: row for row in reversed(rows) if row.complaint_id in suspects}
    held = [row for row in firsts.values() if states[row.complaint_id].nonce != row.nonce]
    if not held:
        return rows
    logger.warning("unexpected nonces", extra={"writes": [row.pk for row in held[:100]]})
    again = timezone.now() + backoff(max(row.attempts for row in held) + 1)
    waiting = Write.objects.filter(pk__in=[row.pk for row in held], state=State.PENDING)
    waiting.update(attempts=F("attempts") + 1, next_attempt_at=again)
    left_out = {row.complaint_id for row in held}
    return [row for row in rows if row.complaint_id not in left_out]


def _refused(row: Ready, error: ContractReverted | NodeError) -> None:
    """Lets an officer's entry that the contract refuses wait; after too many refusals, it fails."""
    name = error.name if isinstance(error, ContractReverted) else "NodeError"
    failed = row.attempts >= REFUSALS and name != STALE_NONCE
    Write.objects.filter(pk=row.pk, state=State.PENDING).update(
        state=State.FAILED if failed else State.PENDING,
        attempts=F("attempts") + 1,
        next_attempt_at=None if failed else timezone.now() + backoff(row.attempts + 1),
        error_code=name[:64],
        error_detail=str(error)[:500],
    )
    logger.log(
        logging.ERROR if failed else logging.INFO,
        "write failed" if failed else "write deferred",
        extra={"write": row.pk, "error": str(error)},
    )
