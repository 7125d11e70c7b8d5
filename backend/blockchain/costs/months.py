"""What writes cost by month, from the receipts: to the wei what the keys' balances lost by our own transactions."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from blockchain.models import Attempt, Transaction, Write
from blockchain.protocol.kinds import EventType

# Transactions without writes, or with none that landed.
REVERTED, CANCELLED, SKIPPED = "(reverted)", "(cancelled)", "(skipped)"
ESCALATIONS, OBJECTIONS = "(escalations)", "(objections)"


@dataclass(kw_only=True)
class Cost:
    """One kind of write, or of transactions without one, in one month."""

    month: str  # YYYY-MM of the block, UTC
    kind: str
    writes: int = 0
    gas: int = 0
    wei: int = 0


def costs_by_month(*, month: str | None = None) -> list[Cost]:
    """Costs by month and kind, in order. `month` as YYYY-MM narrows it; raises `ValueError` for anything else.

    What a transaction cost is shared among the writes that landed with it. What is not shared, since there are none, is
    of a kind of its own, in the month of signing. So the sum is what was paid for all our transactions that were mined,
    failed and cancelled ones included.
    """
    if month is not None:
        parsed = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007  only the form is checked
        if parsed.strftime("%Y-%m") != month:
            raise ValueError(f"{month!r} does not match format 'YYYY-MM'")
    costs: dict[tuple[str, str], Cost] = defaultdict(lambda: Cost(month="", kind=""))
    # By transaction, the gas and the wei that its writes have.
    shared: dict[str, tuple[int, int]] = {}
    landed = Write.objects.filter(timestamp__isnull=False, gas_used__isnull=False).order_by()
    for tx_hash, at, event_type, gas, wei in landed.values_list(
        "tx_hash", "timestamp", "event_type", "gas_used", "paid_wei"
    ).iterator():
        _add(costs, at, EventType(event_type).name, gas or 0, wei or 0)
        before = shared.get(tx_hash, (0, 0))
        shared[tx_hash] = before[0] + (gas or 0), before[1] + (wei or 0)
    mined = Attempt.objects.filter(succeeded__isnull=False).order_by()
    for tx_hash, at, succeeded, cancels, kind, gas, wei in mined.values_list(
        "tx_hash", "created_at", "succeeded", "cancels", "transaction__kind", "gas_used", "paid_wei"
    ).iterator():
        before = shared.get(tx_hash, (0, 0))
        left = (gas or 0) - before[0], (wei or 0) - before[1]
        if tx_hash not in shared or any(left):
            _add(costs, at, _kind_without_write(succeeded=succeeded, cancels=cancels, kind=kind), *left)
    return [cost for _, cost in sorted(costs.items()) if month in (None, cost.month)]


def nonces_of_others() -> int:
    """How many account nonces of our keys were used by transactions that are not ours, whose costs are unknown."""
    return Transaction.objects.filter(state=Transaction.State.REPLACED).count()


def _kind_without_write(*, succeeded: bool | None, cancels: bool, kind: str) -> str:
    if not succeeded:
        return REVERTED
    if cancels:
        return CANCELLED
    without = {Transaction.Kind.ESCALATE: ESCALATIONS, Transaction.Kind.OBJECT: OBJECTIONS}
    return without.get(Transaction.Kind(kind), SKIPPED)


def _add(costs: dict[tuple[str, str], Cost], at: datetime | None, kind: str, gas: int | None, wei: int | None) -> None:
    if at is None:
        return
    month = at.astimezone(UTC).strftime("%Y-%m")
    cost = costs[month, kind]
    cost.month, cost.kind = month, kind
    cost.writes += 1
    cost.gas += gas or 0
    cost.wei += wei or 0
