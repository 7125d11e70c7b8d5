"""Checks whether the cache agrees with the contract, by comparing counts and heads."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from blockchain.alarms import alarm_begin, alarm_end
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError
from blockchain.indexer.cursor import cursor_held
from blockchain.indexer.states import chunks
from blockchain.models import ChainState, ScanCursor, Write
from blockchain.protocol.hashing import unhex

logger = logging.getLogger("blockchain.indexer")

NOT_COMPARED = "indexer: heads not compared"
UNCOMPARED_AT_ONCE = 1_000
# Number of links, and the head after them.
Head = tuple[int, bytes]


@dataclass(kw_only=True)
class Comparison:
    """The result. A complaint without an answer of the node counts neither as agreeing nor as differing."""

    agreeing: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    uncompared: set[str] = field(default_factory=set)

    def __ior__(self, other: "Comparison") -> "Comparison":
        self.agreeing |= other.agreeing
        self.differing |= other.differing
        self.uncompared |= other.uncompared
        return self


def heads_folded(complaint_ids: Iterable[str]) -> dict[str, Head]:
    """Count and head of complaints, as computed while their events were read; 0 and no head if none was."""
    complaint_ids = set(complaint_ids)
    heads: dict[str, Head] = dict.fromkeys(complaint_ids, (0, b""))
    for some in chunks(complaint_ids):
        rows = ChainState.objects.filter(complaint_id__in=some).values_list("complaint_id", "event_count", "head")
        heads.update({str(complaint_id): (event_count, unhex(head)) for complaint_id, event_count, head in rows})
    return heads


def heads_uncompared() -> set[str]:
    """Complaints whose head was not found to agree since it was folded; some, if they are many."""
    uncompared = ChainState.objects.filter(agrees=False).values_list("complaint_id", flat=True)
    return set(map(str, uncompared[:UNCOMPARED_AT_ONCE]))


def heads_uncompared_count() -> int:
    """The number of complaints whose head was not found to agree since it was folded."""
    return ChainState.objects.filter(agrees=False).count()


def links_withheld(*, up_to_block: int) -> set[str]:
    """Complaints with a write that landed by its receipt, up to the block that was read, and without its link; some, if
    they are many. The node may have answered that there are no logs.
    """
    landed = Write.objects.filter(state=Write.State.MINED, block_number__lte=up_to_block)
    return set(landed.values_list("complaint__complaint_id", flat=True)[:UNCOMPARED_AT_ONCE])


def heads_compare(*, registry: Registry, cursor: ScanCursor, heads: Mapping[str, Head]) -> Comparison:
    """Compares heads with the contract's at the cursor's block, and stores the outcome in `ChainState.agrees`.

    Raises `CursorMoved` if meanwhile the heads are no longer those at the cursor.
    """
    result = Comparison()
    if not heads:
        return result
    if cursor.block_number < registry.deployment.block_number:
        # A new cursor, or one that a reorg sent back: there is no contract to ask yet, and no link that it could have.
        empty = {complaint_id for complaint_id, (count, _) in heads.items() if count == 0}
        return Comparison(agreeing=empty, uncompared=heads.keys() - empty)
    try:
        states = registry.complaints(sorted(heads), block={"blockHash": cursor.block_hash})
    except ChainError as error:
        if alarm_begin(NOT_COMPARED, problem=str(error)):
            logger.error(
                "heads not compared",
                extra={"block": cursor.block_number, "complaints": len(heads), "error": str(error)},
            )
        result.uncompared = set(heads)
    else:
        if alarm_end(NOT_COMPARED) is not None:
            logger.warning("heads compared again", extra={"block": cursor.block_number})
        for complaint_id, state in states.items():
            agrees = heads[complaint_id] == (state.event_count, state.head)
            (result.agreeing if agrees else result.differing).add(complaint_id)
    with cursor_held(cursor):
        _agrees_set(result.agreeing, agrees=True)
        _agrees_set(result.differing, agrees=False)
    if result.differing:
        logger.error("cache differs from the chain", extra={"complaints": sorted(result.differing)[:20]})
    return result


def _agrees_set(complaint_ids: Iterable[str], *, agrees: bool) -> None:
    for some in chunks(complaint_ids):
        ChainState.objects.filter(complaint_id__in=some, agrees=not agrees).update(agrees=agrees)
