"""Escalation of many: skips what is not due, never reverts for it (rules 6 and 10)."""

import pytest

from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry, complaint_id, data_hash
from tests.support.spec import EventType, Status

LARGE = 300


def test_batch_check_and_escalate__empty__does_nothing(registry: Registry) -> None:
    assert registry.call("batchCheckAndEscalate", []) == 0
    assert registry.escalate_batch([]).events == ()


def test_batch_check_and_escalate__one_due__does_what_the_single_one_does(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + 5
    with registry.node.undone():
        single = registry.escalate(complaint, at=at).events, registry.complaint(complaint)
    assert registry.call("batchCheckAndEscalate", [complaint], at=at) == 1
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
    before = [registry.complaint(other) for other in others]
    expected = due if late else []
    assert registry.call("batchCheckAndEscalate", ids, at=deadline + late) == len(expected)
    sent = registry.escalate_batch(ids, at=deadline + late)
    assert [(event.name, event.args["complaintId"]) for event in sent.events] == [
        ("ComplaintEscalated", complaint) for complaint in expected
    ]
    assert [registry.complaint(other) for other in others] == before
    assert [registry.complaint(complaint).escalation_level for complaint in due] == [late] * 3


@pytest.mark.parametrize(("missed", "levels"), [(1, 1), (2, 2), (3, 3), (4, 3), (100, 3)])
def test_batch_check_and_escalate__id_repeated__records_the_missed_levels(
    registry: Registry, complaint: bytes, missed: int, levels: int
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + (missed - 1) * ESCALATION_INTERVAL + 1
    ids = [complaint] * (MAX_ESCALATION_LEVEL + 2)
    assert registry.call("batchCheckAndEscalate", ids, at=at) == levels
    sent = registry.escalate_batch(ids, at=at)
    told = [(event.args["level"], event.args["missedDeadline"], event.args["sequence"]) for event in sent.events]
    assert told == [(number + 1, deadline + number * ESCALATION_INTERVAL, number + 3) for number in range(levels)]
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.event_count) == (levels, 2 + levels)


def test_batch_check_and_escalate__escalated_just_before__is_skipped(registry: Registry) -> None:
    deadline = registry.node.time + 1_000
    one, other = (registry.create_due_at(complaint_id(number), deadline) for number in (1, 2))
    registry.escalate(one, at=deadline + 1)
    sent = registry.escalate_batch([one, other])
    assert sent.event.args["complaintId"] == other


def test_batch_check_and_escalate__hundreds__escalates_all_in_one_transaction(registry: Registry) -> None:
    ids = [complaint_id(number) for number in range(LARGE)]
    deadline = registry.node.time + 10_000
    create = [registry.codec.call("logComplaintEvent", one, EventType.CREATED, data_hash(1), 1) for one in ids]
    limit = [registry.codec.call("setSLADeadline", one, deadline, 2) for one in ids]
    for start in range(0, LARGE, 100):
        registry.multicall(create[start : start + 100], sender=registry.actors.recorder)
        registry.multicall(limit[start : start + 100], sender=registry.actors.sla_manager)
    sent = registry.escalate_batch(ids, at=deadline + 1)
    assert [event.args["complaintId"] for event in sent.events] == ids
    assert {event.args["level"] for event in sent.events} == {1}
    assert registry.call("escalatable", ids) == [False] * LARGE
