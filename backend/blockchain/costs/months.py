"""What writes cost by month: gas used times effective gas price, from the receipts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef

from blockchain.models import Attempt, Transaction, Write
from blockchain.protocol.kinds import EventType

# Transactions without writes, or with none that landed.
REVERTED, CANCELLED, ESCALATIONS, SKIPPED = "(reverted)", "(cancelled)", "(escalations)", "(skipped)"


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

    A transaction's gas is shared among the writes that landed with it. One without any is of a kind of its own, in the
    month of signing. So their sum is what was paid for all transactions of ours that were mined.
    """
    if month is not None:
        parsed = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007  only the form is checked
        if parsed.strftime("%Y-%m") != month:
            raise ValueError(f"{month!r} does not match format 'YYYY-MM'")
    costs: dict[tuple[str, str], Cost] = defaultdict(lambda: Cost(month="", kind=""))
    landed = Write.objects.filter(timestamp__isnull=False, gas_used__isnull=False).order_by()
    for at, event_type, gas, price in landed.values_list(
        "timestamp", "event_type", "gas_used", "effective_gas_price"
    ).iterator():
        _add(costs, at, EventType(event_type).name, gas, price)
    writes = Write.objects.filter(tx_hash=OuterRef("tx_hash"))
    others = Attempt.objects.filter(~Exists(writes), succeeded__isnull=False).order_by()
    for at, succeeded, cancels, kind, gas, price in others.values_list(
        "created_at", "succeeded", "cancels", "transaction__kind", "gas_used", "effective_gas_price"
    ).iterator():
        _add(costs, at, _kind_without_write(succeeded=succeeded, cancels=cancels, kind=kind), gas, price)
    return [cost for _, cost in sorted(costs.items()) if month in (None, cost.month)]


def _kind_without_write(*, succeeded: bool | None, cancels: bool, kind: str) -> str:
    if not succeeded:
        return REVERTED
    if cancels:
        return CANCELLED
    return ESCALATIONS if kind == Transaction.Kind.ESCALATE else SKIPPED


def _add(
    costs: dict[tuple[str, str], Cost], at: datetime | None, kind: str, gas: int | None, price: int | None
) -> None:
    if at is None:
        return
    month = at.astimezone(UTC).strftime("%Y-%m")
    cost = costs[month, kind]
    cost.month, cost.kind = month, kind
    cost.writes += 1
    cost.gas += gas or 0
    cost.wei += (gas or 0) * (price or 0)
