"""The node: down, lossy, overloaded, lying, lagging, replaced by another."""

from collections.abc import Callable

import pytest
from django.db.models import Sum

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, WrongChain
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, ChainEvent, RelayLease, ScanCursor, Transaction, Write
from blockchain.relay.loop import Outcome, Relay
from report import services
from report.models import IssueReport
from tests.anvil import Anvil
from tests.chain_fixtures import Chain, compiled_registry, deploy
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Recovery, drain
from tests.faults.rpc_proxy import Fault, RpcProxy

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
# One of each kind is quick to try; the others are much the same.
QUICK = {Fault.REPLY_DROPPED, Fault.TRUNCATED, Fault.STATUS_429, Fault.STATUS_502, Fault.NO_IDS, Fault.NULL}
FAULTS = [
    pytest.param(fault, id=fault.name.lower(), marks=[] if fault in QUICK else [pytest.mark.faults]) for fault in Fault
]
# What the relay asks on its way from a pending write to a confirmed one.
METHODS = [
    "eth_chainId",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_call",
    "eth_estimateGas",
    "eth_getTransactionCount",
    "eth_feeHistory",
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_run__every_request_fails_once__lands_once(
    chain: Chain,
    proxy: RpcProxy,
    proxied_relay: Relay,
    recover: Recovery,
    file_reports: FileReports,
    fault: Fault,
) -> None:
    file_reports(2)
    for method in METHODS:
        proxy.fail(fault, method)
    outcomes = set()
    for _ in range(60):
        outcomes.add(proxied_relay.run_once())
        if not Write.objects.exclude(state=State.CONFIRMED).exists():
            break
    assert outcomes & {Outcome.UNAVAILABLE, Outcome.BLOCKED}
    recover()
    # A node that refuses an estimate is asked for a smaller batch; none is signed twice.
    assert Transaction.objects.aggregate(entries=Sum("entries"))["entries"] == 2
    assert Attempt.objects.count() == Transaction.objects.count()
    assert RelayLease.objects.get().blocked_reason == ""
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("fault", FAULTS)
def test_events_sync__every_request_fails_once__nothing_is_missed(
    chain: Chain,
    proxy: RpcProxy,
    through_proxy: Registry,
    recover: Recovery,
    file_reports: FileReports,
    fault: Fault,
) -> None:
    file_reports(2)
    recover.drain()
    for method in ("eth_getBlockByNumber", "eth_getLogs", "eth_call"):
        proxy.fail(fault, method)
    for _ in range(6):
        try:
            events_sync(registry=through_proxy)
        except ChainUnavailable:
            continue
    recover()
    assert_everything_recorded_once(chain)


def test_run__answer_to_the_transaction_is_lost__looks_before_it_sends_again(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(3)
    proxy.fail(Fault.REPLY_DROPPED, "eth_sendRawTransaction")
    assert proxied_relay.run_once() is Outcome.UNAVAILABLE
    assert Attempt.objects.get().sent_at is None
    drain(proxied_relay)
    assert proxy.seen.count("eth_sendRawTransaction") == 1
    recover()
    assert_everything_recorded_once(chain)


def test_run__node_hangs__says_so_on_the_health_page_and_comes_back(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(1)
    hanging = proxy.fail(Fault.BLACK_HOLE, times=None)
    assert proxied_relay.run_once() is Outcome.UNAVAILABLE
    assert hanging.hits == 1
    assert "does not answer" in RelayLease.objects.get().blocked_reason
    proxy.heal()
    assert drain(proxied_relay) is Outcome.IDLE
    assert RelayLease.objects.get().blocked_reason == ""
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize(
    ("behind", "period"),
    [(1, 3), *(pytest.param(*case, marks=pytest.mark.faults) for case in [(1, 2), (3, 2), (3, 3)])],
)
def test_run__some_answers_come_from_a_node_that_lags__lands_once(
    chain: Chain,
    proxy: RpcProxy,
    proxied_relay: Relay,
    through_proxy: Registry,
    recover: Recovery,
    file_reports: FileReports,
    staff: User,
    behind: int,
    period: int,
) -> None:
    chain.anvil.mine(5)
    reports = file_reports(2)
    proxy.lag = lambda number: behind if number % period == 0 else 0
    for text in ("one", "two", "three"):
        for report in reports:
            services.comment_create(report_id=report.pk, author=staff, text=text)
        for _ in range(12):
            proxied_relay.run_once()
            try:
                events_sync(registry=through_proxy)
            except ChainUnavailable:
                continue
        chain.anvil.mine()
    proxy.heal()
    recover()
    assert_everything_recorded_once(chain)


def test_events_sync__node_lags_behind_the_cursor__takes_nothing_back(
    chain: Chain, proxy: RpcProxy, through_proxy: Registry, recover: Recovery, file_reports: FileReports
) -> None:
    for _ in range(4):
        file_reports(1)
        recover()
    cursor = ScanCursor.objects.get().block_number
    proxy.lag = lambda number: 3
    with pytest.raises(ChainUnavailable, match="has not seen block"):
        events_sync(registry=through_proxy)
    assert ScanCursor.objects.get().block_number == cursor
    assert ChainEvent.objects.count() == 4
    assert {write.state for write in Write.objects.all()} == {State.CONFIRMED}
    assert_everything_recorded_once(chain)


def test_run__receipts_come_from_a_node_that_lags__nothing_is_taken_for_a_reorg(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 5
    chain.anvil.mine(5)
    file_reports(1)
    drain(proxied_relay)
    assert Transaction.objects.get().state == "mined"
    proxy.lag = lambda number: 2
    proxied_relay.run_once()
    assert Transaction.objects.get().state == "mined"
    proxy.heal()
    chain.anvil.mine(5)
    recover()
    assert_everything_recorded_once(chain)


def other_history(chain: Chain, *, timestamp: str | None = None) -> Anvil:
    """Another chain with the same chain id, the same contract at the same address, and a history of its own."""
    other = Anvil(*(["--timestamp", timestamp] if timestamp else []))
    assert deploy(other, compiled_registry(), chain.artifact_path.with_name("other.json")) == chain.address
    return other


def test_run__node_was_reset_behind_a_proxy__stops_and_says_so(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports
) -> None:
    drain(proxied_relay)
    other = other_history(chain)
    try:
        file_reports(2)
        # No connection breaks: the relay must find out by itself.
        proxy.upstream = other.url
        with pytest.raises(WrongChain, match="history is not the deployment's"):
            proxied_relay.run_until_idle(rounds=20)
        assert int(other.rpc("eth_getTransactionCount", chain.relay_account, "latest"), 16) == 0
        assert other.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    finally:
        other.stop()
    recover()
    assert_everything_recorded_once(chain)


def test_run__node_was_reset_with_transactions_under_way__nothing_is_sent_to_it(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 4
    file_reports(2)
    drain(proxied_relay)
    assert Transaction.objects.get().state == "mined"
    other = other_history(chain)
    other.mine(20)
    try:
        proxy.upstream = other.url
        proxy.seen.clear()
        with pytest.raises(WrongChain):
            proxied_relay.run_until_idle(rounds=20)
        assert "eth_sendRawTransaction" not in proxy.seen
        assert other.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}
        assert Transaction.objects.get().state == "mined"
    finally:
        other.stop()
    chain.anvil.mine(4)
    recover()
    chain.anvil.mine(4)
    recover()
    assert_everything_recorded_once(chain)


def test_run__node_comes_back_with_another_chain_id__stops_and_says_so(
    chain: Chain, proxy: RpcProxy, proxied_relay: Relay, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(1)
    other = Anvil("--chain-id", "5")
    try:
        proxy.fail(Fault.NOT_FORWARDED)
        assert proxied_relay.run_once() is Outcome.UNAVAILABLE
        proxy.upstream = other.url
        with pytest.raises(WrongChain, match="the node is on chain 5, the deployment on chain 31337"):
            proxied_relay.run_once()
    finally:
        other.stop()
    assert {write.state for write in Write.objects.all()} == {State.PENDING}
    recover()
    assert_everything_recorded_once(chain)


def test_events_sync__first_look_at_the_wrong_chain__leaves_no_cursor(
    chain: Chain, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(1)
    other = Anvil()
    try:
        elsewhere = Registry(deployed=chain.registry.deployment, on=Node(url=other.url))
        with pytest.raises(WrongChain):
            events_sync(registry=elsewhere)
    finally:
        other.stop()
    assert not ScanCursor.objects.exists()
    recover()
    assert_everything_recorded_once(chain)


def test_run__node_down_at_start__waits_and_goes_on(chain: Chain, recover: Recovery, file_reports: FileReports) -> None:
    file_reports(1)
    nobody = Relay(
        registry=Registry(deployed=chain.registry.deployment, on=Node(url="http://127.0.0.1:9")), signer=signer()
    )
    assert nobody.run_once() is Outcome.UNAVAILABLE
    nobody.release()
    recover()
    assert_everything_recorded_once(chain)
