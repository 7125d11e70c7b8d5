"""Deadlines: their range (rule 8), and that a missed one cannot be moved (rule 5)."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import MAX_SLA_DURATION, MAX_UINT40, Status

OUT_OF_RANGE: dict[str, Callable[[int], int]] = {
    "zero": lambda _: 0,
    "one": lambda _: 1,
    "long_past": lambda now: now - 1_000_000,
    "a_second_ago": lambda now: now - 1,
    "now": lambda now: now,
    "a_second_too_far": lambda now: now + MAX_SLA_DURATION + 1,
    "greatest": lambda _: MAX_UINT40,
}
IN_RANGE: dict[str, Callable[[int], int]] = {
    "next_second": lambda now: now + 1,
    "a_week": lambda now: now + 604_800,
    "a_second_short_of_farthest": lambda now: now + MAX_SLA_DURATION - 1,
    "farthest": lambda now: now + MAX_SLA_DURATION,
}


@pytest.mark.parametrize("deadline_at", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE.keys())
def test_set_sla_deadline__out_of_range__reverts(
    registry: Registry, complaint: bytes, deadline_at: Callable[[int], int]
) -> None:
    registry.create(complaint)
    at = registry.node.time + 50
    deadline = deadline_at(at)
    with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=deadline):
        registry.set_deadline(complaint, deadline, at=at)
    assert registry.complaint(complaint).sla_deadline == 0


@pytest.mark.parametrize("deadline_at", IN_RANGE.values(), ids=IN_RANGE.keys())
def test_set_sla_deadline__in_range__is_set(
    registry: Registry, complaint: bytes, deadline_at: Callable[[int], int]
) -> None:
    registry.create(complaint)
    at = registry.node.time + 50
    deadline = deadline_at(at)
    registry.set_deadline(complaint, deadline, at=at)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.status, state.escalation_level) == (deadline, Status.OPEN, 0)


@pytest.mark.parametrize("at", [MAX_UINT40 - MAX_SLA_DURATION, MAX_UINT40 - 1], ids=["farthest", "next_second"])
def test_set_sla_deadline__greatest_uint40_within_range__is_set(registry: Registry, complaint: bytes, at: int) -> None:
    registry.create(complaint)
    registry.set_deadline(complaint, MAX_UINT40, at=at)
    assert registry.complaint(complaint).sla_deadline == MAX_UINT40


def test_set_sla_deadline__greatest_uint40_is_now__reverts(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=MAX_UINT40):
        registry.set_deadline(complaint, MAX_UINT40, at=MAX_UINT40)


@pytest.mark.parametrize("shift", [-40, 0, 40], ids=["earlier", "the_same", "later"])
@pytest.mark.parametrize("before", [1, 0], ids=["a_second_before_deadline", "at_deadline"])
def test_set_sla_deadline__not_missed__moves(registry: Registry, complaint: bytes, shift: int, before: int) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline - before
    moved = at + 50 + shift
    registry.set_deadline(complaint, moved, at=at)
    assert registry.complaint(complaint).sla_deadline == moved


def test_set_sla_deadline__missed__reverts_until_recorded(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    later = deadline + 5_000
    with reverts("SLABreachUnrecorded", complaintId=complaint, deadline=deadline):
        registry.set_deadline(complaint, later, at=deadline + 1)
    registry.escalate(complaint)
    registry.set_deadline(complaint, later)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.escalation_level) == (later, 1)


def test_set_sla_deadline__highest_level__is_set_and_level_stays(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + MAX_ESCALATION_LEVEL * ESCALATION_INTERVAL + 1
    registry.escalate_batch([complaint] * MAX_ESCALATION_LEVEL, at=at)
    assert registry.complaint(complaint).sla_deadline == 0
    registry.set_deadline(complaint, at + 1_000)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.escalation_level) == (at + 1_000, MAX_ESCALATION_LEVEL)
