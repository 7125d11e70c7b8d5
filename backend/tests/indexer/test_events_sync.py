"""Reading events: resumable, idempotent, and back to the common ancestor after a reorg."""

from collections.abc import Callable
from typing import Any

import pytest
from django.forms.models import model_to_dict

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.chain.node import Node
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.services import BACKFILL_BLOCKS, events_sync
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash, ScanCursor, SLATracker
from blockchain.relay.loop import Outcome, Relay
from report import services
from report.models import IssueReport
from tests.anvil import Anvil
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED
from tests.relay.conftest import assert_recorded_once, drain, links_on_chain, relay

__all__ = ["drain", "relay"]

Drain = Callable[[], Outcome]


class Limited(Node):
    """A provider that refuses logs of more than `blocks` blocks."""

    blocks = 1
    refused = 0

    def batch(self, calls: Any) -> list[Any]:
        for method, params in calls:
            if method == "eth_getLogs" and self._length(params) > self.blocks:
                self.refused += 1
                return [NodeError(code=-32602, message="range too large")] * len(calls)
        return super().batch(calls)

    @staticmethod
    def _length(params: list[Any]) -> int:
        return int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1


def cache_contents() -> dict[str, Any]:
    """All that may be rebuilt, without primary keys."""
    reports = IssueReport.objects.order_by("pk")
    return {
        "events": [
            {**model_to_dict(event), "id": None} for event in ChainEvent.objects.order_by("block_number", "log_index")
        ],
        "writes": [model_to_dict(write) for write in BlockchainTransaction.objects.order_by("pk")],
        "sla": [{**model_to_dict(each), "id": None} for each in SLATracker.objects.order_by("report_id")],
        "reports": list(reports.values("blockchain_tx_hash", "blockchain_verified", "sla_escalated")),
        "evidence": list(EvidenceHash.objects.order_by("pk").values("anchored_at")),
        "cursor": list(ScanCursor.objects.values("block_number", "block_hash")),
    }


def test_events_sync__nothing_new__changes_nothing(chain: Chain, drain: Drain, report: IssueReport) -> None:
    drain()
    assert events_sync(on=chain.registry).events == 2
    before = cache_contents()
    assert events_sync(on=chain.registry).events == 0
    assert cache_contents() == before


def test_events_sync__interrupted__goes_on_where_it_ended(
    chain: Chain, drain: Drain, complainant: User, settings: Any
) -> None:
    for _ in range(4):
        services.report_create(user=complainant, **FILED)
        drain()
    settings.BLOCKCHAIN_SCAN_RANGE = 1

    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int) -> None:
        if done == total - 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        events_sync(on=chain.registry, progress=interrupt)
    read = ChainEvent.objects.count()
    assert 0 < read < 8
    assert events_sync(on=chain.registry).events == 8 - read
    for report in IssueReport.objects.all():
        assert_recorded_once(chain, report)


def test_events_sync__provider_limits_the_range__reads_in_smaller_steps(
    chain: Chain, drain: Drain, report: IssueReport
) -> None:
    drain()
    chain.anvil.mine(20)
    limited = Limited(url=chain.anvil.url)
    result = events_sync(on=Registry(deployed=chain.registry.deployment, on=limited))
    assert result.events == 2
    assert limited.refused > 0
    assert ScanCursor.objects.get().block_number == int(chain.anvil.head()["number"], 16)


def test_events_sync__long_backfill__is_read_ahead_and_misses_nothing(
    chain: Chain, drain: Drain, complainant: User, settings: Any
) -> None:
    for _ in range(3):
        services.report_create(user=complainant, **FILED)
        drain()
        chain.anvil.mine(BACKFILL_BLOCKS // 2)
    settings.BLOCKCHAIN_SCAN_RANGE = 7
    limited = Limited(url=chain.anvil.url)
    limited.blocks = 3
    assert events_sync(on=Registry(deployed=chain.registry.deployment, on=limited)).events == 6
    assert limited.refused > 0
    for report in IssueReport.objects.all():
        assert_recorded_once(chain, report)


def test_events_sync__provider_refuses_single_blocks__says_so(chain: Chain, db: None) -> None:
    limited = Limited(url=chain.anvil.url)
    limited.blocks = 0
    chain.anvil.mine()
    with pytest.raises(ChainUnavailable, match="refuses logs of block"):
        events_sync(on=Registry(deployed=chain.registry.deployment, on=limited))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_events_sync__reorg_of_read_blocks__rewinds_and_the_writes_land_again(
    chain: Chain, relay: Relay, drain: Drain, complainant: User, depth: int
) -> None:
    reports = []
    for _ in range(5):
        reports.append(services.report_create(user=complainant, **FILED))
        drain()
        events_sync(on=chain.registry)
    chain.anvil.rpc("anvil_reorg", depth, [])
    assert events_sync(on=chain.registry).rewound >= depth
    assert ChainEvent.objects.count() == 2 * (5 - depth)
    drain()
    for report in reports:
        assert_recorded_once(chain, report)


def test_events_sync__other_history__stops_and_says_so(chain: Chain, drain: Drain, report: IssueReport) -> None:
    drain()
    events_sync(on=chain.registry)
    other = Anvil()
    try:
        other.mine(50)
        elsewhere = Registry(deployed=chain.registry.deployment, on=Node(url=other.url))
        with pytest.raises(WrongChain, match="another history"):
            events_sync(on=elsewhere)
    finally:
        other.stop()


def test_cache_rebuild__after_a_life__gives_the_same_contents(
    chain: Chain, drain: Drain, report: IssueReport, staff: User
) -> None:
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    drain()
    links_on_chain(chain, report)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    drain()
    links_on_chain(chain, report)
    before = cache_contents()
    cache_rebuild(on=chain.registry)
    assert cache_contents() == before


def test_cache_rebuild__tampered_cache__is_as_the_chain_says(chain: Chain, drain: Drain, report: IssueReport) -> None:
    drain()
    links_on_chain(chain, report)
    before = cache_contents()
    ChainEvent.objects.update(timestamp=1, data_hash="0x" + "00" * 32)
    SLATracker.objects.update(level=7, deadline=None)
    BlockchainTransaction.objects.update(block_number=1, gas_used=1, tx_hash="0x" + "00" * 32)
    cache_rebuild(on=chain.registry)
    assert cache_contents() == before


def test_cache_rebuild__chain_lost_what_was_confirmed__it_lands_again_once(
    chain: Chain, drain: Drain, report: IssueReport
) -> None:
    before = chain.anvil.rpc("evm_snapshot")
    drain()
    links_on_chain(chain, report)
    # As a chain that is restored from a backup.
    assert chain.anvil.rpc("evm_revert", before) is True
    chain.anvil.mine()
    cache_rebuild(on=chain.registry)
    drain()
    assert_recorded_once(chain, report)


def test_cache_rebuild__node_down__drops_nothing(chain: Chain, drain: Drain, report: IssueReport) -> None:
    drain()
    links_on_chain(chain, report)
    before = cache_contents()
    with pytest.raises(ChainUnavailable):
        cache_rebuild(on=Registry(deployed=chain.registry.deployment, on=Node(url="http://127.0.0.1:1")))
    assert cache_contents() == before


def test_relay__node_was_reset__refuses_to_write_into_another_history(
    chain: Chain, relay: Relay, report: IssueReport
) -> None:
    other = Anvil()
    try:
        elsewhere = Registry(deployed=chain.registry.deployment, on=Node(url=other.url))
        with pytest.raises(WrongChain, match="history is not the deployment's"):
            Relay(on=elsewhere, by=relay.signer).run_once()
    finally:
        other.stop()
