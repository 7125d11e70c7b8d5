"""The head of the chain: the newest block, and what is known of the one to come."""

from dataclasses import dataclass
from typing import Any

from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a transaction that is sent now will meet."""

    # Header of the newest block.
    latest: dict[str, Any]
    # Time of the block to come as far as the node tells it, Unix seconds.
    time_to_come: int
    # The tag to ask for that block's state: "pending", or "latest" where a node has no pending block.
    tag: str


def head_get(node: Node) -> Head:
    """The head, in one round trip. Raises `ChainUnavailable`."""
    latest, pending = node.batch(
        [("eth_getBlockByNumber", ["latest", False]), ("eth_getBlockByNumber", ["pending", False])]
    )
    if isinstance(latest, NodeError) or latest is None:
        raise ChainUnavailable("the node has no latest block")
    time = int(latest["timestamp"], 16)
    if not isinstance(pending, dict):
        return Head(latest=latest, time_to_come=time, tag="latest")
    return Head(latest=latest, time_to_come=max(time, int(pending["timestamp"], 16)), tag="pending")
