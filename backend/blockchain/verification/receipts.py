"""What the chain itself says of transactions: their receipts, fetched now."""

from collections.abc import Iterable

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable
from blockchain.protocol.links import Link, LogError, links_of_logs

# Length of a transaction hash as text; anything else is not worth asking for.
TX_HASH_LENGTH = 66


def links_by_transaction(*, registry: Registry, tx_hashes: Iterable[str]) -> dict[str, list[Link]]:
    """The contract's links in each transaction that is on the node's chain; those that aren't are left out.

    Raises `ChainError`. Requests travel in bounded batches.
    """
    wanted = sorted({tx_hash for tx_hash in tx_hashes if is_hash(tx_hash)})
    receipts = registry.node.receipts(wanted)
    try:
        return {
            tx_hash: links_of_logs(receipt["logs"], address=registry.address)
            for tx_hash, receipt in zip(wanted, receipts, strict=True)
            if receipt is not None
        }
    except (LogError, KeyError, TypeError) as error:
        raise ChainUnavailable(f"the node's receipts can't be read ({type(error).__name__})") from None


def is_hash(text: str) -> bool:
    """Whether this is 32 bytes of `0x` hex."""
    if len(text) != TX_HASH_LENGTH or not text.startswith("0x"):
        return False
    try:
        bytes.fromhex(text[2:])
    except ValueError:
        return False
    return True
