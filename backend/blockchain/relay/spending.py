"""The daily limit: what the keys spent in the last 24 hours, and the most that open transactions may cost."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import Attempt, Transaction
from blockchain.relay.errors import LimitReached
from blockchain.relay.refusals import GWEI

WEI_PER_ETHER: Final = 10**18
WINDOW: Final = timedelta(hours=24)
# Mined transactions whose fee for data, beyond gas times price, is that of the next ones.
RECENT: Final = 20
SETTING: Final = "BLOCKCHAIN_DAILY_LIMIT_ETHER"


@dataclass(frozen=True, kw_only=True)
class Spending:
    """In wei, of all keys."""

    limit: int
    spent: int
    # By open transaction, the most that it may cost.
    pending: dict[int, int]
    # What a rollup lately took for the data of one transaction; 0 elsewhere.
    data_fee: int

    @property
    def used(self) -> int:
        """What counts against the limit."""
        return self.spent + sum(self.pending.values())

    def gas_left(self, *, max_fee: int) -> int:
        """The gas that a new transaction may have at this price."""
        return max(0, self.limit - self.used - self.data_fee) // max(max_fee, 1)

    def require(self, cost: int, *, replacing: int | None = None) -> None:
        """Raises `LimitReached` if signing what costs at most `cost` could exceed the limit.

        `replacing`: the transaction of which it is another attempt; only one of them is mined.
        """
        before = self.pending.get(replacing, 0) if replacing is not None else 0
        total = self.used - before + max(before, cost + self.data_fee)
        # What replaces a transaction at no higher cost adds nothing.
        if total > max(self.limit, self.used if replacing is not None else 0):
            raise LimitReached(
                f"the daily limit of {ether(self.limit)} ether is reached: {ether(self.spent)} ether were spent in the "
                f"last 24 hours, other open transactions may cost {ether(self.used - self.spent - before)}, and this "
                f"one {ether(total - self.used + before)}",
                remedy=f"Wait until earlier costs are 24 hours old, or set {SETTING} to at least {ether(total)}. "
                "Nothing is lost meanwhile.",
            )


def spending() -> Spending | None:
    """The present spending; None if the settings set no limit."""
    if not settings.BLOCKCHAIN_DAILY_LIMIT_ETHER:
        return None
    paid = Attempt.objects.filter(paid_at__gt=timezone.now() - WINDOW).order_by()
    lately = Attempt.objects.filter(paid_at__isnull=False).order_by("-paid_at", "-pk")[:RECENT]
    columns = lately.values_list("paid_wei", "gas_used", "effective_gas_price")
    fees = [(wei or 0) - (gas or 0) * (price or 0) for wei, gas, price in columns]
    data_fee = max(fees, default=0)
    pending: dict[int, int] = {}
    attempts = Attempt.objects.filter(transaction__state=Transaction.State.OPEN).order_by()
    for pk, gas, fee in attempts.values_list("transaction_id", "gas_limit", "max_fee_per_gas"):
        pending[pk] = max(pending.get(pk, 0), gas * fee + data_fee)
    return Spending(
        limit=round(settings.BLOCKCHAIN_DAILY_LIMIT_ETHER * WEI_PER_ETHER),
        spent=sum(wei or 0 for wei in paid.values_list("paid_wei", flat=True)),
        pending=pending,
        data_fee=data_fee,
    )


def ether(wei: int) -> str:
    """An amount in ether, rounded up to the gwei."""
    gwei = -(-wei // GWEI)
    return f"{gwei // GWEI}.{gwei % GWEI:09d}".rstrip("0").rstrip(".")
