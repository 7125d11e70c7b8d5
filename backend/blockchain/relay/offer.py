"""What the relay offers in this round: asks for the market once, and remembers what nodes have demanded."""

from time import monotonic
from typing import Final

from blockchain.chain.node import Node
from blockchain.models import Attempt
from blockchain.relay.fees import Fees, fee_bounds, fees_suggest, is_met
from blockchain.relay.market import Market, market_look, price_asked
from blockchain.relay.refusals import NO_DEMAND, Demand, demand_of
from blockchain.relay.view import View

# Seconds for which a least tip also holds for new transactions, which would be refused otherwise. A base fee, a price
# and the replacement of another transaction are of the moment.
KEPT_SECONDS: Final = 600.0


class Offers:
    """The fees of a relay's transactions."""

    def __init__(self) -> None:
        self._market: tuple[object, Market] | None = None
        self._kept, self._kept_at = NO_DEMAND, 0.0

    def fees(
        self,
        *,
        node: Node,
        view: View,
        demand: Demand = NO_DEMAND,
        replacing: Attempt | None = None,
        known: bool = True,
    ) -> Fees:
        """Fees as of the block of `view`; `known` as in `fees_suggest`.

        Raises `FeesAtCap`, or `NodeError` on a chain without a base fee.
        """
        # A sick node may have told of the same block before, with another base fee.
        seen = view.block_hash, view.head.get("baseFeePerGas")
        if self._market is None or self._market[0] != seen:
            self._market = seen, market_look(node, view.head)
        if monotonic() - self._kept_at > KEPT_SECONDS:
            self._kept = NO_DEMAND
        if demand.tip:
            self._kept, self._kept_at = Demand(tip=max(self._kept.tip, demand.tip)), monotonic()
        elif replacing is None:
            demand = self._kept
        return fees_suggest(
            market=self._market[1], bounds=fee_bounds(), demand=demand, replacing=replacing, known=known
        )


def demand_unmet(attempt: Attempt, *, view: View, node: Node | None = None) -> Demand:
    """What the last refusal of a transaction demands and its newest attempt does not pay, or `NO_DEMAND`.

    With `node`, that is asked for a price if the refusal names none.
    """
    words = attempt.transaction.refused_because
    demand = demand_of(words) if words else None
    if demand is None:
        return NO_DEMAND
    if not demand.is_named and node is not None:
        demand = Demand(price=price_asked(node))
    return NO_DEMAND if is_met(demand, attempt, base_fee=view.base_fee) else demand


def is_doubled(attempts: list[Attempt]) -> bool:
    """Whether the newest attempt already pays twice as much as the one before it; the first replaces none of ours."""
    return len(attempts) < 2 or attempts[-1].max_fee_per_gas >= 2 * attempts[-2].max_fee_per_gas
