"""Escalation: when it is due, and where it leads."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.entries import complaint_id
from tests.support.links import escalation_data, link
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, MAX_ESCALATION_INTERVAL, MAX_UINT40, NEVER, EventType, Status
from tests.support.spec import MAX_ESCALATION_LEVEL as HIGHEST_MAX_LEVEL
from tests.support.writes import Write

Deploy = Callable[..., Registry]


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
    assert registry.complaint(complaint).escalations == 0


@pytest.mark.parametrize("late", [1, 2, 12 * 3600, DAY])
@pytest.mark.parametrize("who", ["stranger", "recorder", "sla_manager", "admin", "complainant"])
def test_check_and_escalate__past_deadline__is_one_link_whoever_sends_it(
    registry: Registry, complaint: bytes, deadline: int, late: int, who: str
) -> None:
    sender = getattr(registry.actors, who)
    before = registry.complaint(complaint)
    at = deadline + late
    assert registry.call("checkAndEscalate", complaint, sender=sender, at=at) == 1
    registry.escalate(complaint, sender=sender, at=at)
    after = registry.complaint(complaint)
    next_deadline = deadline + ESCALATION_INTERVAL  # from the missed deadline, however late it is recorded
    content = escalation_data(1, deadline, next_deadline)
    assert after.head == link(before.head, complaint, 3, EventType.ESCALATED, sender, at, content)
    assert (after.event_count, after.status) == (3, Status.OPEN)
    assert (after.escalations, after.sla_deadline) == (1, next_deadline)


@pytest.mark.parametrize(("late", "levels"), [(0, 1), (1, 2), (DAY + 1, 3), (400 * DAY, 3)])
def test_check_and_escalate__several_intervals_late__records_every_miss_in_one_call(
    registry: Registry, complaint: bytes, deadline: int, late: int, levels: int
) -> None:
    at = deadline + ESCALATION_INTERVAL + late
    missed = [deadline + number * ESCALATION_INTERVAL for number in range(levels)]
    following = [one + ESCALATION_INTERVAL for one in missed]
    if levels == MAX_ESCALATION_LEVEL:
        following[-1] = 0
    assert registry.call("checkAndEscalate", complaint, at=at) == levels
    sent = registry.escalate(complaint, at=at)
    expected = [escalation_data(number + 1, missed[number], following[number]) for number in range(levels)]
    assert [event.args["data"] for event in sent.links] == expected
    assert [event.args["sequence"] for event in sent.links] == list(range(3, 3 + levels))
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (levels, following[-1])
    with reverts("SLANotBreached", complaintId=complaint, deadline=following[-1]):
        registry.escalate(complaint, at=at)


def test_check_and_escalate__at_second_deadline__is_due_one_second_later(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.escalate(complaint, at=deadline + 1)
    second = deadline + ESCALATION_INTERVAL
    with reverts("SLANotBreached", complaintId=complaint, deadline=second):
        registry.escalate(complaint, at=second)
    assert registry.call("checkAndEscalate", complaint, at=second + 1) == 2
    registry.escalate(complaint, at=second + 1)
    assert registry.complaint(complaint).escalations == 2


def test_check_and_escalate__looked_at_often_or_once__leads_to_the_same(registry: Registry) -> None:
    """The level depends on the time that passed and not on how often somebody looked."""
    often, once = complaint_id(1), complaint_id(2)
    deadline = registry.node.time + 1_000
    registry.create_due_at(often, deadline)
    registry.create_due_at(once, deadline)
    first = registry.escalate(often, at=deadline + 1)
    second = registry.escalate(often, at=deadline + ESCALATION_INTERVAL + 1)
    both = registry.escalate(once, at=deadline + ESCALATION_INTERVAL + 2)
    assert [event.args["data"] for event in both.links] == [
        event.args["data"] for sent in (first, second) for event in sent.links
    ]
    one, other = registry.complaint(often), registry.complaint(once)
    assert (one.escalations, one.sla_deadline) == (other.escalations, other.sla_deadline)


def test_check_and_escalate__new_deadlines_missed_at_maximum__each_is_recorded_and_level_stays(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.escalate(complaint, at=deadline + MAX_ESCALATION_LEVEL * ESCALATION_INTERVAL)
    for number in (1, 2, 3):
        again = registry.node.time + 1_000
        registry.set_deadline(complaint, again)
        assert registry.call("checkAndEscalate", complaint, at=again + 1) == MAX_ESCALATION_LEVEL
        sent = registry.escalate(complaint, at=again + 1)
        assert sent.event.args["data"] == escalation_data(MAX_ESCALATION_LEVEL, again, 0)
        state = registry.complaint(complaint)
        assert (state.escalations, state.sla_deadline) == (MAX_ESCALATION_LEVEL + number, 0)


def test_check_and_escalate__254_misses_on_record__255th_is_the_last(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.force(complaint, escalations=254, event_count=256)
    sent = registry.escalate(complaint, at=deadline + 100 * DAY)
    assert sent.event.args["data"] == escalation_data(MAX_ESCALATION_LEVEL, deadline, 0)
    state = registry.complaint(complaint)
    assert (state.escalations, state.objections, state.sla_deadline) == (255, 0, 0)
    with reverts("SLANotBreached", complaintId=complaint, deadline=0):
        registry.escalate(complaint)


def test_check_and_escalate__maximum_is_one__first_is_the_last(deploy_registry: Deploy, complaint: bytes) -> None:
    registry = deploy_registry(maxEscalationLevel=1)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    assert len(registry.escalate(complaint, at=deadline + 50 * DAY).links) == 1
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (1, 0)


@pytest.mark.parametrize("misses", [1, HIGHEST_MAX_LEVEL - 1, HIGHEST_MAX_LEVEL])
@pytest.mark.parametrize("write", [Write(EventType.ESCALATED), Write(EventType.CLOSED)], ids=["escalate", "close"])
def test_any_write__highest_maximum_and_shortest_interval__records_all_misses_at_once(
    deploy_registry: Deploy, complaint: bytes, misses: int, write: Write
) -> None:
    registry = deploy_registry(maxEscalationLevel=HIGHEST_MAX_LEVEL, escalationInterval=1)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    sent = write.send(registry, complaint, at=deadline + misses)
    following = deadline + misses if misses < HIGHEST_MAX_LEVEL else 0
    levels = [link for link in sent.links if link.args["eventType"] == EventType.ESCALATED]
    assert levels[-1].args["data"] == escalation_data(misses, deadline + misses - 1, following)
    assert len(levels) == registry.complaint(complaint).escalations == misses


@pytest.mark.parametrize("interval", [1, MAX_ESCALATION_INTERVAL], ids=["shortest", "longest"])
def test_check_and_escalate__extreme_interval__next_deadline_is_that_far_from_the_missed_one(
    deploy_registry: Deploy, complaint: bytes, interval: int
) -> None:
    registry = deploy_registry(escalationInterval=interval)
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    assert registry.complaint(complaint).sla_deadline == deadline + interval


@pytest.mark.parametrize(
    ("deadline", "next_deadline"),
    [
        (NEVER - ESCALATION_INTERVAL - 1, NEVER - 1),
        (NEVER - ESCALATION_INTERVAL, NEVER),
        (NEVER - ESCALATION_INTERVAL + 1, NEVER),
        (NEVER - 1, NEVER),
    ],
)
def test_check_and_escalate__at_the_end_of_32_bits__saturates_without_reverting(
    registry: Registry, complaint: bytes, deadline: int, next_deadline: int
) -> None:
    registry.create(complaint)
    registry.set_deadline(complaint, deadline, at=NEVER - 2 * ESCALATION_INTERVAL)
    sent = registry.escalate(complaint, at=deadline + 1)
    assert sent.event.args["data"] == escalation_data(1, deadline, next_deadline)
    assert registry.complaint(complaint).sla_deadline == next_deadline


@pytest.mark.parametrize("at", [NEVER - 1, NEVER, NEVER + 1, NEVER + DAY, MAX_UINT40])
def test_check_and_escalate__saturated_deadline__is_never_due(registry: Registry, complaint: bytes, at: int) -> None:
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.force(complaint, sla_deadline=NEVER)
    assert registry.is_escalatable(complaint, at=at) is False
    with reverts("SLANotBreached", complaintId=complaint, deadline=NEVER):
        registry.escalate(complaint, at=at)
    assert registry.escalate_batch([complaint]).events == ()
    assert len(registry.log(complaint, EventType.COMMENTED).links) == 1


@pytest.mark.parametrize("at", [NEVER, NEVER + 1, MAX_UINT40])
def test_check_and_escalate__last_deadline_that_is_not_saturated__is_missed_also_after_2106(
    registry: Registry, complaint: bytes, at: int
) -> None:
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.force(complaint, sla_deadline=NEVER - 1)
    sent = registry.escalate(complaint, at=at)
    assert sent.event.args["data"] == escalation_data(1, NEVER - 1, NEVER)


def test_escalations__whatever_follows__never_fall(registry: Registry, complaint: bytes, deadline: int) -> None:
    registry.escalate(complaint, at=deadline + 1)
    registry.pause(complaint)
    registry.resume(complaint)
    registry.set_deadline(complaint, registry.node.time + 100 * DAY)
    for event_type in (EventType.RESOLVED, EventType.REOPENED, EventType.REJECTED, EventType.CLOSED):
        registry.log(complaint, event_type)
        assert registry.complaint(complaint).escalations == 1
    registry.log(complaint, EventType.REOPENED)
    registry.object(registry.objection(1))
    assert registry.complaint(complaint).escalations == 1


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
    assert (state.escalations, state.sla_deadline) == (2, resumed.timestamp + 60 + ESCALATION_INTERVAL)


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, False), (1, True), (1_000_000, True)])
def test_escalatable__any_time__says_whether_an_escalation_would_succeed(
    registry: Registry, complaint: bytes, deadline: int, late: int, due: bool
) -> None:
    assert registry.is_escalatable(complaint, at=deadline + late) is due
    if due:
        registry.escalate(complaint, at=deadline + late)
    else:
        with reverts("SLANotBreached", complaintId=complaint, deadline=deadline):
            registry.escalate(complaint, at=deadline + late)


def test_escalatable__several__answers_in_their_order(registry: Registry) -> None:
    now = registry.node.time
    late = registry.create_due_at(complaint_id(1), now + 100)
    on_time = registry.create_due_at(complaint_id(2), now + 10_000)
    held = registry.bring_to(complaint_id(3), Status.ON_HOLD, time_left=100)
    unknown = complaint_id(404)
    ids = [late, on_time, held, unknown, late]
    assert registry.call("escalatable", ids, at=now + 5_000) == [True, False, False, False, True]
