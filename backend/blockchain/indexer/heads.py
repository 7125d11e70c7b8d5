"""Does the cache agree with the contract? Its counts and heads against those that the contract keeps."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping

from blockchain.chain.contract import Registry
from blockchain.chain.errors import NodeError
from blockchain.commitments.links import genesis, head_after
from blockchain.models import ChainEvent, ScanCursor, SLATracker
from report.models import IssueReport

logger = logging.getLogger("blockchain.indexer")

# Number of links, and the head after them.
Head = tuple[int, bytes]


def heads_folded(complaint_ids: Iterable[str]) -> dict[str, Head]:
    """Count and head of complaints with a report, as they were folded while their events were read."""
    trackers = SLATracker.objects.filter(report__complaint_id__in=complaint_ids)
    values = trackers.values_list("report__complaint_id", "sequence", "head")
    return {complaint_id: (sequence, bytes.fromhex(head[2:])) for complaint_id, sequence, head in values}


def heads_recomputed(on: Registry, complaint_ids: Iterable[str]) -> dict[str, Head]:
    """Count and head of complaints, from the stored events alone."""
    wanted = list(complaint_ids)
    start = genesis(chain_id=on.deployment.chain_id, address=on.address)
    events: dict[str, list[ChainEvent]] = defaultdict(list)
    for event in ChainEvent.objects.filter(complaint_id__in=wanted).order_by("sequence", "id"):
        events[event.complaint_id].append(event)
    return {each: (len(events[each]), head_after(start=start, links=events[each])) for each in wanted}


def heads_compare(*, on: Registry, cursor: ScanCursor, heads: Mapping[str, Head]) -> set[str]:
    """Compares heads with the contract's at the cursor's block; sets `blockchain_verified` of their reports.

    Returns the complaints that differ. A node that does not keep the state of that block any more has no say.
    """
    try:
        states = on.complaints(sorted(heads), block={"blockHash": cursor.block_hash})
    except NodeError:
        logger.info("heads not compared", extra={"block": cursor.block_number})
        return set()
    differing = {each for each, state in states.items() if heads[each] != (state.event_count, state.head)}
    agreeing = set(heads) - differing
    IssueReport.objects.filter(complaint_id__in=agreeing, blockchain_verified=False).update(blockchain_verified=True)
    IssueReport.objects.filter(complaint_id__in=differing, blockchain_verified=True).update(blockchain_verified=False)
    if differing:
        logger.error("cache differs from the chain", extra={"complaints": sorted(differing)[:20]})
    return differing
