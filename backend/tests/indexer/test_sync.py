"""Reading events: resumable, idempotent, whatever nodes answer."""

import gc
from collections.abc import Callable
from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.chain.limits import FORGET_SECONDS
from blockchain.chain.node import Node
from blockchain.indexer.sync import BACKFILL_BLOCKS, events_sync
from blockchain.models import ChainEvent, ChainState, Complaint, ScanCursor, Write
from blockchain.protocol.kinds import EventType, Status
from tests.anvil import Anvil
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, Chain
from tests.indexer.conftest import (
    Filing,
    assert_as_on_chain,
    batch_of_pending,
    cache_contents,
    links_read,
    mined,
    mined_as_ours,
    record,
    settled,
    states_of,
)

State = Write.State


class Limited(Node):
    """A provider that refuses logs of more than `blocks` blocks, in the way of `error`."""

    blocks = 1
    refused = 0
    error: Exception = NodeError(code=-32602, message="range too large")

    def batch(self, calls: Any) -> list[Any]:
        for method, params in calls:
            if method == "eth_getLogs" and "fromBlock" in params[0] and self._length(params) > self.blocks:
                self.refused += 1
                if isinstance(self.error, NodeError):
                    return [self.error] * len(calls)
                raise self.error
        return super().batch(calls)

    @staticmethod
    def _length(params: list[Any]) -> int:
        return int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1


class Through(Node):
    """A node some of whose answers are altered on the way."""

    def __init__(self, chain: Chain, alter: Callable[[str, list[Any], Any], Any]) -> None:
        super().__init__(url=chain.anvil.url)
        self.alter = alter

    def batch(self, calls: Any) -> list[Any]:
        answers = super().batch(calls)
        return [self.alter(method, params, answer) for (method, params), answer in zip(calls, answers, strict=True)]


def behind(chain: Chain, alter: Callable[[str, list[Any], Any], Any]) -> Registry:
    return Registry(deployed=chain.registry.deployment, on=Through(chain, alter))


def test_events_sync__nothing_new__changes_nothing(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    assert events_sync(registry=chain.registry).events == 1
    before = cache_contents()
    assert events_sync(registry=chain.registry).events == 0
    assert cache_contents() == before


def test_events_sync__every_kind_of_link__folds_to_the_contracts_state(chain: Chain, complaint: Complaint) -> None:
    record(complaint, EventType.ASSIGNED, EventType.SLA_PAUSED, EventType.SLA_RESUMED, EventType.COMMENTED)
    record(complaint, EventType.SLA_DEADLINE_SET, deadline=chain.anvil.time() + 1)
    mined(chain)
    overdue = chain.anvil.time() + 2 * ESCALATION_INTERVAL
    record(complaint, EventType.STATUS_UPDATED, EventType.RESOLVED, EventType.REOPENED, EventType.NOTED)
    mined(chain, at=overdue)
    record(complaint, EventType.REJECTED, EventType.CLOSED, EventType.ERASED, EventType.REOPENED)
    mined(chain)
    links = links_read(chain, complaint)
    assert links.count(EventType.ESCALATED) == 2
    assert set(states_of(complaint)) == {State.CONFIRMED}
    state = ChainState.objects.get()
    assert (state.status, state.last_escalated_at) == (Status.OPEN, overdue)
    assert state.last_tx_hash == ChainEvent.objects.latest("sequence").tx_hash


def test_events_sync__filing__has_the_deployments_deadline(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    links_read(chain, complaint)
    assert ChainState.objects.get().sla_deadline == chain.anvil.time() + DEFAULT_SLA


def test_events_sync__complaint_of_somebody_else__has_a_state_too(chain: Chain, db: None) -> None:
    chain.write("logComplaintEvent", bytes(32), EventType.CREATED, bytes(32), 0)
    events_sync(registry=chain.registry)
    state = ChainState.objects.get()
    assert (state.complaint_id, state.event_count, state.agrees) == ("0x" + "00" * 32, 1, True)


def test_events_sync__strangers_escalation_before_a_write__leaves_its_nonce(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    chain.write("batchCheckAndEscalate", [], sender=chain.stranger)
    due = chain.anvil.time() + DEFAULT_SLA + 1
    chain.write("checkAndEscalate", bytes.fromhex(complaint.complaint_id[2:]), sender=chain.stranger, at=due)
    record(complaint, EventType.COMMENTED)
    mined(chain)
    assert links_read(chain, complaint) == [EventType.CREATED, EventType.ESCALATED, EventType.COMMENTED]
    assert states_of(complaint) == [State.CONFIRMED, State.CONFIRMED]
    assert list(Write.objects.order_by("nonce").values_list("sequence", flat=True)) == [1, 3]


def test_events_sync__unknown_link_by_a_recorder__freezes_the_complaint(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    arguments = bytes.fromhex(complaint.complaint_id[2:]), EventType.COMMENTED, b"\1" * 32, 1
    chain.write("logComplaintEvent", *arguments)
    links_read(chain, complaint)
    complaint.refresh_from_db()
    assert "number 2, COMMENTED by" in complaint.frozen_reason


def test_events_sync__interrupted__goes_on_where_it_ended(chain: Chain, file: Filing, settings: Any) -> None:
    complaints = []
    for _ in range(4):
        complaints.append(file())
        mined(chain)
    settings.BLOCKCHAIN_SCAN_RANGE = 1

    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int) -> None:
        if done == total - 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        events_sync(registry=chain.registry, progress=interrupt)
    read = ChainEvent.objects.count()
    assert 0 < read < 4
    assert events_sync(registry=chain.registry).events == 4 - read
    for complaint in complaints:
        assert_as_on_chain(chain, complaint)


def test_events_sync__another_indexer_at_work__stores_nothing_twice(chain: Chain, file: Filing, settings: Any) -> None:
    complaints = []
    for _ in range(4):
        complaints.append(file())
        mined(chain)
    settings.BLOCKCHAIN_SCAN_RANGE = 1
    others = []

    def overtaken(done: int, total: int) -> None:
        if done == total - 2:
            others.append(events_sync(registry=chain.registry))

    mine = events_sync(registry=chain.registry, progress=overtaken)
    assert mine.events + others[0].events == ChainEvent.objects.count() == 4
    assert others[0].events == 2
    for complaint in complaints:
        assert_as_on_chain(chain, complaint)


@pytest.mark.parametrize(
    "error",
    [NodeError(code=-32602, message="range too large"), ChainUnavailable("limit exceeded")],
    ids=["error", "busy"],
)
def test_events_sync__provider_limits_the_range__reads_in_smaller_steps(
    chain: Chain, complaint: Complaint, error: Exception
) -> None:
    mined(chain)
    chain.anvil.mine(20)
    limited = Limited(url=chain.anvil.url)
    limited.error = error
    result = events_sync(registry=Registry(deployed=chain.registry.deployment, on=limited))
    assert result.events == 1
    assert limited.refused > 0
    assert ScanCursor.objects.get().block_number == int(chain.anvil.head()["number"], 16)


def test_events_sync__limit_learned__is_not_exceeded_by_the_next_reading(chain: Chain, complaint: Complaint) -> None:
    """Until it is forgotten: then a wider range is tried, once."""
    mined(chain)
    chain.anvil.mine(200)
    node = Limited(url=chain.anvil.url)
    node.blocks = 30
    registry = Registry(deployed=chain.registry.deployment, on=node)
    events_sync(registry=registry)
    assert node.refused == 1
    for _ in range(3):
        chain.anvil.mine(200)
        events_sync(registry=registry)
    assert node.refused == 1
    learned = registry.node.limit("logs", 2_000)
    learned._since -= FORGET_SECONDS
    chain.anvil.mine(200)
    events_sync(registry=registry)
    assert node.refused == 2
    assert 15 <= learned.value <= 30


def test_events_sync__long_backfill__is_read_ahead_and_misses_nothing(
    chain: Chain, file: Filing, settings: Any
) -> None:
    complaints = []
    for _ in range(3):
        complaints.append(file())
        mined(chain)
        chain.anvil.mine(BACKFILL_BLOCKS // 2)
    settings.BLOCKCHAIN_SCAN_RANGE = 7
    limited = Limited(url=chain.anvil.url)
    limited.blocks = 3
    assert events_sync(registry=Registry(deployed=chain.registry.deployment, on=limited)).events == 3
    assert limited.refused > 0
    for complaint in complaints:
        assert_as_on_chain(chain, complaint)


def test_events_sync__backfill__leaves_the_collector_as_it_was(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    chain.anvil.rpc("anvil_mine", hex(2 * BACKFILL_BLOCKS))
    before, during = gc.get_threshold(), []
    assert events_sync(registry=chain.registry, progress=lambda *_: during.append(gc.get_threshold())).events == 1
    assert during[0][0] > before[0]
    assert gc.get_threshold() == before


def test_events_sync__provider_refuses_single_blocks__says_so(chain: Chain, db: None) -> None:
    limited = Limited(url=chain.anvil.url)
    limited.blocks = 0
    chain.anvil.mine()
    with pytest.raises(ChainUnavailable, match="refuses logs of block"):
        events_sync(registry=Registry(deployed=chain.registry.deployment, on=limited))


def test_events_sync__lagging_replica_answers_no_logs__they_are_asked_for_by_block(
    chain: Chain, complaint: Complaint
) -> None:
    mined(chain)

    def lagging(method: str, params: list[Any], answer: Any) -> Any:
        return [] if method == "eth_getLogs" and "fromBlock" in params[0] else answer

    assert events_sync(registry=behind(chain, lagging)).events == 1
    assert_as_on_chain(chain, complaint)


def no_logs(method: str, params: list[Any], answer: Any) -> Any:
    return [] if method == "eth_getLogs" else answer


def test_events_sync__node_withheld_what_a_receipt_has__next_sync_reads_it(chain: Chain, complaint: Complaint) -> None:
    data = batch_of_pending(chain)
    receipt = chain.anvil.send(to=chain.address, data=data, sender=chain.relay_account)
    assert events_sync(registry=behind(chain, no_logs)).events == 0
    # Only now does the relay read the receipt.
    settled(chain, data, receipt, confirmed=False)
    assert events_sync(registry=behind(chain, no_logs)).differing == 1
    assert states_of(complaint) == [State.MINED]
    assert events_sync(registry=chain.registry).differing == 0
    assert states_of(complaint) == [State.CONFIRMED]
    assert_as_on_chain(chain, complaint)


def test_events_sync__node_denies_all_logs_of_a_complaint__keeps_asking(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    links_read(chain, complaint)
    record(complaint, EventType.COMMENTED)
    mined(chain)
    ChainState.objects.update(agrees=False)
    assert events_sync(registry=behind(chain, no_logs)).differing == 1
    assert links_read(chain, complaint) == [EventType.CREATED, EventType.COMMENTED]


def test_events_sync__logs_of_another_branch__stores_nothing(chain: Chain, complaint: Complaint) -> None:
    mined(chain)

    def other_branch(method: str, params: list[Any], answer: Any) -> Any:
        return [{**log, "blockHash": "0x" + "77" * 32} for log in answer] if method == "eth_getLogs" else answer

    with pytest.raises(ChainUnavailable, match="another block"):
        events_sync(registry=behind(chain, other_branch))
    assert not ChainEvent.objects.exists()
    assert links_read(chain, complaint) == [EventType.CREATED]


@pytest.mark.parametrize("garbage", ["0x", None, [{"address": 1}], {"logs": 1}])
def test_events_sync__logs_that_are_none__is_a_sick_node(chain: Chain, complaint: Complaint, garbage: Any) -> None:
    mined(chain)

    def sick(method: str, params: list[Any], answer: Any) -> Any:
        return garbage if method == "eth_getLogs" else answer

    with pytest.raises(ChainUnavailable):
        events_sync(registry=behind(chain, sick))


def test_events_sync__heads_refused__counts_them_as_not_compared(chain: Chain, complaint: Complaint) -> None:
    mined(chain)

    def no_calls_by_hash(method: str, params: list[Any], answer: Any) -> Any:
        return NodeError(code=-32602, message="block hash not supported") if method == "eth_call" else answer

    result = events_sync(registry=behind(chain, no_calls_by_hash))
    assert (result.events, result.differing, result.uncompared) == (1, 0, 1)
    assert not ChainState.objects.get().agrees
    assert ScanCursor.objects.get().uncompared == 1
    assert events_sync(registry=chain.registry).uncompared == 0
    assert ScanCursor.objects.get().uncompared == 0
    assert ChainState.objects.get().agrees


def test_events_sync__link_missed_long_ago__is_read_again_when_the_next_one_comes(
    chain: Chain, complaint: Complaint
) -> None:
    record(complaint, EventType.ASSIGNED)
    mined(chain)
    links_read(chain, complaint)
    ChainEvent.objects.filter(sequence=2).delete()
    ChainState.objects.update(event_count=1)
    record(complaint, EventType.COMMENTED)
    mined(chain)
    assert links_read(chain, complaint) == [EventType.CREATED, EventType.ASSIGNED, EventType.COMMENTED]
    complaint.refresh_from_db()
    assert complaint.frozen_reason == ""


def test_events_sync__other_history__stops_and_says_so(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    events_sync(registry=chain.registry)
    other = Anvil()
    try:
        other.mine(50)
        elsewhere = Registry(deployed=chain.registry.deployment, on=Node(url=other.url))
        with pytest.raises(WrongChain, match="another history"):
            events_sync(registry=elsewhere)
    finally:
        other.stop()


def test_events_sync__own_transaction_read_before__keeps_its_gas(chain: Chain, complaint: Complaint) -> None:
    record(complaint, EventType.COMMENTED)
    ours = mined_as_ours(chain, confirmed=False)
    assert states_of(complaint) == [State.MINED, State.MINED]
    links_read(chain, complaint)
    assert states_of(complaint) == [State.CONFIRMED, State.CONFIRMED]
    attempt = ours.attempts.get()
    assert sum(Write.objects.values_list("gas_used", flat=True)) == attempt.gas_used
