"""Every counter at its end: nothing panics, no batch can be made to fail, and the complainant is heard to the last."""

from itertools import product

import pytest

from tests.support.contract import reverts
from tests.support.entries import data_hash
from tests.support.registry import Registry
from tests.support.spec import (
    CLOCK,
    DAY,
    MAX_ESCALATIONS,
    MAX_OBJECTIONS,
    MAX_SLA_DURATION,
    MAX_UINT24,
    MAX_UINT40,
    NEVER,
    NONCE_END,
    RECORDED,
    EventType,
    Status,
)

ENDS = (0, 254, 255)


def entries_of_each_type(registry: Registry, complaint: bytes) -> list:
    """One of each, with the expected nonce."""
    now = registry.node.time
    return [
        registry.entry(complaint, kind, now + DAY if kind is EventType.SLA_DEADLINE_SET else None) for kind in RECORDED
    ]


@pytest.mark.parametrize(("escalations", "objections"), product(ENDS, ENDS))
@pytest.mark.parametrize("nonce", [NONCE_END - 1, NONCE_END])
def test_registry__counters_at_their_ends__refuses_by_name_and_never_panics(
    escalations: int, objections: int, nonce: int, registry: Registry, complaint: bytes
) -> None:
    """In a complaint that is due, as far as one can still be: every entry in one batch, and alone."""
    registry.create(complaint)
    has_clock = escalations < MAX_ESCALATIONS
    registry.force(
        complaint,
        escalations=escalations,
        objections=objections,
        event_count=nonce + escalations + objections,
        sla_deadline=registry.node.time if has_clock else 0,
    )
    registry.node.warp(registry.node.time + DAY)
    for entry in entries_of_each_type(registry, complaint):
        with registry.node.undone():
            sent = registry.record_batch([entry, entry])
            reasons = {bytes(event.args["reason"]) for event in sent.skipped}
            known = ("InvalidTransition", "StaleNonce", "DeadlineOutOfRange", "PredecessorSkipped")
            assert reasons <= {registry.selector(name) for name in known}
            if nonce == NONCE_END:
                assert sent.links == ()
    if objections < MAX_OBJECTIONS:
        registry.object(registry.objection(1))
    else:
        with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.OBJECTED):
            registry.object(registry.objection(1))
        if has_clock:
            registry.escalate(complaint)
    state = registry.complaint(complaint)
    assert state.nonce == nonce
    assert state.event_count <= MAX_UINT24
    assert not registry.is_escalatable(complaint) or state.sla_deadline > 0


def test_count__all_three_at_their_ends__is_the_last_that_fits(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.force(
        complaint,
        escalations=MAX_ESCALATIONS - 1,
        objections=MAX_OBJECTIONS - 1,
        event_count=NONCE_END + MAX_ESCALATIONS + MAX_OBJECTIONS - 2,
        sla_deadline=registry.node.time,
    )
    links = registry.object(registry.objection(1)).links
    assert [link.args["sequence"] for link in links] == [MAX_UINT24 - 1, MAX_UINT24]
    with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.NOTED):
        registry.log(complaint, EventType.NOTED)
    assert registry.escalate_batch([complaint]).events == ()


@pytest.mark.parametrize("kind", CLOCK[1:])
def test_clock__after_the_255th_miss__stands_for_ever_and_holds_go_on(
    kind: EventType, registry: Registry, complaint: bytes
) -> None:
    """No clock runs that cannot be missed."""
    registry.create(complaint)
    registry.force(complaint, escalations=MAX_ESCALATIONS, event_count=1 + MAX_ESCALATIONS, sla_deadline=0)
    for event_type in (EventType.SLA_PAUSED, EventType.SLA_RESUMED, EventType.RESOLVED, EventType.REOPENED):
        registry.record(registry.entry(complaint, event_type))
        assert registry.complaint(complaint).sla_deadline == 0
    deadline = registry.node.time + DAY
    with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=deadline):
        registry.set_deadline(complaint, deadline)


def test_clock__past_the_end_of_32_bit_time__saturates_and_blocks_nothing(registry: Registry, complaint: bytes) -> None:
    """After 2106 a running deadline is one that is never due; every write goes on."""
    registry.create_due_at(complaint, registry.node.time + MAX_SLA_DURATION)
    registry.pause(complaint)
    registry.resume(complaint, at=NEVER - 10)
    assert registry.complaint(complaint).sla_deadline == NEVER
    for now in (NEVER, NEVER + 9, MAX_UINT40 - 9):
        with reverts("SLANotBreached", complaintId=complaint, deadline=NEVER):
            registry.escalate(complaint, at=now)
        registry.anchor(complaint, data_hash(now))
        registry.object(registry.objection(1))
    registry.pause(complaint)
    registry.resume(complaint)
    assert registry.complaint(complaint).sla_deadline == NEVER
    registry.set_deadline(complaint, NEVER - 1)  # long past: what was promised and missed
    registry.log(complaint, EventType.CLOSED, at=MAX_UINT40)
    state = registry.complaint(complaint)
    assert (state.status, state.sla_deadline, state.escalations) == (Status.CLOSED, 1, 1)
