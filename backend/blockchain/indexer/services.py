"""Reads the contract's events into the cache."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.logs import links_of_logs
from blockchain.commitments.links import Link, genesis, head_after
from blockchain.indexer.cursor import CursorMoved, cursor_advance, cursor_get, cursor_rewind_if_reorged
from blockchain.indexer.projection import links_store
from blockchain.models import ChainEvent, ScanCursor
from report.models import IssueReport

logger = logging.getLogger("blockchain.indexer")

# Halvings of the range before an error counts as the node's.
SMALLEST_RANGE = 1


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
    on = on or registry()
    result = SyncResult()
    cursor = cursor_get(on)
    result.rewound = cursor_rewind_if_reorged(cursor, on)
    target = _target(on)
    first, touched, span = cursor.block_number, set[str](), settings.BLOCKCHAIN_SCAN_RANGE
    while cursor.block_number < target:
        last = min(cursor.block_number + span, target)
        try:
            header, links = _range_read(on, cursor.block_number + 1, last)
        except NodeError as error:
            if span <= SMALLEST_RANGE:
                raise ChainUnavailable(f"the node refuses logs of block {last}: {error.message}") from None
            span = max(SMALLEST_RANGE, (last - cursor.block_number) // 2)
            logger.info("smaller scan range", extra={"blocks": span, "error": str(error)})
            continue
        try:
            with transaction.atomic():
                touched |= links_store(links)
                cursor_advance(cursor, block_number=last, block_hash=header["hash"])
        except CursorMoved:
            logger.info("another indexer is at work")
            break
        result.events += len(links)
        progress(cursor.block_number - first, target - first)
        span = min(span * 2, settings.BLOCKCHAIN_SCAN_RANGE)
    result.blocks = cursor.block_number - first
    if touched:
        heads_verify(on=on, cursor=cursor, complaint_ids=touched)
        logger.info("events read", extra={"events": result.events, "to_block": cursor.block_number})
    return result


def heads_verify(*, on: Registry, cursor: ScanCursor, complaint_ids: Iterable[str]) -> set[str]:
    """Recomputes heads from the cache and compares them with the contract's. Returns the complaints that differ."""
    wanted = sorted(complaint_ids)
    start = genesis(chain_id=on.deployment.chain_id, address=on.address)
    try:
        states = on.complaints(wanted, block={"blockHash": cursor.block_hash})
    except NodeError:
        # The node does not keep that state any more; the next sync is nearer to the head.
        logger.info("heads not verified", extra={"block": cursor.block_number})
        return set()
    events: dict[str, list[ChainEvent]] = {complaint_id: [] for complaint_id in wanted}
    for event in ChainEvent.objects.filter(complaint_id__in=wanted).order_by("sequence", "id"):
        events[event.complaint_id].append(event)
    differing = {
        complaint_id
        for complaint_id, state in states.items()
        if len(events[complaint_id]) != state.event_count
        or head_after(start=start, links=events[complaint_id]) != state.head
    }
    agreeing = set(wanted) - differing
    IssueReport.objects.filter(complaint_id__in=agreeing, blockchain_verified=False).update(blockchain_verified=True)
    IssueReport.objects.filter(complaint_id__in=differing, blockchain_verified=True).update(blockchain_verified=False)
    if differing:
        logger.error("cache differs from the chain", extra={"complaints": sorted(differing)[:20]})
    return differing


def _target(on: Registry) -> int:
    head = on.node.block("latest")
    if head is None:
        raise ChainUnavailable("the node has no latest block")
    return int(head["number"], 16) - settings.BLOCKCHAIN_CONFIRMATIONS


def _range_read(on: Registry, first: int, last: int) -> tuple[dict[str, Any], list[Link]]:
    """The last block's header and all links of a range, which did not change in between."""
    block = ("eth_getBlockByNumber", [hex(last), False])
    query = {"address": on.address, "fromBlock": hex(first), "toBlock": hex(last)}
    before, logs, after = on.node.batch([block, ("eth_getLogs", [query]), block])
    for answer in (before, logs, after):
        if isinstance(answer, NodeError):
            raise answer
    if before is None or after is None or before["hash"] != after["hash"]:
        raise ChainUnavailable(f"block {last} changed while it was read")
    return after, links_of_logs(logs, address=on.address)
