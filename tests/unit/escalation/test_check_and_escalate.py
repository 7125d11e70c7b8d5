"""Escalation: when it is due, and where it leads (rule 6)."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.links import escalation_hash, link
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry, complaint_id
from tests.support.spec import (
    DAY,
    MAX_ESCALATION_INTERVAL,
    MAX_UINT8,
    MAX_UINT40,
    EventType,
    Status,
)


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """Of the complaint, which is open and in time; Unix seconds."""
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    return deadline


def test_check_and_escalate__unknown_complaint__reverts(registry: Registry, complaint: bytes) -> None:
    with reverts("SLANotBreached", complaintId=complaint, deadline=0):
        registry.escalate(complaint)


def test_check_and_escalate__no_deadline__reverts(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    with reverts("SLANotBreached", complaintId=complaint, deadline=0):
        registry.escalate(complaint, at=MAX_UINT40)


@pytest.mark.parametrize("early", [500, 1, 0], ids=["long_before", "a_second_before", "at_deadline"])
def test_check_and_escalate__not_past_deadline__reverts(
    registry: Registry, complaint: bytes, deadline: int, early: int
) -> None:
    with reverts("SLANotBreached", complaintId=complaint, deadline=deadline):
        registry.escalate(complaint, at=deadline - early)
    assert registry.complaint(complaint).escalation_level == 0


@pytest.mark.parametrize("late", [1, 2, 12 * 3600, 400 * DAY])
@pytest.mark.parametrize("who", ["stranger", "recorder", "sla_manager", "admin"])
def test_check_and_escalate__past_deadline__raises_level_whoever_sends_it(
    registry: Registry, complaint: bytes, deadline: int, late: int, who: str
) -> None:
    sender = getattr(registry.actors, who)
    before = registry.complaint(complaint)
    at = deadline + late
    assert registry.call("checkAndEscalate", complaint, sender=sender, at=at) == 1
    registry.escalate(complaint, sender=sender, at=at)
    after = registry.complaint(complaint)
    next_deadline = deadline + ESCALATION_INTERVAL  # from the missed deadline, however late it is recorded
    content = escalation_hash(1, deadline, next_deadline)
    assert after.head == link(before.head, complaint, 3, EventType.ESCALATED, sender, at, content)
    assert (after.event_count, after.status) == (3, Status.OPEN)
    assert (after.escalation_level, after.sla_deadline) == (1, next_deadline)


def test_check_and_escalate__three_intervals_late__needs_three_calls(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    late = deadline + 2 * ESCALATION_INTERVAL + 1
    deadlines, levels = [], []
    for number in range(MAX_ESCALATION_LEVEL):
        registry.escalate(complaint, at=late + number)
        state = registry.complaint(complaint)
        deadlines.append(state.sla_deadline)
        levels.append(state.escalation_level)
    assert deadlines == [deadline + ESCALATION_INTERVAL, deadline + 2 * ESCALATION_INTERVAL, 0]
    assert levels == [1, 2, 3]
    with reverts("SLANotBreached", complaintId=complaint, deadline=0):
        registry.escalate(complaint, at=late + 400 * DAY)


def test_check_and_escalate__at_second_deadline__is_due_one_second_later(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.escalate(complaint, at=deadline + 1)
    second = deadline + ESCALATION_INTERVAL
    with reverts("SLANotBreached", complaintId=complaint, deadline=second):
        registry.escalate(complaint, at=second)
    registry.escalate(complaint, at=second + 1)
    assert registry.complaint(complaint).escalation_level == 2


def test_check_and_escalate__looked_at_often_or_once__leads_to_the_same(registry: Registry) -> None:
    """The level depends on the time that passed and not on how often somebody looked."""
    often, once = complaint_id(1), complaint_id(2)
    deadline = registry.node.time + 1_000
    registry.create_due_at(often, deadline)
    registry.create_due_at(once, deadline)
    registry.escalate(often, at=deadline + 1)
    registry.escalate(often, at=deadline + ESCALATION_INTERVAL + 1)
    registry.escalate_batch([once, once, once], at=deadline + ESCALATION_INTERVAL + 2)
    first, second = registry.complaint(often), registry.complaint(once)
    assert (first.escalation_level, first.sla_deadline) == (second.escalation_level, second.sla_deadline)


def test_check_and_escalate__new_deadline_missed_at_maximum__is_recorded_and_level_stays(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    late = deadline + MAX_ESCALATION_LEVEL * ESCALATION_INTERVAL
    registry.escalate_batch([complaint] * MAX_ESCALATION_LEVEL, at=late)
    again = late + 1_000
    registry.set_deadline(complaint, again)
    sent = registry.escalate(complaint, at=again + 1)
    args = sent.event.args
    assert (args["level"], args["missedDeadline"], args["nextDeadline"]) == (MAX_ESCALATION_LEVEL, again, 0)
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.sla_deadline) == (MAX_ESCALATION_LEVEL, 0)


def test_check_and_escalate__maximum_is_one__first_is_the_last(
    deploy_registry: Callable[..., Registry], complaint: bytes
) -> None:
    registry = deploy_registry(maxEscalationLevel=1)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.sla_deadline) == (1, 0)


def test_check_and_escalate__maximum_is_255__reaches_it_and_stays(
    deploy_registry: Callable[..., Registry], complaint: bytes
) -> None:
    registry = deploy_registry(maxEscalationLevel=MAX_UINT8, escalationInterval=1)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate_batch([complaint] * (MAX_UINT8 - 1), at=deadline + 1_000)
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.sla_deadline) == (MAX_UINT8 - 1, deadline + MAX_UINT8 - 1)
    registry.escalate(complaint)
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.sla_deadline) == (MAX_UINT8, 0)
    registry.set_deadline(complaint, registry.node.time + 10)
    registry.escalate(complaint, at=registry.node.time + 100)
    assert registry.complaint(complaint).escalation_level == MAX_UINT8


@pytest.mark.parametrize("interval", [1, MAX_ESCALATION_INTERVAL], ids=["shortest", "longest"])
def test_check_and_escalate__extreme_interval__next_deadline_is_that_far_from_the_missed_one(
    deploy_registry: Callable[..., Registry], complaint: bytes, interval: int
) -> None:
    registry = deploy_registry(escalationInterval=interval)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 50)
    assert registry.complaint(complaint).sla_deadline == deadline + interval


@pytest.mark.parametrize(
    ("deadline", "next_deadline"),
    [
        (MAX_UINT40 - ESCALATION_INTERVAL - 1, MAX_UINT40 - 1),
        (MAX_UINT40 - ESCALATION_INTERVAL, MAX_UINT40),
        (MAX_UINT40 - ESCALATION_INTERVAL + 1, MAX_UINT40),
        (MAX_UINT40 - 1, MAX_UINT40),
    ],
)
def test_check_and_escalate__at_the_end_of_time__saturates_without_reverting(
    registry: Registry, complaint: bytes, deadline: int, next_deadline: int
) -> None:
    registry.create(complaint)
    registry.set_deadline(complaint, deadline, at=MAX_UINT40 - 2 * ESCALATION_INTERVAL)
    registry.escalate(complaint, at=deadline + 1)
    assert registry.complaint(complaint).sla_deadline == next_deadline


def test_level__whatever_follows__never_falls(registry: Registry, complaint: bytes, deadline: int) -> None:
    registry.escalate(complaint, at=deadline + 1)
    registry.pause(complaint)
    registry.resume(complaint)
    registry.set_deadline(complaint, registry.node.time + 100 * DAY)
    for event_type in (EventType.RESOLVED, EventType.REOPENED, EventType.REJECTED, EventType.CLOSED):
        registry.log(complaint, event_type)
        assert registry.complaint(complaint).escalation_level == 1
    registry.log(complaint, EventType.REOPENED)
    assert registry.complaint(complaint).escalation_level == 1


def test_escalated_complaint__paused_before_second_deadline__escalates_after_the_rest_has_run(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.escalate(complaint, at=deadline + 1)
    registry.pause(complaint, at=deadline + ESCALATION_INTERVAL - 60)
    resumed = registry.resume(complaint, at=deadline + 50 * DAY)
    with reverts("SLANotBreached", complaintId=complaint, deadline=resumed.timestamp + 60):
        registry.escalate(complaint, at=resumed.timestamp + 60)
    registry.escalate(complaint, at=resumed.timestamp + 61)
    state = registry.complaint(complaint)
    assert (state.escalation_level, state.sla_deadline) == (2, resumed.timestamp + 60 + ESCALATION_INTERVAL)


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, False), (1, True), (1_000_000, True)])
def test_is_escalatable__any_time__says_whether_an_escalation_would_succeed(
    registry: Registry, complaint: bytes, deadline: int, late: int, due: bool
) -> None:
    assert registry.call("isEscalatable", complaint, at=deadline + late) is due
    assert registry.call("escalatable", [complaint], at=deadline + late) == [due]


def test_escalatable__several__answers_in_their_order(registry: Registry) -> None:
    now = registry.node.time
    late = registry.create_due_at(complaint_id(1), now + 100)
    on_time = registry.create_due_at(complaint_id(2), now + 10_000)
    held = registry.bring_to(complaint_id(3), Status.ON_HOLD, time_left=100)
    unknown = complaint_id(404)
    ids = [late, on_time, held, unknown, late]
    assert registry.call("escalatable", ids, at=now + 5_000) == [True, False, False, False, True]
    assert registry.call("escalatable", []) == []
