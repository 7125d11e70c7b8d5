"""Reads the contract's events into the cache."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from blockchain.chain.contract import Registry
from blockchain.chain.contract import registry as registry_configured
from blockchain.chain.errors import ChainError, ChainUnavailable, NodeError, WrongChain
from blockchain.chain.finality import final_block_number
from blockchain.common.collector import collecting_seldom
from blockchain.indexer.cursor import CursorMoved, cursor_advance, cursor_get, cursor_held, cursor_rewind_if_reorged
from blockchain.indexer.heads import (
    heads_compare,
    heads_folded,
    heads_uncompared,
    heads_uncompared_count,
    links_withheld,
)
from blockchain.indexer.opinion import NodesDiffer, opinion_check, replaced_check, unconfirmed_check
from blockchain.indexer.repair import complaints_read_again
from blockchain.indexer.scan import Range, Scanner, prefetched
from blockchain.indexer.store import links_store
from blockchain.indexer.undo import claims_refuted, claims_without_links
from blockchain.jobs import EVENT_SYNC, job
from blockchain.landing import transactions_reopen
from blockchain.models import ScanCursor
from blockchain.roles import roles_store
from blockchain.signals import events_read

logger = logging.getLogger("blockchain.indexer")

# From this many blocks on, the next range is read while one is stored.
BACKFILL_BLOCKS = 100

# How often, and after how many seconds, to look again whether another indexer has got there.
TRIES, PAUSE = 100, 0.5


@dataclass(kw_only=True)
class SyncResult:
    """What a sync did. `undone`: writes that start again, since their block is gone.

    Of the complaints that were read: how many `differ` from the contract, and how many could not be compared with it.
    `unconfirmed`: with several nodes, the number of stored blocks that one of them alone has told of.
    """

    events: int = 0
    blocks: int = 0
    rewound: int = 0
    undone: int = 0
    differing: int = 0
    uncompared: int = 0
    unconfirmed: int = 0

    def add(self, later: "SyncResult") -> None:
        """Takes the result of a later sync into account."""
        self.events += later.events
        self.blocks += later.blocks
        self.rewound += later.rewound
        self.undone += later.undone
        self.differing, self.uncompared, self.unconfirmed = later.differing, later.uncompared, later.unconfirmed


def events_sync(
    *, registry: Registry | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> SyncResult:
    """Reads all final blocks since the cursor. After an interruption, the next call continues from there.

    `progress(done, total)` is called after each range, in blocks. If a node fails, the next one is asked. Raises
    `ChainUnavailable`, `NodesDiffer` if two nodes differ about what is final, or `WrongChain` if the history is not the
    one that was read before.
    """
    with job(EVENT_SYNC):
        best = (registry or registry_configured()).best()
        found: ChainError | None = None
        for on in (best, *best.others()):
            try:
                return _events_sync(on, progress)
            except NodesDiffer:
                raise
            except WrongChain as error:
                on.node.standing.wrong()
                found = found or error
            except (ChainUnavailable, NodeError) as error:
                on.node.standing.fault()
                found = found or error
        if isinstance(found, NodeError):
            raise ChainUnavailable(f"the node refuses to answer the indexer: {found.message}") from None
        raise found or ChainUnavailable("there is no node")


def events_sync_up_to(
    block_number: int, *, registry: Registry, progress: Callable[[int, int], None] = lambda done, total: None
) -> SyncResult:
    """Repeats `events_sync` until the cursor has passed the final block `block_number`, even beside other indexers.

    Raises as `events_sync`; `ChainUnavailable` also if another indexer keeps reading and does not get there.
    """
    result = SyncResult()
    for _ in range(TRIES):
        result.add(events_sync(registry=registry, progress=progress))
        if cursor_get(registry).block_number >= block_number:
            return result
        time.sleep(PAUSE)
    raise ChainUnavailable(f"the events up to block {block_number} have not been read yet; run it again")


def _events_sync(registry: Registry, progress: Callable[[int, int], None]) -> SyncResult:
    result = SyncResult()
    cursor = cursor_get(registry)
    touched: set[str] = set()
    try:
        result.rewound = cursor_rewind_if_reorged(
            cursor, registry, check=lambda: replaced_check(cursor, registry=registry)
        )
        first, target = cursor.block_number, final_block_of(registry)
        ranges = Scanner(registry).read(first + 1, target, parent_hash=cursor.block_hash)
        is_backfill = target - first > BACKFILL_BLOCKS
        with collecting_seldom() if is_backfill else nullcontext():
            for found in prefetched(ranges) if is_backfill else ranges:
                touched |= _range_store(found, cursor=cursor, registry=registry, result=result)
                progress(cursor.block_number - first, target - first)
        result.blocks = cursor.block_number - first
        result.unconfirmed = unconfirmed_check(cursor, registry=registry)
        # Once for each complaint, however many ranges it was in; with those of a sync that was interrupted here.
        suspects = heads_uncompared() | links_withheld(up_to_block=cursor.block_number)
        _compare(touched | suspects, cursor=cursor, registry=registry, result=result)
        events_read.send(
            sender=ScanCursor, registry=registry, cursor=cursor, undone=bool(result.rewound or result.undone)
        )
    except CursorMoved:
        # It compares heads too; from where this one stands they can't be asked for.
        logger.info("another indexer is running")
    if result.events:
        logger.info("events read", extra={"events": result.events, "to_block": cursor.block_number})
    return result


def _range_store(found: Range, *, cursor: ScanCursor, registry: Registry, result: SyncResult) -> set[str]:
    claims = claims_without_links(after_block=cursor.block_number, up_to_block=found.number, links=found.links)
    refuted, withheld = claims_refuted(claims, registry=registry) if claims else (set(), [])
    if withheld:
        raise ChainUnavailable(f"the node's logs up to block {found.number} lack links that its receipts have")
    first = cursor.block_number + 1
    confirmed = len(registry.nodes) == 1 or opinion_check(found, first=first, registry=registry)
    with cursor_held(cursor):
        # First, so that what the links say is not taken back.
        undone = transactions_reopen(refuted)
        touched = links_store(found.links, deployment=registry.deployment)
        roles_store(found.roles, deployment=registry.deployment)
        cursor_advance(cursor, block_number=found.number, block_hash=found.block_hash)
        if not confirmed and cursor.unconfirmed_from is None:
            cursor.unconfirmed_from = first
            cursor.save(update_fields=["unconfirmed_from"])
    if undone:
        logger.error("reorg deeper than the confirmations", extra={"to_block": found.number, "writes_undone": undone})
    result.events += len(found.links)
    result.undone += undone
    return touched


def _compare(complaint_ids: set[str], *, cursor: ScanCursor, registry: Registry, result: SyncResult) -> None:
    comparison = heads_compare(registry=registry, cursor=cursor, heads=heads_folded(complaint_ids))
    if comparison.differing:
        complaints_read_again(comparison.differing, registry=registry, cursor=cursor)
        comparison.differing = heads_compare(
            registry=registry, cursor=cursor, heads=heads_folded(comparison.differing)
        ).differing
    result.differing = len(comparison.differing)
    # Also those that were not even tried, since they are many.
    result.uncompared = max(0, heads_uncompared_count() - result.differing) if complaint_ids else 0
    if (cursor.differing, cursor.uncompared) != (result.differing, result.uncompared):
        cursor.differing, cursor.uncompared = result.differing, result.uncompared
        cursor.save(update_fields=["differing", "uncompared"])


def final_block_of(registry: Registry) -> int:
    """Number of the newest final block; negative if there is none yet. Raises `ChainUnavailable`."""
    head = registry.node.block("latest")
    if head is None:
        raise ChainUnavailable("the node has no latest block")
    return final_block_number(registry.node, head_number=int(head["number"], 16))
