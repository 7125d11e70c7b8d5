"""The cache is dropped and read again: the same contents, whatever it said before."""

from collections.abc import Callable
from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node
from blockchain.health.jobs import rebuild_problems
from blockchain.indexer import sync
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.jobs import REBUILD, progress_set
from blockchain.models import ChainEvent, ChainState, Complaint, ScanCursor, Transaction, Write
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import Chain
from tests.indexer.conftest import cache_contents, links_read, mined, mined_as_ours, record, states_of

State = Write.State


@pytest.fixture
def life(chain: Chain, complaint: Complaint) -> Complaint:
    """Some of it in our transactions, some in another one, some mined and not final."""
    record(complaint, EventType.ASSIGNED, EventType.SLA_PAUSED)
    mined_as_ours(chain)
    record(complaint, EventType.SLA_RESUMED, EventType.COMMENTED)
    mined(chain)
    links_read(chain, complaint)
    record(complaint, EventType.RESOLVED, EventType.NOTED)
    mined_as_ours(chain)
    links_read(chain, complaint)
    return complaint


def test_cache_rebuild__after_a_life__gives_the_same_contents(chain: Chain, life: Complaint) -> None:
    before = cache_contents()
    result = cache_rebuild(registry=chain.registry)
    assert (result.events, result.undone, result.differing, result.uncompared) == (7, 0, 0, 0)
    assert cache_contents() == before


TAMPERING: dict[str, Callable[[], object]] = {
    "events": lambda: ChainEvent.objects.update(timestamp=1, data="0x" + "00" * 32),
    "states": lambda: ChainState.objects.update(escalations=7, sla_deadline=0, agrees=True),
    "landing": lambda: Write.objects.update(block_number=1, gas_used=1, tx_hash="0x" + "00" * 32, sequence=77),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_cache_rebuild__tampered_cache__is_as_the_chain_says(chain: Chain, life: Complaint, what: str) -> None:
    before = cache_contents()
    TAMPERING[what]()
    cache_rebuild(registry=chain.registry)
    assert cache_contents() == before


def test_cache_rebuild__mined_and_not_final__is_left_to_the_relay(chain: Chain, complaint: Complaint) -> None:
    mined_as_ours(chain)
    links_read(chain, complaint)
    record(complaint, EventType.COMMENTED)
    mined_as_ours(chain, confirmed=False)
    chain.anvil.rpc("anvil_reorg", 1, [])
    cache_rebuild(registry=chain.registry)
    assert states_of(complaint) == [State.CONFIRMED, State.SENT]


def test_cache_rebuild__chain_lost_what_was_confirmed__it_starts_again(chain: Chain, complaint: Complaint) -> None:
    before = chain.anvil.rpc("evm_snapshot")
    mined_as_ours(chain)
    record(complaint, EventType.COMMENTED)
    mined(chain)
    links_read(chain, complaint)
    # As a chain that is restored from a backup.
    assert chain.anvil.rpc("evm_revert", before) is True
    chain.anvil.mine()
    result = cache_rebuild(registry=chain.registry)
    assert (result.events, result.undone) == (0, 2)
    assert Transaction.objects.get().state == Transaction.State.OPEN
    # The first has bytes that can be sent again; the second was sent by somebody else.
    assert states_of(complaint) == [State.SENT, State.PENDING]


def test_cache_rebuild__interrupted__is_completed_by_the_next(
    chain: Chain, life: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache_contents()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("blockchain.indexer.rebuild.events_sync_up_to", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache_rebuild(registry=chain.registry)
    assert set(states_of(life)) == {State.CONFIRMED}
    assert rebuild_problems()
    assert cache_rebuild(registry=chain.registry).events == 7
    assert cache_contents() == before
    assert rebuild_problems() == []


def test_cache_rebuild__interrupted_between_ranges__drops_nothing_again(
    chain: Chain, life: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache_contents()
    monkeypatch.setattr("blockchain.indexer.scan.FIRST_RANGE", 1)

    def interrupted(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache_rebuild(registry=chain.registry, progress=interrupted)
    reached = ScanCursor.objects.get().block_number
    result = cache_rebuild(registry=chain.registry)
    assert result.blocks == int(chain.anvil.head()["number"], 16) - reached
    assert cache_contents() == before


def test_cache_rebuild__anew__starts_from_the_beginning(chain: Chain, life: Complaint) -> None:
    progress_set(REBUILD, {"step": "events", "final": 0, "last": 0, "undone": 0})
    assert cache_rebuild(registry=chain.registry).events == 0
    progress_set(REBUILD, {"step": "events", "final": 0, "last": 0, "undone": 0})
    assert cache_rebuild(registry=chain.registry, anew=True).events == 7


def test_cache_rebuild__node_down__drops_nothing(chain: Chain, life: Complaint) -> None:
    before = cache_contents()
    with pytest.raises(ChainUnavailable):
        cache_rebuild(registry=Registry(deployed=chain.registry.deployment, on=Node(url="http://127.0.0.1:1")))
    assert cache_contents() == before


def test_cache_rebuild__another_indexer_reads_meanwhile__gives_the_same_contents(
    chain: Chain, life: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache_contents()
    store = sync._range_store

    def overtaken(*args: Any, **kwargs: Any) -> set[str]:
        monkeypatch.setattr(sync, "_range_store", store)
        sync.events_sync(registry=chain.registry)
        return store(*args, **kwargs)

    monkeypatch.setattr(sync, "_range_store", overtaken)
    assert cache_rebuild(registry=chain.registry).undone == 0
    assert cache_contents() == before


def test_events_sync_up_to__block_that_is_not_there__says_so(
    chain: Chain, life: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAUSE", 0)
    with pytest.raises(ChainUnavailable, match="have not been read yet"):
        sync.events_sync_up_to(10_000, registry=chain.registry)
