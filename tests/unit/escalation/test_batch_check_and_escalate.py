"""Escalation of many: skips what is not due, never reverts for it."""

import pytest

from tests.support.entries import complaint_id
from tests.support.links import Escalation
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.slots import Complaint, complaint_slot
from tests.support.spec import EventType, Status

LARGE = 300


def test_batch_check_and_escalate__empty__does_nothing(registry: Registry) -> None:
    assert registry.call("batchCheckAndEscalate", []) == 0
    assert registry.escalate_batch([]).events == ()


@pytest.mark.parametrize("misses", [1, 2, 3])
def test_batch_check_and_escalate__one_due__does_what_the_single_one_does(
    registry: Registry, complaint: bytes, misses: int
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + (misses - 1) * ESCALATION_INTERVAL + 5
    with registry.node.undone():
        single = registry.escalate(complaint, at=at).events, registry.complaint(complaint)
    assert registry.call("batchCheckAndEscalate", [complaint], at=at) == misses
    assert (registry.escalate_batch([complaint], at=at).events, registry.complaint(complaint)) == single


@pytest.mark.parametrize("late", [0, 1], ids=["at_deadline", "a_second_after"])
def test_batch_check_and_escalate__mixed__escalates_the_due_ones_only(registry: Registry, late: int) -> None:
    deadline = registry.node.time + 1_000
    due = [registry.create_due_at(complaint_id(number), deadline) for number in range(3)]
    others = [
        complaint_id(404),
        registry.create(complaint_id(10)),
        registry.create_due_at(complaint_id(11), deadline + 1_000),
        registry.bring_to(complaint_id(12), Status.ON_HOLD, time_left=5),
        registry.bring_to(complaint_id(13), Status.RESOLVED, time_left=5),
        registry.bring_to(complaint_id(14), Status.CLOSED, time_left=5),
    ]
    ids = [others[0], due[0], *others[1:4], due[1], *others[4:], due[2]]
    before = registry.complaints(others)
    expected = due if late else []
    assert registry.call("batchCheckAndEscalate", ids, at=deadline + late) == len(expected)
    sent = registry.escalate_batch(ids, at=deadline + late)
    assert [(event.args["eventType"], event.args["complaintId"]) for event in sent.events] == [
        (EventType.ESCALATED, complaint) for complaint in expected
    ]
    assert registry.complaints(others) == before
    assert [registry.complaint(complaint).escalations for complaint in due] == [late] * 3


@pytest.mark.parametrize(("missed", "levels"), [(1, 1), (2, 2), (3, 3), (4, 3), (100, 3)])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_batch_check_and_escalate__id_repeated__records_the_missed_deadlines_once(
    registry: Registry, complaint: bytes, missed: int, levels: int, times: int
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + (missed - 1) * ESCALATION_INTERVAL + 1
    ids = [complaint] * times
    assert registry.call("batchCheckAndEscalate", ids, at=at) == levels
    sent = registry.escalate_batch(ids, at=at)
    told = [(Escalation.of(event.args["data"]), event.args["sequence"]) for event in sent.events]
    assert [(content.level, content.missed, sequence) for content, sequence in told] == [
        (number + 1, deadline + number * ESCALATION_INTERVAL, number + 3) for number in range(levels)
    ]
    state = registry.complaint(complaint)
    assert (state.escalations, state.event_count) == (levels, 2 + levels)


def test_batch_check_and_escalate__different_misses__returns_their_sum(registry: Registry) -> None:
    deadline = registry.node.time + 2 * ESCALATION_INTERVAL + 1_000
    ids = [registry.create_due_at(complaint_id(n), deadline - n * ESCALATION_INTERVAL) for n in range(3)]
    ids = [*ids, complaint_id(404), ids[0]]
    assert registry.call("batchCheckAndEscalate", ids, at=deadline + 1) == 1 + 2 + 3
    assert len(registry.escalate_batch(ids, at=deadline + 1).links) == 6


def test_batch_check_and_escalate__255th_miss__is_counted(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.force(complaint, escalations=254, event_count=256)
    assert registry.call("batchCheckAndEscalate", [complaint, complaint], at=deadline + 1) == 1
    registry.escalate_batch([complaint, complaint], at=deadline + 1)
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (255, 0)


def test_batch_check_and_escalate__escalated_just_before__is_skipped(registry: Registry) -> None:
    deadline = registry.node.time + 1_000
    one, other = (registry.create_due_at(complaint_id(number), deadline) for number in (1, 2))
    registry.escalate(one, at=deadline + 1)
    sent = registry.escalate_batch([one, other])
    assert sent.event.args["complaintId"] == other


def test_batch_check_and_escalate__hundreds__escalates_all_in_one_transaction(registry: Registry) -> None:
    ids = [complaint_id(number) for number in range(LARGE)]
    deadline = registry.node.time + 10_000
    state = Complaint(b"\x01" * 22, 2, deadline, Status.OPEN, 0, 0)
    for one in ids:
        registry.node.set_storage(registry.address, complaint_slot(one), state.pack())
    assert registry.call("batchCheckAndEscalate", ids, at=deadline + 1) == LARGE
    sent = registry.escalate_batch(ids, at=deadline + 1)
    assert [event.args["complaintId"] for event in sent.events] == ids
    assert {Escalation.of(event.args["data"]).level for event in sent.events} == {1}
    assert registry.call("escalatable", ids) == [False] * LARGE
