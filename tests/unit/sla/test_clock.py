"""The clock stops, it is not wiped (rule 4)."""

import pytest

from tests.support.contract import Sent
from tests.support.registry import Registry, data_hash
from tests.support.spec import DAY, MAX_UINT40, EventType, Status

STOPS = {
    "pause": EventType.SLA_PAUSED,
    "resolve": EventType.RESOLVED,
    "reject": EventType.REJECTED,
    "close": EventType.CLOSED,
}

every_stop = pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS.keys())


def stop_clock(registry: Registry, complaint: bytes, stop: EventType, at: int | None = None) -> Sent:
    if stop is EventType.SLA_PAUSED:
        return registry.pause(complaint, at=at)
    return registry.log(complaint, stop, at=at)


def restart_clock(registry: Registry, complaint: bytes, stop: EventType, at: int | None = None) -> Sent:
    if stop is EventType.SLA_PAUSED:
        return registry.resume(complaint, at=at)
    return registry.log(complaint, EventType.REOPENED, at=at)


@every_stop
@pytest.mark.parametrize(("left", "kept"), [(5 * DAY, 5 * DAY), (2, 2), (1, 1), (0, 1)])
def test_stop__running_clock__keeps_the_seconds_that_remain(
    registry: Registry, complaint: bytes, stop: EventType, left: int, kept: int
) -> None:
    deadline = registry.node.time + 10 * DAY
    registry.create_due_at(complaint, deadline)
    stop_clock(registry, complaint, stop, at=deadline - left)
    assert registry.complaint(complaint).sla_deadline == kept


@every_stop
@pytest.mark.parametrize("stopped_for", [1, 400 * DAY], ids=["a_second", "over_a_year"])
def test_restart__stopped_clock__runs_on_with_the_seconds_kept(
    registry: Registry, complaint: bytes, stop: EventType, stopped_for: int
) -> None:
    deadline = registry.node.time + 10 * DAY
    registry.create_due_at(complaint, deadline)
    stopped_at = deadline - 3 * DAY
    stop_clock(registry, complaint, stop, at=stopped_at)
    restart_clock(registry, complaint, stop, at=stopped_at + stopped_for)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status) == (stopped_at + stopped_for + 3 * DAY, Status.OPEN)


@every_stop
def test_restart__clock_that_shows_the_greatest_time__saturates(
    registry: Registry, complaint: bytes, stop: EventType
) -> None:
    at = MAX_UINT40 - 1_000
    registry.create(complaint)
    registry.set_deadline(complaint, at + 900, at=at)
    stop_clock(registry, complaint, stop, at=at + 1)
    restart_clock(registry, complaint, stop, at=at + 500)
    assert registry.complaint(complaint).sla_deadline == MAX_UINT40


@pytest.mark.parametrize(
    ("restarted_at", "deadline"),
    [
        (MAX_UINT40 - 101, MAX_UINT40 - 1),
        (MAX_UINT40 - 100, MAX_UINT40),
        (MAX_UINT40 - 99, MAX_UINT40),
        (MAX_UINT40, MAX_UINT40),
    ],
)
def test_resume_sla__at_the_end_of_time__saturates_without_reverting(
    registry: Registry, complaint: bytes, restarted_at: int, deadline: int
) -> None:
    at = MAX_UINT40 - 10_000
    registry.create(complaint)
    registry.set_deadline(complaint, at + 1_100, at=at)
    registry.pause(complaint, at=at + 1_000)
    assert registry.complaint(complaint).sla_deadline == 100
    sent = registry.resume(complaint, at=restarted_at)
    assert sent.event.args["deadline"] == registry.complaint(complaint).sla_deadline == deadline


def test_log_complaint_event__resolved_then_closed__keeps_the_seconds(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 10 * DAY
    registry.create_due_at(complaint, deadline)
    registry.pause(complaint, at=deadline - 777)
    kept = []
    for event_type in (EventType.REJECTED, EventType.CLOSED):
        registry.log(complaint, event_type, at=registry.node.time + 30 * DAY)
        kept.append(registry.complaint(complaint).sla_deadline)
    assert kept == [777, 777]
    sent = registry.log(complaint, EventType.REOPENED)
    assert registry.complaint(complaint).sla_deadline == sent.timestamp + 777


@pytest.mark.parametrize("stop", list(STOPS.values())[1:], ids=list(STOPS)[1:])
def test_reopened__there_was_no_deadline__there_is_none(registry: Registry, complaint: bytes, stop: EventType) -> None:
    registry.create(complaint)
    stop_clock(registry, complaint, stop)
    assert registry.complaint(complaint).sla_deadline == 0
    restart_clock(registry, complaint, stop)
    assert registry.complaint(complaint).sla_deadline == 0


@every_stop
def test_stop_and_restart__many_times__gains_nothing(registry: Registry, complaint: bytes, stop: EventType) -> None:
    time_left = 10 * DAY
    registry.create_due_at(complaint, registry.node.time + time_left + 2)
    ran, last_start = 0, registry.node.time
    for _ in range(8):
        stopped_at = last_start + 1_000
        stop_clock(registry, complaint, stop, at=stopped_at)
        ran += stopped_at - last_start
        last_start = stopped_at + 5 * DAY
        restart_clock(registry, complaint, stop, at=last_start)
    assert registry.complaint(complaint).sla_deadline == last_start + time_left - ran


@every_stop
def test_stop_and_restart__at_the_deadline_each_time__leaves_one_second_each_time(
    registry: Registry, complaint: bytes, stop: EventType
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    for _ in range(3):
        stop_clock(registry, complaint, stop, at=deadline)
        restarted = restart_clock(registry, complaint, stop)
        assert registry.complaint(complaint).sla_deadline == restarted.timestamp + 1
        deadline = restarted.timestamp + 1
    registry.escalate(complaint, at=deadline + 1)
    assert registry.complaint(complaint).escalation_level == 1


@pytest.mark.parametrize("status", [Status.OPEN, Status.ON_HOLD], ids=lambda status: status.name)
@pytest.mark.parametrize("missed", [False, True], ids=["in_time", "missed"])
def test_any_link__that_moves_no_clock__leaves_it(
    registry: Registry, complaint: bytes, status: Status, missed: bool
) -> None:
    registry.bring_to(complaint, status, time_left=5_000)
    kept = registry.complaint(complaint).sla_deadline
    if missed:
        registry.node.warp(registry.node.time + 1_000_000)
    for event_type in (EventType.ASSIGNED, EventType.STATUS_UPDATED, EventType.COMMENTED):
        registry.log(complaint, event_type)
        assert registry.complaint(complaint).sla_deadline == kept
    registry.anchor(complaint, data_hash(1))
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status, state.escalation_level) == (kept, status, 0)
