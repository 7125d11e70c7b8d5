"""Does the cache agree with the contract? Heads recomputed from the events against those that the contract keeps."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from blockchain.chain.contract import Registry
from blockchain.chain.errors import NodeError
from blockchain.commitments.links import genesis, head_after
from blockchain.models import ChainEvent, ScanCursor
from report.models import IssueReport

logger = logging.getLogger("blockchain.indexer")


def heads_verify(*, on: Registry, cursor: ScanCursor, complaint_ids: Iterable[str]) -> set[str]:
    """Compares count and head of each complaint at the cursor's block; sets `blockchain_verified` of their reports.

    Returns the complaints that differ. A node that does not keep the state of that block any more has no say.
    """
    wanted = sorted(complaint_ids)
    start = genesis(chain_id=on.deployment.chain_id, address=on.address)
    try:
        states = on.complaints(wanted, block={"blockHash": cursor.block_hash})
    except NodeError:
        logger.info("heads not verified", extra={"block": cursor.block_number})
        return set()
    events: dict[str, list[ChainEvent]] = defaultdict(list)
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
