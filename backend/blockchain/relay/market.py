"""What the chain charges now: its base fee, and the tip that others pay; or a gas price where it has no base fee."""

from dataclasses import dataclass
from statistics import median_low
from typing import Any, Final

from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node

# Blocks whose tips count, and the percentile of their gas.
HISTORY_BLOCKS: Final = 20
PERCENTILE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Market:
    """In wei per gas."""

    # None on a chain without one, which has a gas price instead.
    base_fee: int | None = None
    gas_price: int = 0
    # What others pay the validator; None if the node does not say.
    tip: int | None = None


def market_look(node: Node, head: dict[str, Any]) -> Market:
    """The market as of the block `head`. Raises `NodeError` only on a chain without a base fee.

    Tips are advice: a node that can't give it costs a round trip and nothing else.
    """
    if "baseFeePerGas" not in head:
        return Market(gas_price=int(node.request("eth_gasPrice"), 16))
    calls: list[tuple[str, list[Any]]] = [
        ("eth_feeHistory", [hex(HISTORY_BLOCKS), "latest", [PERCENTILE]]),
        ("eth_maxPriorityFeePerGas", []),
    ]
    try:
        history, suggested = node.batch(calls)
    except ChainUnavailable:
        history = suggested = None
    tip = None if isinstance(history, NodeError) else tip_of_history(history)
    if tip is None and isinstance(suggested, str):
        tip = int(suggested, 16)
    return Market(base_fee=int(head["baseFeePerGas"], 16), tip=tip)


def tip_of_history(history: dict[str, Any] | None) -> int | None:
    """The median tip of the blocks that carried something; None if there is none."""
    rewards, ratios = (history or {}).get("reward") or [], (history or {}).get("gasUsedRatio") or []
    tips = [int(each[0], 16) for each, ratio in zip(rewards, ratios, strict=False) if ratio and each]
    return median_low(tips) if tips else None


def price_asked(node: Node) -> int:
    """The gas price that the node suggests, for one that refuses a price and does not say which it wants; 0: none."""
    try:
        return int(node.request("eth_gasPrice"), 16)
    except (NodeError, ChainUnavailable):
        return 0
