"""What writes cost: gas used times effective gas price, from the receipts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction, SignedTransaction

OVERHEAD = "(reverted)"


@dataclass(kw_only=True)
class Cost:
    """One kind of write in one month."""

    month: str  # YYYY-MM of the block, UTC
    kind: str
    writes: int = 0
    gas: int = 0
    wei: int = 0


def costs_by_month(*, month: str | None = None) -> list[Cost]:
    """Costs by month and kind, in order. `month` as YYYY-MM narrows it; raises `ValueError` for anything else.

    Transactions that were mined but reverted carried no write; they are a kind of their own, in the month of signing.
    """
    if month is not None:
        datetime.strptime(month, "%Y-%m")  # noqa: DTZ007  only the form is checked
    costs: dict[tuple[str, str], Cost] = defaultdict(lambda: Cost(month="", kind=""))
    landed = BlockchainTransaction.objects.filter(timestamp__isnull=False, gas_used__isnull=False)
    values = landed.values_list("timestamp", "event_type", "gas_used", "effective_gas_price")
    for timestamp, event_type, gas, price in values.iterator():
        if timestamp is not None:
            _add(costs, timestamp, EventType(event_type).name, gas or 0, price or 0)
    reverted = SignedTransaction.objects.filter(succeeded=False)
    for created_at, gas, price in reverted.values_list("created_at", "gas_used", "effective_gas_price").iterator():
        _add(costs, created_at, OVERHEAD, gas or 0, price or 0)
    return [cost for _, cost in sorted(costs.items()) if month in (None, cost.month)]


def _add(costs: dict[tuple[str, str], Cost], at: datetime, kind: str, gas: int, price: int) -> None:
    month = at.astimezone(UTC).strftime("%Y-%m")
    cost = costs[month, kind]
    cost.month, cost.kind = month, kind
    cost.writes += 1
    cost.gas += gas
    cost.wei += gas * price
