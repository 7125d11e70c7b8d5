"""Up to which block the chain is final for us: some confirmations below the head, or where the chain says so itself."""

from typing import Any

from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Call, Node
from blockchain.conf import settings

CONFIRMATIONS = "confirmations"
# Tags of a chain with finality (Ethereum: after about 6 and 13 minutes).
TAGS = ("safe", "finalized")


def final_block_number(node: Node, *, head_number: int) -> int:
    """The number of the newest final block when the head is `head_number`; negative if there is none yet.

    By `BLOCKCHAIN_FINALITY`: `BLOCKCHAIN_CONFIRMATIONS` blocks below the head, or the block of that tag.
    """
    tagged = None if settings.BLOCKCHAIN_FINALITY == CONFIRMATIONS else node.block(settings.BLOCKCHAIN_FINALITY)
    return final_number(head={"number": hex(head_number)}, tagged=tagged)


def final_call() -> Call:
    """What to ask for in the same batch as the head, so that one node answers both; for `final_number`."""
    tag = "latest" if settings.BLOCKCHAIN_FINALITY == CONFIRMATIONS else settings.BLOCKCHAIN_FINALITY
    return "eth_getBlockByNumber", [tag, False]


def final_number(*, head: dict[str, Any], tagged: dict[str, Any] | None) -> int:
    """`final_block_number` from the headers of the newest block and of what `final_call` asks for.

    Raises `ChainUnavailable` if the node has no such block.
    """
    number = int(head["number"], 16)
    if settings.BLOCKCHAIN_FINALITY == CONFIRMATIONS:
        return number - settings.BLOCKCHAIN_CONFIRMATIONS
    if tagged is None:
        raise ChainUnavailable(f"the node has no {settings.BLOCKCHAIN_FINALITY} block")
    # Behind a load balancer it may come from a node that is ahead of the one that told the head.
    return min(int(tagged["number"], 16), number)
