"""The check that ends every fault test: nothing lost, doubled or out of order, and a cache that is true."""

from collections import Counter
from itertools import zip_longest
from typing import Any

from blockchain.chain.logs import links_of_logs
from blockchain.commitments.links import Link, genesis, head_after
from blockchain.enums import EventType
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.services import events_sync
from blockchain.models import BlockchainTransaction, ChainEvent
from blockchain.relay.landing import COMMITTED_EVENT_TYPES
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.indexer.test_events_sync import cache_contents

State = BlockchainTransaction.State


def links_by_complaint(chain: Chain) -> dict[str, list[Link]]:
    """All links on the chain, read past the indexer, in their order."""
    query = {"address": chain.address, "fromBlock": hex(chain.registry.deployment.block_number), "toBlock": "latest"}
    links: dict[str, list[Link]] = {}
    for link in links_of_logs(chain.anvil.rpc("eth_getLogs", query), address=chain.address):
        links.setdefault(link.complaint_id, []).append(link)
    return links


def assert_on_chain_once(chain: Chain) -> None:
    """Every write of every report is on the chain exactly once and in order; the contract's heads say so too."""
    links = links_by_complaint(chain)
    reports = list(IssueReport.objects.all())
    states = chain.registry.complaints([report.complaint_id for report in reports])
    start = genesis(chain_id=chain.registry.deployment.chain_id, address=chain.address)
    for report in reports:
        own, state = links.get(report.complaint_id, []), states[report.complaint_id]
        assert [link.sequence for link in own] == list(range(1, state.event_count + 1))
        assert head_after(start=start, links=own) == state.head
        writes = list(
            BlockchainTransaction.objects.filter(report=report).exclude(state=State.SUPERSEDED).order_by("order")
        )
        wanted = [_wanted(write) for write in writes if write.event_type != EventType.ESCALATED]
        found = [_found(link) for link in own if link.event_type != EventType.ESCALATED]
        assert found == wanted, f"{report}: lost, doubled or out of order"
        escalations = Counter(
            link.arguments["missed_deadline"] for link in own if link.event_type == EventType.ESCALATED
        )
        assert set(escalations.values()) <= {1}
        assert {write.missed_deadline for write in writes if write.event_type == EventType.ESCALATED} <= set(
            escalations
        )


def assert_everything_recorded_once(chain: Chain) -> None:
    """As `assert_on_chain_once`; and the database knows it, and says the same after a rebuild of the cache."""
    assert_on_chain_once(chain)
    events_sync(on=chain.registry)
    writes = BlockchainTransaction.objects.exclude(state=State.SUPERSEDED)
    unconfirmed = [(str(write), write.error_detail) for write in writes.exclude(state=State.CONFIRMED)]
    assert unconfirmed == []
    assert IssueReport.objects.filter(blockchain_verified=False).count() == 0
    known = {(event.complaint_id, event.sequence, event.data_hash) for event in ChainEvent.objects.all()}
    on_chain = [link for links in links_by_complaint(chain).values() for link in links]
    assert known == {(link.complaint_id, link.sequence, link.data_hash) for link in on_chain}
    assert ChainEvent.objects.count() == len(on_chain)
    before = cache_contents()
    cache_rebuild(on=chain.registry)
    after = cache_contents()
    differing = {key: _differing(before[key], after[key]) for key in before if before[key] != after[key]}
    assert not differing, differing


def _differing(before: list[Any], after: list[Any]) -> list[Any]:
    """The first rows that differ, by what differs in them; for the message."""
    pairs = [(one or {}, other or {}) for one, other in zip_longest(before, after) if one != other]
    return [
        {key: (one.get(key), other.get(key)) for key in one | other if one.get(key) != other.get(key)}
        for one, other in pairs[:3]
    ]


def _wanted(write: BlockchainTransaction) -> tuple[int, str]:
    return write.event_type, write.data_hash if write.event_type in COMMITTED_EVENT_TYPES else ""


def _found(link: Link) -> tuple[int, str]:
    return int(link.event_type), link.data_hash if link.event_type in COMMITTED_EVENT_TYPES else ""
