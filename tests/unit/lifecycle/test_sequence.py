"""A write lands exactly once: the sequence that it means (rules 1 and 2)."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.registry import Registry
from tests.support.spec import MAX_UINT24, EventType
from tests.support.writes import WRITES, Write, every_sequenced_write, every_write

ARITHMETIC_OVERFLOW = 0x11

WRONG: dict[str, Callable[[int], int]] = {
    "zero": lambda _: 0,
    "last_written": lambda expected: expected - 1,
    "after_next": lambda expected: expected + 1,
    "greatest": lambda _: MAX_UINT24,
}


@every_sequenced_write
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_any_write__another_sequence_than_expected__reverts(
    registry: Registry, complaint: bytes, write: Write, wrong: Callable[[int], int]
) -> None:
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    expected = before.event_count + 1
    given = wrong(expected)
    with reverts("StaleSequence", complaintId=complaint, expected=expected, given=given):
        write.send(registry, complaint, given)
    assert registry.complaint(complaint) == before


@every_sequenced_write
def test_any_write__sent_twice__lands_once(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    sequence = registry.next_sequence(complaint)
    sent = write.send(registry, complaint, sequence)
    assert sent.event.args["sequence"] == sequence
    after = registry.complaint(complaint)
    with reverts("StaleSequence", complaintId=complaint, expected=sequence + 1, given=sequence):
        write.send(registry, complaint, sequence)
    assert registry.complaint(complaint) == after


@every_sequenced_write
def test_any_write__unknown_complaint__expects_one(registry: Registry, complaint: bytes, write: Write) -> None:
    with reverts("StaleSequence", complaintId=complaint, expected=1, given=2):
        write.send(registry, complaint, 2)


def test_log_complaint_event__two_writers_mean_the_same_sequence__first_wins(
    registry: Registry, complaint: bytes, recorder: str, second_recorder: str
) -> None:
    registry.create(complaint)
    registry.log(complaint, EventType.ASSIGNED, sequence=2, sender=second_recorder)
    with reverts("StaleSequence", complaintId=complaint, expected=3, given=2):
        registry.log(complaint, EventType.COMMENTED, sequence=2, sender=recorder)


def test_log_complaint_event__escalated_in_between__reverts(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    with reverts("StaleSequence", complaintId=complaint, expected=4, given=3):
        registry.log(complaint, EventType.COMMENTED, sequence=3)
    registry.log(complaint, EventType.COMMENTED, sequence=4)


def test_check_and_escalate__sent_twice__second_is_not_due(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    next_deadline = registry.complaint(complaint).sla_deadline
    with reverts("SLANotBreached", complaintId=complaint, deadline=next_deadline):
        registry.escalate(complaint)


LATER_WRITES = [write for write in WRITES if write.event_type is not EventType.CREATED]  # CREATED is always link 1


@pytest.mark.parametrize("write", LATER_WRITES, ids=[write.name for write in LATER_WRITES])
def test_any_later_write__one_below_the_limit__lands_with_the_greatest_sequence(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    write.prepare(registry, complaint)
    registry.set_event_count(complaint, MAX_UINT24 - 1)
    sent = write.send(registry, complaint)
    assert sent.event.args["sequence"] == MAX_UINT24
    assert registry.complaint(complaint).event_count == MAX_UINT24


@every_write
@pytest.mark.parametrize("given", [0, MAX_UINT24], ids=["wrapped", "last"])
def test_any_write__at_the_limit__panics(registry: Registry, complaint: bytes, write: Write, given: int) -> None:
    write.prepare(registry, complaint)
    registry.set_event_count(complaint, MAX_UINT24)
    before = registry.complaint(complaint)
    with reverts("Panic", code=ARITHMETIC_OVERFLOW):
        write.send(registry, complaint, given)
    assert registry.complaint(complaint) == before


def test_batch_check_and_escalate__one_due_complaint_at_the_limit__panics(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.set_event_count(complaint, MAX_UINT24)
    with reverts("Panic", code=ARITHMETIC_OVERFLOW):
        registry.escalate_batch([complaint], at=deadline + 1)
