"""Looks before a write is packed: is it on the chain already, by a transaction that we gave up or never heard of?

A sequence protects from doubling only if all links before it are known. So no write is packed while the contract counts
links that were neither read nor mined by us and among which it may be.
"""

import logging
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, Max

from blockchain.chain.contract import ComplaintState, Registry
from blockchain.chain.errors import NodeError
from blockchain.chain.logs import links_of_logs
from blockchain.commitments.links import Link
from blockchain.models import BlockchainTransaction, ChainEvent, RelayLease, ScanCursor
from blockchain.relay.landing import landing_apply, link_is_write

logger = logging.getLogger("blockchain.relay")

State = BlockchainTransaction.State
# Complaints in one filter of eth_getLogs.
COMPLAINTS_PER_FILTER = 50


def writes_not_landed(
    *, registry: Registry, writes: Sequence[BlockchainTransaction], states: dict[str, ComplaintState]
) -> list[BlockchainTransaction]:
    """`writes` without the complaints of which one is on the chain already, or of which not all links can be read.

    The indexer confirms what has landed as soon as that is final; then the rest moves on.
    """
    writes = _without_read(writes)
    read = _read_up_to(_complaints(writes))
    unread = sorted(each for each, count in read.items() if states[each].event_count > count)
    if not unread:
        return list(writes)
    links = _links(registry, unread)
    own_actors = set(RelayLease.objects.values_list("signer", flat=True))
    held = set()
    for complaint_id in unread:
        found = [link for link in links if link.complaint_id == complaint_id and link.sequence > read[complaint_id]]
        expected = range(read[complaint_id] + 1, states[complaint_id].event_count + 1)
        if not set(expected) <= {link.sequence for link in found}:
            logger.info("links are missing", extra={"complaint": complaint_id})
            held.add(complaint_id)
            continue
        ours = [link for link in found if link.actor in own_actors]
        own = [write for write in writes if write.report.complaint_id == complaint_id]
        if any(link_is_write(link, write) for link in ours for write in own):
            logger.warning("a write has landed already", extra={"complaint": complaint_id})
            held.add(complaint_id)
    return [write for write in writes if write.report.complaint_id not in held]


def _without_read(writes: Sequence[BlockchainTransaction]) -> list[BlockchainTransaction]:
    """`writes` without those that were signed before and of which the indexer has read the link: these have landed."""
    again = {write.data_hash: write.pk for write in writes if write.attempts and write.data_hash}
    events = list(ChainEvent.objects.filter(data_hash__in=again, complaint_id__in=_complaints(writes))) if again else []
    if not events:
        return list(writes)
    logger.warning("writes have landed already", extra={"writes": sorted(again[event.data_hash] for event in events)})
    with transaction.atomic():
        landing_apply(links=events, final=True)
    landed = {(event.complaint_id, event.data_hash) for event in events}
    return [write for write in writes if (write.report.complaint_id, write.data_hash) not in landed]


def _complaints(writes: Iterable[BlockchainTransaction]) -> set[str]:
    return {write.report.complaint_id for write in writes}


def _read_up_to(complaint_ids: Iterable[str]) -> dict[str, int]:
    """Up to which sequence every link of a complaint is known: read by the indexer, or mined by us."""
    known = dict.fromkeys(complaint_ids, 0)
    events = ChainEvent.objects.filter(complaint_id__in=known).order_by().values("complaint_id")
    for row in events.annotate(number=Count("sequence", distinct=True), last=Max("sequence")):
        # With a gap, nothing is known.
        known[row["complaint_id"]] = row["last"] if row["number"] == row["last"] else 0
    landed = BlockchainTransaction.objects.filter(
        report__complaint_id__in=known, state__in=(State.MINED, State.CONFIRMED), sequence__isnull=False
    )
    for complaint_id, sequence in landed.order_by("sequence").values_list("report__complaint_id", "sequence"):
        if sequence == known[complaint_id] + 1:
            known[complaint_id] = sequence
    return known


def _links(registry: Registry, complaint_ids: Sequence[str]) -> list[Link]:
    """The links of complaints in the blocks that the indexer has not read."""
    cursor = ScanCursor.objects.filter(
        chain_id=registry.deployment.chain_id, address=registry.deployment.address
    ).first()
    first = registry.deployment.block_number if cursor is None else cursor.block_number + 1
    links: list[Link] = []
    for start in range(0, len(complaint_ids), COMPLAINTS_PER_FILTER):
        query = {
            "address": registry.address,
            "fromBlock": hex(first),
            "toBlock": "latest",
            "topics": [None, list(complaint_ids[start : start + COMPLAINTS_PER_FILTER])],
        }
        try:
            links += links_of_logs(registry.node.request("eth_getLogs", query), address=registry.address)
        except NodeError as error:
            # Too many blocks for it: the indexer reads them in smaller ranges.
            logger.info("links can't be read", extra={"error": str(error)})
    return links
