"""Reads the contract's events into the cache."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.finality import final_block_number
from blockchain.indexer.cursor import CursorMoved, cursor_advance, cursor_get, cursor_rewind_if_reorged
from blockchain.indexer.heads import heads_compare, heads_folded, heads_unverified
from blockchain.indexer.projection import confirmations_undo, links_store
from blockchain.indexer.scan import Scanner, prefetched

logger = logging.getLogger("blockchain.indexer")

# From this many blocks on, the next range is read while one is stored.
BACKFILL_BLOCKS = 100


@dataclass(kw_only=True)
class SyncResult:
    """What a sync did."""

    events: int = 0
    blocks: int = 0
    rewound: int = 0


def events_sync(
    *, on: Registry | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> SyncResult:
    """Reads all confirmed blocks since the cursor. Interrupted anywhere, the next call goes on from there.

    `progress(done, total)` is called after each range, in blocks. Raises `ChainUnavailable`, or `WrongChain` if the
    node's history is not the one that was read before.
    """
    try:
        return _events_sync(on or registry(), progress)
    except NodeError as error:
        raise ChainUnavailable(f"the node refuses to answer the indexer: {error.message}") from None


def _events_sync(on: Registry, progress: Callable[[int, int], None]) -> SyncResult:
    result = SyncResult()
    cursor = cursor_get(on)
    result.rewound = cursor_rewind_if_reorged(cursor, on)
    first, target = cursor.block_number, _target(on)
    touched: set[str] = set()
    ranges = Scanner(on).read(first + 1, target, parent_hash=cursor.block_hash)
    for header, links in prefetched(ranges) if target - first > BACKFILL_BLOCKS else ranges:
        try:
            with transaction.atomic():
                up_to = int(header["number"], 16)
                undone = confirmations_undo(after_block=cursor.block_number, up_to_block=up_to, links=links)
                touched |= links_store(links, deployment=on.deployment)
                cursor_advance(cursor, block_number=up_to, block_hash=header["hash"])
        except CursorMoved:
            # It compares heads too; from where this one stands they can't be asked for.
            logger.info("another indexer is at work")
            return result
        if undone:
            logger.error("reorg deeper than the confirmations", extra={"to_block": up_to, "writes_undone": undone})
        result.events += len(links)
        progress(cursor.block_number - first, target - first)
    result.blocks = cursor.block_number - first
    # Once for each complaint, however many ranges it was in; with those of a sync that was interrupted here.
    heads_compare(on=on, cursor=cursor, heads=heads_folded(touched | heads_unverified()))
    if result.events:
        logger.info("events read", extra={"events": result.events, "to_block": cursor.block_number})
    return result


def _target(on: Registry) -> int:
    head = on.node.block("latest")
    if head is None:
        raise ChainUnavailable("the node has no latest block")
    return final_block_number(on.node, head_number=int(head["number"], 16))
