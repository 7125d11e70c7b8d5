"""From the outbox to the chain, on a real one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.errors import NodeError
from blockchain.chain.node import Node
from blockchain.chain.signers.local import LocalSigner
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, ChainState, Complaint, EvidenceFile, RelayLease, Transaction, Write
from blockchain.protocol.kinds import EventType, is_entry
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, Chain
from tests.relay.conftest import (
    assert_recorded_once,
    links_on_chain,
    manual_mining,
    recorded,
    role_call,
    states,
)

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]
State = Write.State
STRANGERS_KEY = "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"


def test_run__new_complaints__land_in_one_transaction_whose_gas_they_share(
    chain: Chain, drain: Drain, complaints: File
) -> None:
    filed = complaints(40)
    assert drain() is Outcome.IDLE
    assert_recorded_once(chain, *filed)
    attempt = Attempt.objects.get()
    assert (attempt.transaction.state, attempt.transaction.entries, attempt.transaction.skipped) == ("confirmed", 40, 0)
    writes = Write.objects.all()
    assert sum(write.gas_used for write in writes) == attempt.gas_used
    assert {write.effective_gas_price for write in writes} == {attempt.effective_gas_price}


def test_run__events_are_read_before_the_receipt__gas_is_shared_all_the_same(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    complaints(3)
    relay.run_once()
    events_sync(registry=chain.registry)
    assert states() == {State.CONFIRMED}
    drain()
    assert sum(write.gas_used for write in Write.objects.all()) == Attempt.objects.get().gas_used


def test_run__whole_life__every_link_in_order(chain: Chain, drain: Drain, complaints: File) -> None:
    (complaint,) = complaints(1)
    kinds = [EventType.ASSIGNED, EventType.SLA_DEADLINE_SET, EventType.COMMENTED, EventType.SLA_PAUSED]
    recorded(complaint, *kinds, deadline=chain.anvil.time() + 10**6)
    drain()
    rest = [
        EventType.SLA_RESUMED,
        EventType.STATUS_UPDATED,
        EventType.RESOLVED,
        EventType.REOPENED,
        EventType.REJECTED,
        EventType.CLOSED,
        EventType.NOTED,
        EventType.ERASED,
    ]
    recorded(complaint, *rest)
    drain()
    assert [link.event_type for link in links_on_chain(chain, complaint)] == [EventType.CREATED, *kinds, *rest]
    assert_recorded_once(chain, complaint)
    assert Transaction.objects.count() == 2


def test_run__held_without_a_deadline__lands(chain: Chain, drain: Drain, complaints: File) -> None:
    (complaint,) = complaints(1)
    recorded(complaint, EventType.SLA_PAUSED, EventType.SLA_RESUMED)
    drain()
    assert_recorded_once(chain, complaint)


def test_run__overdue_complaints__breaches_come_first_and_all_travel_together(
    chain: Chain, drain: Drain, complaints: File
) -> None:
    overdue = complaints(30)
    drain()
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + 2 * ESCALATION_INTERVAL + 1)
    for complaint in overdue:
        recorded(complaint, EventType.COMMENTED)
    drain()
    assert Transaction.objects.count() == 2
    for complaint in overdue:
        kinds = [link.event_type for link in links_on_chain(chain, complaint)]
        assert kinds == [EventType.CREATED, *[EventType.ESCALATED] * 3, EventType.COMMENTED]
    assert_recorded_once(chain, *overdue)


def test_run__deadline_passes_between_estimate_and_block__gas_suffices(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    overdue = complaints(50)
    drain()
    events_sync(registry=chain.registry)
    deadline = ChainState.objects.get(pk=overdue[0].complaint_id).sla_deadline
    chain.anvil.warp(deadline - 1000)
    for complaint in overdue:
        recorded(complaint, EventType.COMMENTED)
    with manual_mining(chain):
        relay.run_once()
        chain.anvil.rpc("evm_setNextBlockTimestamp", deadline + 1000)
    drain()
    assert_recorded_once(chain, *overdue)
    assert Attempt.objects.filter(succeeded=False).count() == 0
    assert EventType.ESCALATED in {link.event_type for link in links_on_chain(chain, overdue[0])}


def test_run__strangers_escalate_and_object_while_it_waits__nothing_is_skipped(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    drain()
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + 1)
    recorded(complaint, EventType.RESOLVED)
    with manual_mining(chain):
        relay.run_once()
        data = chain.registry.encode("checkAndEscalate", bytes.fromhex(complaint.complaint_id[2:]))
        first = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12), "gas": hex(200_000)}
        stranger = {"from": chain.stranger, "to": chain.address, "data": "0x" + data.hex(), **first}
        chain.anvil.rpc("eth_sendTransaction", stranger)
    drain()
    kinds = [link.event_type for link in links_on_chain(chain, complaint)]
    assert kinds == [EventType.CREATED, EventType.ESCALATED, EventType.RESOLVED]
    assert_recorded_once(chain, complaint)


def test_run__evidence__is_anchored_at_the_blocks_time(
    chain: Chain, drain: Drain, complaints: File, evidence_of: Callable[[Complaint], EvidenceFile]
) -> None:
    (complaint,) = complaints(1)
    file = evidence_of(complaint)
    drain()
    assert_recorded_once(chain, complaint)
    file.refresh_from_db()
    (link,) = [link for link in links_on_chain(chain, complaint) if link.event_type == EventType.EVIDENCE_ANCHORED]
    assert int(file.anchored_at.timestamp()) == link.timestamp


def test_run__node_down_then_back__writes_arrive_once_in_order(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    (complaint,) = complaints(1)
    impatient = Registry(deployed=chain.registry.deployment, on=Node(url=chain.anvil.url, timeout=0.2))
    chain.anvil.pause()
    try:
        monkeypatch.setattr(relay, "registry", impatient)
        assert relay.run_once() is Outcome.UNAVAILABLE
        monkeypatch.undo()
        recorded(complaint, EventType.COMMENTED)
    finally:
        chain.anvil.resume()
    drain()
    assert_recorded_once(chain, complaint)


class Killed(BaseException):
    """As kill -9: nothing catches it."""


def test_run__killed_after_signing__same_bytes_are_sent(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    (complaint,) = complaints(1)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("blockchain.relay.loop.attempts_send", killed)
    with pytest.raises(Killed):
        relay.run_once()
    stored = Attempt.objects.get()
    assert (stored.sent_at, states()) == (None, {State.SENT})
    monkeypatch.undo()
    drain()
    assert Attempt.objects.get().tx_hash == stored.tx_hash
    assert_recorded_once(chain, complaint)


def test_run__killed_after_sending__nothing_is_sent_twice(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    with manual_mining(chain):
        relay.run_once()
        Attempt.objects.update(sent_at=None)
        assert relay.run_once() is Outcome.WAITING
        assert Attempt.objects.get().sent_at is not None
    drain()
    assert Attempt.objects.count() == 1
    assert_recorded_once(chain, complaint)


def test_run__other_relay_holds_the_key__stands_by(chain: Chain, relay: Relay, complaints: File) -> None:
    complaints(1)
    other = Relay(registry=relay.registry, signer=relay.signer)
    assert other.run_once() is Outcome.WORKED
    assert relay.run_once() is Outcome.STANDBY
    other.release()
    assert relay.run_once() is not Outcome.STANDBY


def test_run__key_without_roles__blocked_with_the_reason(chain: Chain, relay: Relay, complaints: File) -> None:
    complaints(1)
    stranger = Relay(registry=chain.registry, signer=LocalSigner(STRANGERS_KEY))
    assert stranger.run_once() is Outcome.BLOCKED
    lease = RelayLease.objects.get(signer=stranger.signer.address)
    assert "INTAKE_ROLE, RECORDER_ROLE, SLA_MANAGER_ROLE" in lease.blocked_reason
    assert states() == {State.PENDING}


def test_run__one_role_is_lost__the_rest_travels_and_the_health_page_knows(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    held, free = complaints(2)
    recorded(held, EventType.SLA_PAUSED, EventType.COMMENTED)
    recorded(free, EventType.COMMENTED)
    chain.anvil.rpc("eth_sendTransactionSync", role_call(chain, "revokeRole", "SLA_MANAGER_ROLE", chain.relay_account))
    for _ in range(4):
        assert drain() is Outcome.BLOCKED
    assert "SLA_MANAGER_ROLE" in RelayLease.objects.get().blocked_reason
    assert_recorded_once(chain, free)
    assert [write.state for write in held.writes.order_by("nonce")] == [State.CONFIRMED, State.PENDING, State.PENDING]
    chain.anvil.rpc("eth_sendTransactionSync", role_call(chain, "grantRole", "SLA_MANAGER_ROLE", chain.relay_account))
    assert drain() is Outcome.IDLE
    assert_recorded_once(chain, held)
    assert RelayLease.objects.get().blocked_reason == ""


def test_run__stopped__sends_nothing_but_settles(chain: Chain, relay: Relay, drain: Drain, complaints: File) -> None:
    complaints(1)
    relay.run_once()
    RelayLease.objects.update(stopped_reason="a link by this key")
    complaints(1)
    assert drain() is Outcome.BLOCKED
    assert sorted(Write.objects.values_list("state", flat=True)) == [State.CONFIRMED, State.PENDING]
    assert "a link by this key" in RelayLease.objects.get().blocked_reason


def test_run__final_is_what_the_chain_says__confirmed_only_then(
    chain: Chain, drain: Drain, complaints: File, settings: Any
) -> None:
    (complaint,) = complaints(1)
    settings.BLOCKCHAIN_FINALITY = "finalized"
    drain()
    assert states() == {State.MINED}
    # Anvil finalizes what is 64 blocks deep.
    chain.anvil.mine(70)
    drain()
    assert_recorded_once(chain, complaint)


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


def test_run__node_has_no_pending_block__writes_land(chain: Chain, relay: Relay, complaints: File) -> None:
    (complaint,) = complaints(1)
    registry = Registry(deployed=chain.registry.deployment, on=WithoutPendingBlock(url=chain.anvil.url))
    assert Relay(registry=registry, signer=relay.signer).run_until_idle(rounds=100) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_run__more_than_a_block_takes__every_transaction_fits(
    chain: Chain, drain: Drain, complaints: File, settings: Any
) -> None:
    settings.BLOCKCHAIN_GAS_LIMIT = 1_000_000
    filed = complaints(60)
    for complaint in filed[:20]:
        recorded(complaint, *[EventType.COMMENTED] * 5)
    drain()
    assert_recorded_once(chain, *filed)
    assert Transaction.objects.count() > 3
    assert max(Attempt.objects.values_list("gas_limit", flat=True)) <= 1_000_000
    assert all(is_entry(link.event_type) for link in links_on_chain(chain, filed[0]))


class Sick(Node):
    """A node of whose answers one has another shape than it should."""

    def __init__(self, url: str, method: str, answer: Any) -> None:
        super().__init__(url=url)
        self.method, self.answer = method, answer

    def _result(self, method: str, response: Any) -> Any:
        return super()._result(method, {"id": 1, "result": self.answer} if method == self.method else response)


@pytest.mark.parametrize("answer", [{}, [], 7, "0x", "no", None, True, {"logs": 3, "blockHash": "0x1"}])
@pytest.mark.parametrize(
    "method",
    [
        "eth_getBlockByNumber",
        "eth_getTransactionCount",
        "eth_call",
        "eth_getTransactionReceipt",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_maxPriorityFeePerGas",
    ],
)
def test_run__answers_of_another_shape__never_end_the_process(
    chain: Chain, relay: Relay, complaints: File, method: str, answer: Any
) -> None:
    complaints(1)
    relay.run_once()
    complaints(1)
    registry = Registry(deployed=chain.registry.deployment, on=Sick(chain.anvil.url, method, answer))
    sick = Relay(registry=registry, signer=relay.signer)
    sick.holder, sick._checked = relay.holder, True
    for _ in range(3):
        assert isinstance(sick.run_once(), Outcome)
    relay.run_until_idle(rounds=50)
    # What was believed of the nonces meanwhile, the indexer puts right.
    events_sync(registry=chain.registry)
    Write.objects.update(next_attempt_at=None)
    relay.run_until_idle(rounds=50)
    assert_recorded_once(chain, *Complaint.objects.all())


def test_run_relay__once__drains_the_outbox_and_reads_the_events(
    chain: Chain, complaints: File, capsys: pytest.CaptureFixture[str]
) -> None:
    filed = complaints(3)
    call_command("run_relay", "--once")
    assert_recorded_once(chain, *filed)
    assert ChainState.objects.count() == 3
    assert "relay is idle: nothing is left to write\n" in capsys.readouterr().out


def test_run_relay__once_with_writes_that_it_cannot_take__counts_what_stays(
    chain: Chain, complaints: File, capsys: pytest.CaptureFixture[str]
) -> None:
    failed, waits, _ = complaints(3)
    failed.writes.update(state=Write.State.FAILED)
    waits.writes.update(next_attempt_at=timezone.now() + timedelta(seconds=30))
    call_command("run_relay", "--once")
    assert "relay is idle: 1 failed, 1 pending\n" in capsys.readouterr().out
