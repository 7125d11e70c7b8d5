"""The position of the scan, and earlier positions, which lead back to the common ancestor after a reorg."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.chain.guard import chain_check
from blockchain.indexer.undo import blocks_undo
from blockchain.models import ScanCheckpoint, ScanCursor

logger = logging.getLogger("blockchain.indexer")

# The number of remembered blocks. Older ones are thinned out, so a deep reorg rewinds further than necessary.
CHECKPOINTS_KEPT = 512
HEADERS_AT_ONCE = 100


class CursorMoved(Exception):
    """Another indexer moved the cursor first, or there was a reorg; nothing was stored."""


def cursor_get(registry: Registry) -> ScanCursor:
    """The contract's cursor; a new one is at the block before the deployment. Raises `WrongChain`."""
    deployment = registry.deployment
    known = ScanCursor.find(chain_id=deployment.chain_id, address=deployment.address)
    if known is not None:
        return known
    # The other nodes are asked if this one is wrong.
    chain_check(registry)
    number = max(0, deployment.block_number - 1)
    header = registry.node.block(number)
    if header is None:
        raise ChainUnavailable(f"the node has no block {number}")
    cursor, _ = ScanCursor.objects.get_or_create(
        chain_id=deployment.chain_id,
        address=deployment.address,
        defaults={"block_number": number, "block_hash": header["hash"]},
    )
    return cursor


def cursor_advance(cursor: ScanCursor, *, block_number: int, block_hash: str) -> None:
    """Moves the cursor, in a transaction that holds it."""
    ScanCursor.objects.filter(pk=cursor.pk).update(block_number=block_number, block_hash=block_hash)
    ScanCheckpoint.objects.update_or_create(
        cursor=cursor, block_number=cursor.block_number, defaults={"block_hash": cursor.block_hash}
    )
    _thin_out(cursor)
    cursor.block_number, cursor.block_hash = block_number, block_hash


@contextmanager
def cursor_held(cursor: ScanCursor) -> Iterator[None]:
    """A transaction in which no other indexer can store anything. Raises `CursorMoved` if one has done so before."""
    with transaction.atomic():
        now = ScanCursor.objects.select_for_update().filter(pk=cursor.pk).first()
        if now is None or (now.block_number, now.block_hash) != (cursor.block_number, cursor.block_hash):
            raise CursorMoved
        yield


def cursor_rewind_if_reorged(
    cursor: ScanCursor, registry: Registry, *, check: Callable[[], None] = lambda: None
) -> int:
    """Rewinds to the newest block that is still on the chain, and undoes what came after. Returns blocks rewound.

    `check` is called before anything is undone; it may raise.
    """
    header = registry.node.block(cursor.block_number)
    if header is not None and header["hash"] == cursor.block_hash:
        return 0
    ancestor, replaced = _common_ancestor(cursor, registry)
    # If the node lacks this block, but contradicts no block that was read, it merely lags.
    if header is None and not replaced:
        raise ChainUnavailable(f"the node has not seen block {cursor.block_number} yet")
    check()
    rewound = cursor.block_number - ancestor[0]
    with cursor_held(cursor):
        ScanCursor.objects.filter(pk=cursor.pk).update(block_number=ancestor[0], block_hash=ancestor[1])
        ScanCheckpoint.objects.filter(cursor=cursor, block_number__gte=ancestor[0]).delete()
        undone = blocks_undo(after_block=ancestor[0], deployment=registry.deployment)
        cursor.block_number, cursor.block_hash = ancestor
    logger.error("reorg deeper than the confirmations", extra={"blocks": rewound, "writes_undone": undone})
    return rewound


def _common_ancestor(cursor: ScanCursor, registry: Registry) -> tuple[tuple[int, str], bool]:
    """The newest checkpoint that is still on the chain, and whether a later one has another block in its place."""
    checkpoints = list(cursor.checkpoints.values_list("block_number", "block_hash"))
    replaced = False
    for start in range(0, len(checkpoints), HEADERS_AT_ONCE):
        chunk: Sequence[tuple[int, str]] = checkpoints[start : start + HEADERS_AT_ONCE]
        headers = registry.node.batch([("eth_getBlockByNumber", [hex(number), False]) for number, _ in chunk])
        for (number, block_hash), header in zip(chunk, headers, strict=True):
            if isinstance(header, NodeError):
                raise header
            if header is not None and header["hash"] == block_hash:
                return (number, block_hash), replaced
            replaced = replaced or header is not None
    raise WrongChain("the node knows none of the blocks that were read before: it has another history")


def _thin_out(cursor: ScanCursor) -> None:
    """Keeps the newest checkpoints and the oldest one."""
    numbers = cursor.checkpoints.values_list("block_number", flat=True)
    outdated = list(numbers[CHECKPOINTS_KEPT:])
    if len(outdated) > CHECKPOINTS_KEPT:
        cursor.checkpoints.filter(block_number__in=outdated[:-1]).delete()
