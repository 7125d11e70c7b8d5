"""Up to which block the chain is final for us: some confirmations below the head, or where the chain says so itself."""

from django.conf import settings

from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node

CONFIRMATIONS = "confirmations"
# Tags of a chain with finality (Ethereum: after about 6 and 13 minutes).
TAGS = ("safe", "finalized")


def final_block_number(node: Node, *, head_number: int) -> int:
    """The number of the newest final block when the head is `head_number`; negative if there is none yet.

    By `BLOCKCHAIN_FINALITY`: `BLOCKCHAIN_CONFIRMATIONS` blocks below the head, or the block of that tag.
    """
    if settings.BLOCKCHAIN_FINALITY == CONFIRMATIONS:
        return head_number - settings.BLOCKCHAIN_CONFIRMATIONS
    header = node.block(settings.BLOCKCHAIN_FINALITY)
    if header is None:
        raise ChainUnavailable(f"the node has no {settings.BLOCKCHAIN_FINALITY} block")
    # Behind a load balancer it may come from a node that is ahead of the one that told the head.
    return min(int(header["number"], 16), head_number)
