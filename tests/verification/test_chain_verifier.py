"""The verifier accepts the true history and no other: every single lie about it is noticed."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.spec import DAY, EventType
from tests.verification.chain_verifier import BrokenHistory, HistoryReader, Slot

COMPLAINT = complaint_id(1)
OTHER = complaint_id(2)
Log = dict[str, Any]

generated = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class History:
    """What a node tells: the logs, and a storage slot that can be proved."""

    chain_id: int
    contract: str
    logs: list[Log]  # of one complaint, of all kinds
    foreign: list[Log]  # of another complaint
    slots: dict[bytes, Slot]

    def is_accepted(self, logs: list[Log]) -> bool:
        """Whether the verifier takes these logs for the history of the complaint."""
        reader = HistoryReader(self.chain_id, self.contract)
        try:
            reader.read(logs)
            reader.check(COMPLAINT, self.slots[COMPLAINT])
        except BrokenHistory:
            return False
        return True


@pytest.fixture(scope="module")
def history(registry: Registry) -> History:
    """A life with every kind of link. Read once, and the chain put back."""
    node = registry.node
    with node.undone():
        write_every_kind(registry)
        logs = node.rpc("eth_getLogs", {"address": registry.address, "fromBlock": "0x0", "toBlock": "latest"})
        slots = {
            complaint: Slot.decode(node.storage(registry.address, registry.slot_of(complaint)))
            for complaint in (COMPLAINT, OTHER)
        }
    links = [log for log in logs if len(log["topics"]) > 1 and log["topics"][1][2:] == COMPLAINT.hex()]
    foreign = [log for log in logs if len(log["topics"]) > 1 and log["topics"][1][2:] == OTHER.hex()]
    return History(node.chain_id, registry.address, links, foreign, slots)


def write_every_kind(registry: Registry) -> None:
    """All thirteen event types, with another complaint's links in between."""
    node = registry.node
    registry.create(COMPLAINT)
    registry.create(OTHER)
    registry.log(COMPLAINT, EventType.ASSIGNED)
    registry.set_deadline(COMPLAINT, node.time + DAY)
    registry.log(COMPLAINT, EventType.STATUS_UPDATED)
    registry.log(OTHER, EventType.ASSIGNED)
    registry.pause(COMPLAINT)
    registry.log(COMPLAINT, EventType.COMMENTED)
    registry.resume(COMPLAINT)
    registry.anchor(COMPLAINT, data_hash(77))
    registry.log(COMPLAINT, EventType.RESOLVED)
    registry.log(COMPLAINT, EventType.REOPENED)
    registry.escalate(COMPLAINT, at=node.time + 2 * DAY)
    registry.escalate(COMPLAINT)
    registry.set_deadline(COMPLAINT, node.time + DAY)
    registry.log(COMPLAINT, EventType.REJECTED)
    registry.log(COMPLAINT, EventType.CLOSED)


def test_verifier__true_history__is_accepted(history: History) -> None:
    assert history.is_accepted(history.logs)
    reader = HistoryReader(history.chain_id, history.contract)
    kinds = {link.event_type for link in reader.read(history.logs)}
    assert kinds == set(range(13))
    assert reader.head(COMPLAINT) == history.slots[COMPLAINT].head


def test_verifier__two_complaints_interleaved__are_told_apart(history: History) -> None:
    reader = HistoryReader(history.chain_id, history.contract)
    reader.read([*history.foreign, *history.logs])
    reader.check(COMPLAINT, history.slots[COMPLAINT])
    reader.check(OTHER, history.slots[OTHER])
    with pytest.raises(BrokenHistory):
        reader.check(OTHER, history.slots[COMPLAINT])


def test_verifier__unknown_complaint__has_an_empty_history(history: History) -> None:
    reader = HistoryReader(history.chain_id, history.contract)
    reader.check(COMPLAINT, Slot.decode(0))
    assert reader.head(COMPLAINT) == reader.genesis


def indexes(history: History, draw: Any, *, size: int) -> list[int]:
    """Different positions in the history, ascending."""
    positions = st.integers(0, len(history.logs) - 1)
    return sorted(draw(st.lists(positions, min_size=size, max_size=size, unique=True)))


@generated
@given(data=st.data())
def test_verifier__one_event_omitted__is_noticed(history: History, data: st.DataObject) -> None:
    (index,) = indexes(history, data.draw, size=1)
    assert not history.is_accepted(history.logs[:index] + history.logs[index + 1 :])


@generated
@given(data=st.data())
def test_verifier__one_event_omitted_and_the_rest_renumbered__is_noticed(history: History, data: st.DataObject) -> None:
    (index,) = indexes(history, data.draw, size=1)
    later = [renumbered(log, -1) for log in history.logs[index + 1 :]]
    assert not history.is_accepted(history.logs[:index] + later)


@generated
@given(data=st.data())
def test_verifier__two_events_swapped__is_noticed(history: History, data: st.DataObject) -> None:
    first, second = indexes(history, data.draw, size=2)
    logs = list(history.logs)
    logs[first], logs[second] = logs[second], logs[first]
    assert not history.is_accepted(logs)


@generated
@given(data=st.data())
def test_verifier__two_events_swapped_and_renumbered__is_noticed(history: History, data: st.DataObject) -> None:
    first, second = indexes(history, data.draw, size=2)
    logs = list(history.logs)
    distance = second - first
    logs[first], logs[second] = renumbered(logs[second], -distance), renumbered(logs[first], distance)
    assert not history.is_accepted(logs)


@generated
@given(data=st.data())
def test_verifier__one_bit_altered_anywhere__is_noticed(history: History, data: st.DataObject) -> None:
    (index,) = indexes(history, data.draw, size=1)
    log = history.logs[index]
    part = data.draw(st.sampled_from(["data", *range(len(log["topics"]))]))
    text = log["data"] if part == "data" else log["topics"][part]
    bit = data.draw(st.integers(0, len(text[2:]) * 4 - 1))
    altered = flipped(text, bit)
    forged = {**log, "data": altered} if part == "data" else with_topic(log, part, altered)
    assert not history.is_accepted([*history.logs[:index], forged, *history.logs[index + 1 :]])


@generated
@given(data=st.data(), seconds=st.integers(1, 40 * DAY))
def test_verifier__one_event_back_dated__is_noticed(history: History, data: st.DataObject, seconds: int) -> None:
    (index,) = indexes(history, data.draw, size=1)
    forged = with_word(history.logs[index], 1, word(history.logs[index], 1) - seconds)
    assert not history.is_accepted([*history.logs[:index], forged, *history.logs[index + 1 :]])


@generated
@given(seconds=st.integers(1, 40 * DAY))
def test_verifier__the_whole_history_back_dated__is_noticed(history: History, seconds: int) -> None:
    assert not history.is_accepted([with_word(log, 1, word(log, 1) - seconds) for log in history.logs])


@generated
@given(data=st.data())
def test_verifier__one_event_repeated_or_invented__is_noticed(history: History, data: st.DataObject) -> None:
    (index,) = indexes(history, data.draw, size=1)
    where = data.draw(st.integers(0, len(history.logs)))
    extra = data.draw(st.sampled_from([history.logs[index], renumbered(history.logs[index], 1)]))
    assert not history.is_accepted([*history.logs[:where], extra, *history.logs[where:]])


@generated
@given(data=st.data())
def test_verifier__history_cut_short__is_noticed(history: History, data: st.DataObject) -> None:
    (length,) = indexes(history, data.draw, size=1)
    assert not history.is_accepted(history.logs[:length])


def test_verifier__other_deployments_history__is_refused(history: History) -> None:
    elsewhere = "0x" + "11" * 20
    moved = [{**log, "address": elsewhere} for log in history.logs]
    assert not history.is_accepted(moved)
    for chain_id, contract, logs in (
        (history.chain_id + 1, history.contract, history.logs),
        (history.chain_id, elsewhere, moved),
    ):
        reader = HistoryReader(chain_id, contract)
        reader.read(logs)
        with pytest.raises(BrokenHistory, match="do not lead"):
            reader.check(COMPLAINT, history.slots[COMPLAINT])


def word(log: Log, index: int) -> int:
    """One word of the data: 0 is the sequence, 1 the timestamp."""
    return int(log["data"][2 + 64 * index : 66 + 64 * index], 16)


def with_word(log: Log, index: int, value: int) -> Log:
    """The log with one word changed."""
    text = log["data"]
    return {**log, "data": text[: 2 + 64 * index] + value.to_bytes(32).hex() + text[66 + 64 * index :]}


def renumbered(log: Log, by: int) -> Log:
    """The log with another sequence."""
    return with_word(log, 0, max(word(log, 0) + by, 0))


def with_topic(log: Log, index: int, text: str) -> Log:
    """The log with one topic replaced."""
    return {**log, "topics": [*log["topics"][:index], text, *log["topics"][index + 1 :]]}


def flipped(text: str, bit: int) -> str:
    """Hex text with one bit inverted, counted from the left."""
    raw = bytearray.fromhex(text[2:])
    raw[bit // 8] ^= 128 >> bit % 8
    return "0x" + raw.hex()
