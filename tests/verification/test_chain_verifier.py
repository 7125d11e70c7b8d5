"""The verifier accepts the true history and no other: every single lie about it is noticed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.entries import complaint_id
from tests.support.spec import DAY
from tests.verification.chain_verifier import HistoryReader
from tests.verification.conftest import History, Log
from tests.verification.decoder import BrokenHistory, Slot

OTHER = complaint_id(2)

generated = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_verifier__true_history__is_accepted(history: History) -> None:
    assert history.is_accepted(history.logs)
    reader = HistoryReader(history.deployment)
    kinds = {link.event_type for link in reader.read(history.logs)}
    assert kinds == set(range(16))
    assert reader.slot(history.complaint) == history.slots[history.complaint]


def test_verifier__complaints_interleaved__are_told_apart(history: History) -> None:
    reader = HistoryReader(history.deployment)
    reader.read(history.everything)
    for complaint, slot in history.slots.items():
        reader.check(complaint, slot)
    with pytest.raises(BrokenHistory):
        reader.check(OTHER, history.slots[history.complaint])


def test_verifier__unknown_complaint__has_an_empty_history(history: History) -> None:
    reader = HistoryReader(history.deployment)
    reader.check(OTHER, Slot.decode(0))
    assert reader.slot(OTHER).head == history.deployment.genesis


@pytest.mark.parametrize("field", ["sla_deadline", "status", "escalations", "objections", "event_count"])
def test_verifier__slot_with_the_right_head_and_a_wrong_field__is_noticed(history: History, field: str) -> None:
    """A contract that hashes its links correctly and keeps its clocks wrongly is found too."""
    reader = HistoryReader(history.deployment)
    reader.read(history.logs)
    slot = history.slots[history.complaint]
    with pytest.raises(BrokenHistory):
        reader.check(history.complaint, replace(slot, **{field: getattr(slot, field) + 1}))


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
    """Another contract, or the same address on another chain, whose genesis differs even if the chain ids do not."""
    elsewhere = "0x" + "11" * 20
    moved = [{**log, "address": elsewhere} for log in history.logs]
    assert not history.is_accepted(moved)
    there = replace(history.deployment, contract=elsewhere, genesis=b"\x22" * 22)
    for deployment, logs in ((there, moved), (replace(there, contract=history.deployment.contract), history.logs)):
        reader = HistoryReader(deployment)
        reader.read(logs)
        with pytest.raises(BrokenHistory, match="do not lead"):
            reader.check(history.complaint, history.slots[history.complaint])


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
