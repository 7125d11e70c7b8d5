"""A relay on the test's chain, and the check that ends every test: on the chain once, in order, heads equal."""

import time
from collections.abc import Callable

import pytest

from blockchain.chain.signers import signer
from blockchain.commitments.links import genesis, head_after
from blockchain.enums import EventType
from blockchain.indexer.services import events_sync
from blockchain.models import BlockchainTransaction, ChainEvent
from blockchain.relay.loop import Outcome, Relay
from report.models import IssueReport
from tests.chain_fixtures import Chain


@pytest.fixture
def relay(chain: Chain, db: None) -> Relay:
    signer.cache_clear()
    return Relay(on=chain.registry, by=signer())


@pytest.fixture
def drain(relay: Relay) -> Callable[[], Outcome]:
    """Runs the relay until there is nothing left that it can do."""
    return lambda: relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)


def links_on_chain(chain: Chain, report: IssueReport) -> list[EventType]:
    """The types of a report's links, after reading them and checking them against the contract's head and count."""
    events_sync(on=chain.registry)
    events = list(ChainEvent.objects.filter(complaint_id=report.complaint_id).order_by("sequence"))
    state = chain.registry.complaints([report.complaint_id])[report.complaint_id]
    start = genesis(chain_id=chain.registry.deployment.chain_id, address=chain.address)
    assert [event.sequence for event in events] == list(range(1, state.event_count + 1))
    assert head_after(start=start, links=events) == state.head
    return [EventType(event.event_type) for event in events]


def assert_recorded_once(chain: Chain, report: IssueReport) -> None:
    """Every write of the report is one final link, in the order in which it was enqueued."""
    links = links_on_chain(chain, report)
    writes = list(BlockchainTransaction.objects.filter(report=report).order_by("order"))
    assert {write.state for write in writes} == {BlockchainTransaction.State.CONFIRMED}
    sequences = [write.sequence for write in writes if write.event_type != EventType.ESCALATED]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) == len(sequences)
    own = [link for link in links if link != EventType.ESCALATED]
    assert len(own) == len(sequences)
