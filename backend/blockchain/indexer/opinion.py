"""Asks a second node about what is stored as final: the hash of the block, and which logs the blocks up to it have.

Nothing is stored on which two nodes differ. Where no second node can say anything, what is stored is remembered as
unconfirmed, and asked about again once one can. With one node, nothing is asked.
"""

import logging
from typing import Any, NamedTuple

from blockchain.alarms import alarm_begin, alarm_end
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.indexer.cursor import cursor_held
from blockchain.indexer.scan import Range, Scanner
from blockchain.models import ChainEvent, RoleChange, ScanCursor
from blockchain.protocol.links import Link
from blockchain.protocol.roles import RoleEvent

logger = logging.getLogger("blockchain.indexer")

# Stands while two nodes differ.
NODES_DIFFER = "indexer: nodes differ"


class NodesDiffer(ChainUnavailable):
    """Two nodes say different things about blocks that are final for both. Nobody knows which of them is right."""


class Seen(NamedTuple):
    """What a node says of some blocks: the hash of the last one, and all logs, without their places, which some nodes
    count in each transaction."""

    block_hash: str
    logs: list[tuple[Any, ...]]


def opinion_check(found: Range, *, first: int, registry: Registry) -> bool:
    """Whether another node agrees about the blocks from `first` on. False: none could say.

    Raises `NodesDiffer`.
    """
    for other in registry.others():
        theirs = _seen(other, first, found.number, block_hash=found.block_hash)
        if theirs is None:
            continue
        _require_same(_seen_of(found), theirs, first, found.number, registry, other)
        return True
    return False


def replaced_check(cursor: ScanCursor, *, registry: Registry) -> None:
    """Raises `NodesDiffer` if another node still has the block that this one says was replaced."""
    for other in registry.others():
        try:
            header = other.node.block(cursor.block_number)
        except ChainError:
            continue
        if header is not None and header["hash"] == cursor.block_hash:
            number = cursor.block_number
            _differ(f"{registry.node.name} says that block {number} was replaced, {other.node.name} has it")


def unconfirmed_check(cursor: ScanCursor, *, registry: Registry) -> int:
    """Asks about all stored blocks that one node alone has told of. Returns the number of those that are left.

    Raises `NodesDiffer`, or `CursorMoved`.
    """
    first, last = cursor.unconfirmed_from, cursor.block_number
    if first is None or len(registry.nodes) < 2:
        # Also after nodes were taken out of the settings: then nobody is left to ask.
        return 0
    if first > last:
        # A reorg took them back.
        _confirmed(cursor)
        return 0
    for other in registry.others():
        theirs = _seen(other, first, last, block_hash=cursor.block_hash)
        if theirs is None:
            continue
        stored = Seen(cursor.block_hash, _stored(first, last))
        _require_same(stored, theirs, first, last, registry, other)
        _confirmed(cursor)
        return 0
    return last - first + 1


def _confirmed(cursor: ScanCursor) -> None:
    with cursor_held(cursor):
        ScanCursor.objects.filter(pk=cursor.pk).update(unconfirmed_from=None)
    cursor.unconfirmed_from = None


def _seen(other: Registry, first: int, last: int, *, block_hash: str) -> Seen | None:
    """None if that node does not answer, or does not have these blocks (yet). Of another last block, no logs."""
    logs: list[tuple[Any, ...]] = []
    try:
        header = other.node.block(last)
        if header is None:
            raise ChainUnavailable(f"the node has no block {last} yet")
        if header["hash"] != block_hash:
            return Seen(header["hash"], [])
        for found in Scanner(other).read(first, last):
            logs += _logs(found)
            block_hash = found.block_hash
    except ChainError as error:
        other.node.standing.fault()
        logger.info("no second opinion", extra={"node": other.node.name, "error": str(error)})
        return None
    return Seen(block_hash, sorted(logs))


def _seen_of(found: Range) -> Seen:
    return Seen(found.block_hash, sorted(_logs(found)))


def _logs(found: Range) -> list[tuple[Any, ...]]:
    return [tuple(log)[:-1] for log in (*found.links, *found.roles)]


def _stored(first: int, last: int) -> list[tuple[Any, ...]]:
    blocks = {"block_number__gte": first, "block_number__lte": last}
    links = ChainEvent.objects.filter(**blocks).values_list(*Link._fields[:-1])
    roles = RoleChange.objects.filter(**blocks).values_list(*RoleEvent._fields[:-1])
    return sorted([*links, *roles])


def _require_same(ours: Seen, theirs: Seen, first: int, last: int, registry: Registry, other: Registry) -> None:
    blocks = f"blocks {first} to {last}"
    names = registry.node.name, other.node.name
    if ours.block_hash != theirs.block_hash:
        _differ(f"{names[0]} and {names[1]} have different blocks {last}")
    if ours.logs != theirs.logs:
        _differ(
            f"{names[0]} and {names[1]} have different logs in {blocks}: {len(ours.logs)} and {len(theirs.logs)}, of "
            f"which {len(set(ours.logs) & set(theirs.logs))} are the same"
        )
    if alarm_end(NODES_DIFFER) is not None:
        logger.warning("nodes agree again", extra={"to_block": last})


def _differ(problem: str) -> None:
    if alarm_begin(NODES_DIFFER, problem=problem):
        logger.error("nodes differ", extra={"problem": problem})
    raise NodesDiffer(problem)
