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

IDS_PER_QUERY = 1_000
# Number of links, and the head after them.
Head = tuple[int, bytes]


def heads_folded(complaint_ids: Iterable[str]) -> dict[str, Head]:
    """Count and head of complaints with a report, as they were folded while their events were read."""
    wanted, heads = list(complaint_ids), {}
    for start in range(0, len(wanted), IDS_PER_QUERY):
        trackers = SLATracker.objects.filter(report__complaint_id__in=wanted[start : start + IDS_PER_QUERY])
        for complaint_id, sequence, head in trackers.values_list("report__complaint_id", "sequence", "head"):
            heads[complaint_id] = sequence, bytes.fromhex(head[2:])
    return heads


def heads_unverified() -> set[str]:
    """Complaints whose events were read, and whose head was not found to agree since."""
    unverified = IssueReport.objects.filter(blockchain_verified=False, sla__isnull=False)
    return set(unverified.values_list("complaint_id", flat=True)[:IDS_PER_QUERY])


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
    if cursor.block_number < on.deployment.block_number:
        return set()  # a new cursor, or one that a reorg sent back: there is no contract to ask yet
    try:
        states = on.complaints(sorted(heads), block={"blockHash": cursor.block_hash})
    except NodeError:
        logger.info("heads not compared", extra={"block": cursor.block_number})
        return set()
    differing = {each for each, state in states.items() if heads[each] != (state.event_count, state.head)}
    _verified_set(heads.keys() - differing, verified=True)
    _verified_set(differing, verified=False)
    if differing:
        logger.error("cache differs from the chain", extra={"complaints": sorted(differing)[:20]})
    return differing


def _verified_set(complaint_ids: Iterable[str], *, verified: bool) -> None:
    wanted = list(complaint_ids)
    for start in range(0, len(wanted), IDS_PER_QUERY):
        reports = IssueReport.objects.filter(complaint_id__in=wanted[start : start + IDS_PER_QUERY])
        reports.filter(blockchain_verified=not verified).update(blockchain_verified=verified)
