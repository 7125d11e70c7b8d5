"""Deadlines: their range, which is judged on all 256 bits, and the past, in which they may lie."""

from collections.abc import Callable

import pytest

from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, MAX_SLA_DURATION, MAX_UINT40, NEVER, EventType, Status
from tests.support.writes import Route, Write, assert_refused, every

WRITES = tuple(Write(EventType.SLA_DEADLINE_SET, route) for route in Route)

every_route = every(*WRITES)


def send(registry: Registry, complaint: bytes, write: Write, deadline: int, at: int | None = None) -> None:
    """Sets the deadline by the route of the write."""
    entry = registry.entry(complaint, EventType.SLA_DEADLINE_SET, deadline)
    if write.route is Route.BATCH:
        assert registry.record_batch([entry], at=at).links
    elif write.route is Route.SIGNED:
        registry.record_signed(registry.signed(entry), at=at)
    else:
        registry.record(entry, at=at)


def assert_out_of_range(registry: Registry, complaint: bytes, write: Write, deadline: int, at: int | None) -> None:
    class Chosen(Write):
        def entry(self, registry: Registry, complaint: bytes, nonce: int | None = None):
            return registry.entry(complaint, EventType.SLA_DEADLINE_SET, deadline, nonce)

    chosen = Chosen(write.event_type, write.route)
    assert_refused(registry, chosen, complaint, "DeadlineOutOfRange", at=at, deadline=deadline)


OUT_OF_RANGE: dict[str, Callable[[int], int]] = {
    "zero": lambda _: 0,
    "a_second_too_far": lambda now: now + MAX_SLA_DURATION + 1,
    "never": lambda _: NEVER,
    "2^32": lambda _: 2**32,
    "in_range_in_the_lowest_32_bits": lambda now: 2**32 + now + DAY,
    "in_range_but_for_the_highest_bit": lambda now: 2**255 + now + DAY,
    "greatest": lambda _: 2**256 - 1,
}
IN_RANGE: dict[str, Callable[[int], int]] = {
    "one": lambda _: 1,
    "now": lambda now: now,
    "next_second": lambda now: now + 1,
    "a_week": lambda now: now + 604_800,
    "a_second_short_of_farthest": lambda now: now + MAX_SLA_DURATION - 1,
    "farthest": lambda now: now + MAX_SLA_DURATION,
}


@every_route
@pytest.mark.parametrize("deadline_at", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE.keys())
def test_set_sla_deadline__out_of_range__is_refused(
    registry: Registry, complaint: bytes, write: Write, deadline_at: Callable[[int], int]
) -> None:
    registry.create(complaint)
    at = registry.node.time + 50
    assert_out_of_range(registry, complaint, write, deadline_at(at), at)


@every_route
@pytest.mark.parametrize("deadline_at", IN_RANGE.values(), ids=IN_RANGE.keys())
def test_set_sla_deadline__in_range__is_set(
    registry: Registry, complaint: bytes, write: Write, deadline_at: Callable[[int], int]
) -> None:
    registry.create(complaint)
    at = registry.node.time + 50
    deadline = deadline_at(at)
    send(registry, complaint, write, deadline, at)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status, state.escalations) == (deadline, Status.OPEN, 0)


@pytest.mark.parametrize(
    ("at", "deadline", "allowed"),
    [
        (NEVER - MAX_SLA_DURATION, NEVER - 1, True),
        (NEVER - MAX_SLA_DURATION, NEVER, False),
        (NEVER, NEVER - 1, True),
        (NEVER, NEVER, False),
        (NEVER + 1, NEVER + 2, False),
        (MAX_UINT40, NEVER - 1, True),
        (MAX_UINT40, MAX_UINT40, False),
    ],
)
def test_set_sla_deadline__near_and_after_the_end_of_32_bits__is_one_that_can_be_missed(
    registry: Registry, complaint: bytes, at: int, deadline: int, allowed: bool
) -> None:
    registry.create(complaint)
    if allowed:
        registry.set_deadline(complaint, deadline, at=at)
        assert registry.complaint(complaint).sla_deadline == deadline
    else:
        assert_out_of_range(registry, complaint, WRITES[0], deadline, at)


@pytest.mark.parametrize("age", [1, DAY, 10 * DAY])
def test_set_sla_deadline__in_the_past__is_missed_at_once_and_recorded_by_whatever_comes_next(
    registry: Registry, complaint: bytes, age: int
) -> None:
    """What was promised and missed is on record, instead of a later deadline that nobody promised."""
    registry.create(complaint)
    deadline = registry.node.time - age
    assert registry.set_deadline(complaint, deadline).event.args["data"] == deadline.to_bytes(32)
    assert registry.is_escalatable(complaint) is True
    sent = registry.log(complaint, EventType.COMMENTED)
    missed = min((sent.timestamp - deadline - 1) // ESCALATION_INTERVAL + 1, MAX_ESCALATION_LEVEL)
    assert len(sent.links) == missed + 1
    assert registry.complaint(complaint).escalations == missed


def test_set_sla_deadline__one__misses_every_level_in_one_transaction(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.set_deadline(complaint, 1)
    registry.escalate(complaint)
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (MAX_ESCALATION_LEVEL, 0)


@pytest.mark.parametrize("shift", [-40, 0, 40], ids=["earlier", "the_same", "later"])
@pytest.mark.parametrize("before", [1, 0], ids=["a_second_before_deadline", "at_deadline"])
def test_set_sla_deadline__not_missed__moves(registry: Registry, complaint: bytes, shift: int, before: int) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline - before
    moved = at + 50 + shift
    sent = registry.set_deadline(complaint, moved, at=at)
    assert len(sent.links) == 1
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.escalations) == (moved, 0)


def test_set_sla_deadline__highest_level__is_set_and_level_stays(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + MAX_ESCALATION_LEVEL * ESCALATION_INTERVAL + 1
    registry.escalate(complaint, at=at)
    assert registry.complaint(complaint).sla_deadline == 0
    registry.set_deadline(complaint, at + 1_000)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.escalations) == (at + 1_000, MAX_ESCALATION_LEVEL)


@every_route
def test_set_sla_deadline__after_the_255th_miss__is_out_of_range(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    registry.create(complaint)
    registry.force(complaint, escalations=255, event_count=256)
    assert_out_of_range(registry, complaint, write, registry.node.time + DAY, None)


@every_route
def test_set_sla_deadline__254_misses_and_none_open__is_set(registry: Registry, complaint: bytes, write: Write) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.force(complaint, escalations=254, event_count=256)
    send(registry, complaint, write, deadline + 5, at=deadline)
    assert registry.complaint(complaint).sla_deadline == deadline + 5


@every_route
def test_set_sla_deadline__254_misses_and_due__is_out_of_range_and_records_nothing(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    """The check is of the state after the breach, which is the 255th."""
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.force(complaint, escalations=254, event_count=256)
    assert_out_of_range(registry, complaint, write, deadline + DAY, deadline + 1)
    registry.escalate(complaint)
    assert_out_of_range(registry, complaint, write, deadline + DAY, None)


@every_route
def test_set_sla_deadline__253_misses_and_due__is_set_behind_the_breach(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.force(complaint, escalations=253, event_count=255)
    send(registry, complaint, write, deadline + DAY, at=deadline + 1)
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (254, deadline + DAY)
