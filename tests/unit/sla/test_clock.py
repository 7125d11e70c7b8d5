"""The clock stops, it is not wiped; and it may stop and start without a deadline."""

import pytest

from tests.support.contract import Sent
from tests.support.entries import data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, MAX_UINT40, NEVER, EventType, Status
from tests.support.writes import Route, Write

STOPS = {
    "pause": EventType.SLA_PAUSED,
    "resolve": EventType.RESOLVED,
    "reject": EventType.REJECTED,
    "close": EventType.CLOSED,
}

every_stop = pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS.keys())
every_route = pytest.mark.parametrize("route", Route)


def restart_of(stop: EventType) -> EventType:
    return EventType.SLA_RESUMED if stop is EventType.SLA_PAUSED else EventType.REOPENED


def stop_clock(
    registry: Registry, complaint: bytes, stop: EventType, at: int | None = None, route: Route = Route.SINGLE
) -> Sent:
    return Write(stop, route).send(registry, complaint, at=at)


def restart_clock(
    registry: Registry, complaint: bytes, stop: EventType, at: int | None = None, route: Route = Route.SINGLE
) -> Sent:
    return Write(restart_of(stop), route).send(registry, complaint, at=at)


def in_words(number: int) -> bytes:
    return number.to_bytes(32)


@every_stop
@every_route
@pytest.mark.parametrize(("left", "kept"), [(5 * DAY, 5 * DAY), (2, 2), (1, 1), (0, 1)])
def test_stop__running_clock__keeps_the_seconds_that_remain(
    registry: Registry, complaint: bytes, stop: EventType, route: Route, left: int, kept: int
) -> None:
    deadline = registry.node.time + 10 * DAY
    registry.create_due_at(complaint, deadline)
    sent = stop_clock(registry, complaint, stop, deadline - left, route)
    assert registry.complaint(complaint).sla_deadline == kept
    # A pause commits to the seconds, a resolution to its payload.
    assert sent.event.args["data"] == (in_words(kept) if stop is EventType.SLA_PAUSED else data_hash(2))


@every_stop
@every_route
@pytest.mark.parametrize("stopped_for", [1, 400 * DAY], ids=["a_second", "over_a_year"])
def test_restart__stopped_clock__runs_on_with_the_seconds_kept(
    registry: Registry, complaint: bytes, stop: EventType, route: Route, stopped_for: int
) -> None:
    deadline = registry.node.time + 10 * DAY
    registry.create_due_at(complaint, deadline)
    stopped_at = deadline - 3 * DAY
    stop_clock(registry, complaint, stop, stopped_at, route)
    sent = restart_clock(registry, complaint, stop, stopped_at + stopped_for, route)
    runs_to = stopped_at + stopped_for + 3 * DAY
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status) == (runs_to, Status.OPEN)
    assert sent.event.args["data"] == (in_words(runs_to) if stop is EventType.SLA_PAUSED else data_hash(3))


@every_stop
@every_route
def test_stop_and_restart__no_deadline__is_allowed_and_there_is_none(
    registry: Registry, complaint: bytes, stop: EventType, route: Route
) -> None:
    """A pause and a resumption commit to 0; a reopening starts nothing."""
    registry.create(complaint)
    stopped = stop_clock(registry, complaint, stop, route=route)
    assert registry.complaint(complaint).sla_deadline == 0
    restarted = restart_clock(registry, complaint, stop, registry.node.time + DAY, route)
    state = registry.complaint(complaint)
    assert (state.status, state.sla_deadline) == (Status.OPEN, 0)
    if stop is EventType.SLA_PAUSED:
        assert stopped.event.args["data"] == restarted.event.args["data"] == bytes(32)


def test_pause__after_the_last_miss__is_a_hold_without_a_deadline(registry: Registry, complaint: bytes) -> None:
    registry.create_due_at(complaint, registry.node.time - 100 * DAY)
    registry.escalate(complaint)
    sent = registry.pause(complaint)
    state = registry.complaint(complaint)
    assert (state.status, state.sla_deadline, sent.event.args["data"]) == (Status.ON_HOLD, 0, bytes(32))


@every_stop
def test_restart__clock_that_shows_never__shows_it_again(registry: Registry, complaint: bytes, stop: EventType) -> None:
    """A saturated deadline cannot come back as one that is missed."""
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.force(complaint, sla_deadline=NEVER)
    at = registry.node.time + DAY
    stop_clock(registry, complaint, stop, at=at)
    assert registry.complaint(complaint).sla_deadline == NEVER - at
    restart_clock(registry, complaint, stop, at=at + 500)
    assert registry.complaint(complaint).sla_deadline == NEVER


@every_stop
def test_stop_and_restart__never_and_after_2106__shows_it_again(
    registry: Registry, complaint: bytes, stop: EventType
) -> None:
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.force(complaint, sla_deadline=NEVER)
    stop_clock(registry, complaint, stop, at=NEVER + DAY)
    assert registry.complaint(complaint).sla_deadline == 1
    restart_clock(registry, complaint, stop, at=MAX_UINT40)
    assert registry.complaint(complaint).sla_deadline == NEVER
    assert registry.is_escalatable(complaint) is False


@every_stop
@pytest.mark.parametrize(
    ("restarted_at", "deadline"),
    [(NEVER - 101, NEVER - 1), (NEVER - 100, NEVER), (NEVER - 99, NEVER), (NEVER, NEVER), (MAX_UINT40, NEVER)],
)
def test_restart__at_the_end_of_32_bits__saturates_without_reverting(
    registry: Registry, complaint: bytes, stop: EventType, restarted_at: int, deadline: int
) -> None:
    at = NEVER - 10_000
    registry.create(complaint)
    registry.set_deadline(complaint, at + 1_100, at=at)
    stop_clock(registry, complaint, stop, at=at + 1_000)
    assert registry.complaint(complaint).sla_deadline == 100
    restart_clock(registry, complaint, stop, at=restarted_at)
    assert registry.complaint(complaint).sla_deadline == deadline


def test_log_complaint_event__held_resolved_and_closed__keeps_the_seconds(registry: Registry, complaint: bytes) -> None:
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
    assert registry.complaint(complaint).escalations == 1


MOVE_NO_CLOCK = (
    EventType.ASSIGNED,
    EventType.STATUS_UPDATED,
    EventType.COMMENTED,
    EventType.EVIDENCE_ANCHORED,
    EventType.ERASED,
    EventType.NOTED,
)


@pytest.mark.parametrize("status", [Status.OPEN, Status.ON_HOLD], ids=lambda status: status.name)
def test_recorded_link__that_moves_no_clock__leaves_it(registry: Registry, complaint: bytes, status: Status) -> None:
    registry.bring_to(complaint, status, time_left=5_000)
    kept = registry.complaint(complaint).sla_deadline
    for event_type in MOVE_NO_CLOCK:
        Write(event_type).send(registry, complaint)
        assert registry.complaint(complaint).sla_deadline == kept
    registry.object(registry.objection(1))
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status, state.escalations) == (kept, status, 0)


@pytest.mark.parametrize("status", [Status.ON_HOLD, Status.RESOLVED, Status.CLOSED], ids=lambda status: status.name)
def test_any_link__clock_stopped_for_longer_than_it_shows__no_breach(
    registry: Registry, complaint: bytes, status: Status
) -> None:
    registry.bring_to(complaint, status, time_left=5_000)
    kept = registry.complaint(complaint).sla_deadline
    registry.node.warp(registry.node.time + 400 * DAY)
    assert len(registry.log(complaint, EventType.NOTED).events) == 1
    assert len(registry.object(registry.objection(1)).events) == 1
    assert registry.complaint(complaint).sla_deadline == kept
