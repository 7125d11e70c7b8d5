"""From the outbox to the chain, on a real one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.errors import NodeError
from blockchain.chain.node import Node
from blockchain.chain.signers.local import LocalSigner
from blockchain.enums import EventType
from blockchain.indexer.services import events_sync
from blockchain.models import BlockchainTransaction, SignedTransaction, SLATracker
from blockchain.relay.loop import Outcome, Relay
from blockchain.sla.services import sla_check
from report import services
from report.models import IssueReport
from tests.chain_fixtures import ESCALATION_INTERVAL, Chain
from tests.fixtures.reports import FILED
from tests.relay.conftest import assert_recorded_once, links_on_chain

Drain = Callable[[], Outcome]
State = BlockchainTransaction.State


def test_run__new_report__created_and_deadline_land_in_one_transaction(
    chain: Chain, drain: Drain, report: IssueReport
) -> None:
    assert drain() is Outcome.IDLE
    assert links_on_chain(chain, report) == [EventType.CREATED, EventType.SLA_DEADLINE_SET]
    assert_recorded_once(chain, report)
    attempt = SignedTransaction.objects.get()
    gas = sum(write.gas_used for write in report.writes.all())
    assert gas == attempt.gas_used
    report.refresh_from_db()
    assert report.blockchain_verified
    assert report.blockchain_tx_hash == attempt.tx_hash


def test_run__events_are_read_before_the_receipt__gas_is_shared_all_the_same(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport
) -> None:
    relay.run_once()
    events_sync(on=chain.registry)
    assert {write.state for write in report.writes.all()} == {State.CONFIRMED}
    drain()
    assert sum(write.gas_used for write in report.writes.all()) == SignedTransaction.objects.get().gas_used


def test_run__whole_life__every_link_in_order(
    chain: Chain, drain: Drain, report: IssueReport, complainant: User, staff: User
) -> None:
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff, priority="high")
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    drain()
    services.comment_create(report_id=report.pk, author=complainant, text="Any news?")
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    services.report_update(report_id=report.pk, by=staff, status="closed")
    drain()
    assert links_on_chain(chain, report) == [
        EventType.CREATED,
        EventType.SLA_DEADLINE_SET,
        EventType.STATUS_UPDATED,
        EventType.ASSIGNED,
        EventType.SLA_DEADLINE_SET,
        EventType.STATUS_UPDATED,
        EventType.COMMENTED,
        EventType.SLA_PAUSED,
        EventType.SLA_RESUMED,
        EventType.RESOLVED,
        EventType.REOPENED,
        EventType.CLOSED,
    ]
    assert_recorded_once(chain, report)


def test_run__many_reports__travel_together(chain: Chain, drain: Drain, complainant: User) -> None:
    reports = [services.report_create(user=complainant, **FILED) for _ in range(40)]
    drain()
    assert SignedTransaction.objects.count() == 1
    for report in reports:
        assert_recorded_once(chain, report)


def test_run__node_down_then_back__writes_arrive_once_in_order(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = Registry(deployed=chain.registry.deployment, on=Node(url=chain.anvil.url, timeout=0.2))
    chain.anvil.pause()
    try:
        monkeypatch.setattr(relay, "registry", impatient)
        assert relay.run_once() is Outcome.UNAVAILABLE
        monkeypatch.undo()
        services.report_update(report_id=report.pk, by=staff, status="in_progress")
    finally:
        chain.anvil.resume()
    drain()
    assert_recorded_once(chain, report)


def test_run__killed_after_signing__same_bytes_are_sent(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(**_: object) -> bool:
        raise Killed

    monkeypatch.setattr("blockchain.relay.loop.attempt_send", killed)
    with pytest.raises(Killed):
        relay.run_once()
    stored = SignedTransaction.objects.get()
    assert stored.state == SignedTransaction.State.SIGNED
    monkeypatch.undo()
    drain()
    assert SignedTransaction.objects.get().tx_hash == stored.tx_hash
    assert_recorded_once(chain, report)


def test_run__killed_after_sending__nothing_is_sent_twice(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport
) -> None:
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        SignedTransaction.objects.update(state="signed", sent_at=None)
        BlockchainTransaction.objects.update(state="signed")
        assert relay.run_once() is Outcome.WAITING
        chain.anvil.mine()
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    drain()
    assert SignedTransaction.objects.count() == 1
    assert_recorded_once(chain, report)


def test_run__other_relay_holds_the_key__stands_by(chain: Chain, relay: Relay, report: IssueReport) -> None:
    other = Relay(on=relay.registry, by=relay.signer)
    assert other.run_once() is Outcome.WORKED
    assert relay.run_once() is Outcome.STANDBY
    other.release()
    assert relay.run_once() is not Outcome.STANDBY


def test_run__reorg_drops_the_transaction__lands_again_once(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport, settings: object
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    drain()
    assert {write.state for write in report.writes.all()} == {State.MINED}
    chain.anvil.rpc("anvil_reorg", 1, [])
    relay.run_once()
    assert {write.state for write in report.writes.all()} <= {State.SENT, State.MINED}
    drain()
    chain.anvil.mine(3)
    drain()
    assert_recorded_once(chain, report)


def test_run__stuck_below_the_base_fee__fees_are_raised_at_the_same_nonce(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport, settings: object
) -> None:
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        settings.BLOCKCHAIN_BUMP_AFTER = 0
        relay.run_once()
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
        chain.anvil.mine()
    drain()
    first, second = SignedTransaction.objects.order_by("attempt")
    assert (first.nonce, first.state) == (second.nonce, "replaced")
    assert second.state == "confirmed"
    assert second.max_fee_per_gas * 100 >= first.max_fee_per_gas * 110
    assert second.max_priority_fee_per_gas * 100 >= first.max_priority_fee_per_gas * 110
    assert_recorded_once(chain, report)


def test_run__nonce_used_by_somebody_else__writes_land_at_the_next_nonce(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport
) -> None:
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        ours = SignedTransaction.objects.get()
        chain.anvil.rpc("anvil_dropTransaction", ours.tx_hash)
        same_key = {"from": chain.relay_account, "to": chain.stranger, "value": "0x1", "nonce": hex(ours.nonce)}
        chain.anvil.rpc("eth_sendTransaction", same_key)
        chain.anvil.mine()
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    drain()
    ours.refresh_from_db()
    assert ours.state == "replaced"
    assert_recorded_once(chain, report)


def test_run__poisoned_write__fails_alone(chain: Chain, drain: Drain, complainant: User, staff: User) -> None:
    poisoned, healthy = (services.report_create(user=complainant, **FILED) for _ in range(2))
    drain()
    # Somebody with the role closed the complaint behind the backend's back.
    chain.write("logComplaintEvent", bytes.fromhex(poisoned.complaint_id[2:]), EventType.CLOSED, b"\1" * 32, 3)
    for report in (poisoned, healthy):
        services.report_update(report_id=report.pk, by=staff, status="in_progress")
    services.report_update(report_id=poisoned.pk, by=staff, status="resolved")
    drain()
    failed, held_back = poisoned.writes.order_by("order")[2:]
    assert (failed.state, failed.error_code) == (State.FAILED, "InvalidTransition")
    assert held_back.state == State.PENDING
    assert_recorded_once(chain, healthy)


def test_run__resolved_after_the_deadline__every_missed_level_is_recorded_first(
    chain: Chain, drain: Drain, report: IssueReport, staff: User
) -> None:
    drain()
    links_on_chain(chain, report)
    deadline = int(SLATracker.objects.get(report=report).deadline.timestamp())
    chain.anvil.warp(deadline + ESCALATION_INTERVAL + 1)
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    drain()
    assert links_on_chain(chain, report)[2:] == [EventType.ESCALATED, EventType.ESCALATED, EventType.RESOLVED]
    assert_recorded_once(chain, report)
    report.refresh_from_db()
    assert report.sla_escalated


def test_run__stranger_escalates_while_it_waits__lands_after_it(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport, staff: User
) -> None:
    drain()
    links_on_chain(chain, report)
    deadline = int(SLATracker.objects.get(report=report).deadline.timestamp())
    chain.anvil.warp(deadline + 1)
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        data = "0x" + chain.registry.encode("checkAndEscalate", bytes.fromhex(report.complaint_id[2:])).hex()
        stranger = {"from": chain.stranger, "to": chain.address, "data": data, "gas": hex(200_000)}
        chain.anvil.rpc(
            "eth_sendTransaction", stranger | {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
        )
        chain.anvil.mine()
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    drain()
    assert links_on_chain(chain, report)[2:] == [EventType.ESCALATED, EventType.RESOLVED]
    assert_recorded_once(chain, report)


def test_sla_check__missed_deadline__escalation_is_enqueued_once_and_lands(
    chain: Chain, drain: Drain, report: IssueReport
) -> None:
    drain()
    links_on_chain(chain, report)
    deadline = int(SLATracker.objects.get(report=report).deadline.timestamp())
    assert sla_check(on=chain.registry).due == []
    chain.anvil.warp(deadline + 1)
    dry = sla_check(dry_run=True, on=chain.registry)
    assert (dry.due, dry.enqueued) == ([(report.tracking_id, deadline)], 0)
    assert sla_check(on=chain.registry).enqueued == 1
    assert sla_check(on=chain.registry).enqueued == 0
    drain()
    assert links_on_chain(chain, report)[2:] == [EventType.ESCALATED]
    assert_recorded_once(chain, report)
    assert SLATracker.objects.get(report=report).level == 1


def test_run__key_without_role__blocked_with_a_reason(
    chain: Chain, relay: Relay, report: IssueReport, settings: object
) -> None:
    stranger = Relay(
        on=chain.registry,
        by=LocalSigner("0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    )
    assert stranger.run_once() is Outcome.BLOCKED
    assert {write.state for write in report.writes.all()} == {State.PENDING}


def test_run__final_is_what_the_chain_says__confirmed_only_then(
    chain: Chain, drain: Drain, report: IssueReport, settings: Any
) -> None:
    settings.BLOCKCHAIN_FINALITY = "finalized"
    drain()
    assert {write.state for write in report.writes.all()} == {State.MINED}
    assert events_sync(on=chain.registry).events == 0
    # Anvil finalizes what is 64 blocks deep.
    chain.anvil.mine(70)
    drain()
    assert_recorded_once(chain, report)


def test_run__mined_and_reverted_again_and_again__waits_longer_each_time(
    chain: Chain, relay: Relay, drain: Drain, report: IssueReport
) -> None:
    BlockchainTransaction.objects.update(attempts=3)
    relay.run_once()
    attempt = SignedTransaction.objects.get()
    # As if it had reverted: what it carried is not on the chain.
    chain.anvil.rpc("anvil_reorg", 1, [])
    other = {"from": chain.relay_account, "to": chain.address, "data": "0x", "gas": hex(100_000)}
    reverting = chain.anvil.rpc("eth_sendTransaction", other | {"nonce": hex(attempt.nonce)})
    SignedTransaction.objects.update(tx_hash=reverting)
    before = timezone.now()
    relay.run_once()
    for write in report.writes.all():
        assert (write.state, write.attempts) == (State.PENDING, 4)
        assert write.next_attempt_at > before
    assert drain() is Outcome.IDLE


class WithoutPendingBlock(Node):
    """A node that has no pending block, as many on public networks."""

    def request(self, method: str, *params: Any) -> Any:
        if "pending" in params:
            raise NodeError(code=-32000, message="pending block is not available")
        return super().request(method, *params)

    def batch(self, calls: Any) -> list[Any]:
        answers = super().batch(calls)
        refused = NodeError(code=-32000, message="pending block is not available")
        return [refused if "pending" in params else answer for (_, params), answer in zip(calls, answers, strict=True)]


def test_run__node_has_no_pending_block__breaches_are_found_and_writes_land(
    chain: Chain, relay: Relay, report: IssueReport
) -> None:
    registry = Registry(deployed=chain.registry.deployment, on=WithoutPendingBlock(url=chain.anvil.url))
    without = Relay(on=registry, by=relay.signer)
    without.run_until_idle(rounds=100)
    links_on_chain(chain, report)
    deadline = int(SLATracker.objects.get(report=report).deadline.timestamp())
    chain.anvil.warp(deadline + 1)
    assert sla_check(on=registry).enqueued == 1
    without.run_until_idle(rounds=100)
    assert links_on_chain(chain, report)[2:] == [EventType.ESCALATED]
