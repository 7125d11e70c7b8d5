"""The breach comes first: a write to a due complaint puts every missed deadline on record, then itself."""

import pytest

from tests.support.entries import data_hash
from tests.support.links import escalation_data, recompute
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, TRANSITIONS, EventType, Status
from tests.support.writes import WRITES, Route, Write, assert_refused, every, link_event

# What may be written to an open complaint, except escalations.
TO_OPEN = tuple(
    write
    for write in WRITES
    if Status.OPEN in TRANSITIONS[write.event_type] and write.event_type is not EventType.ESCALATED
)
MISSES = [1, 2, MAX_ESCALATION_LEVEL]
LEAVING = {
    EventType.RESOLVED: Status.RESOLVED,
    EventType.REJECTED: Status.RESOLVED,
    EventType.CLOSED: Status.CLOSED,
    EventType.SLA_PAUSED: Status.ON_HOLD,
}


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """Of the complaint, which is open and in time; Unix seconds."""
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    return deadline


def next_deadline(deadline: int, number: int) -> int:
    """After the miss of this number, from 1; 0 for none."""
    return deadline + number * ESCALATION_INTERVAL if number < MAX_ESCALATION_LEVEL else 0


@every(*TO_OPEN)
@pytest.mark.parametrize("early", [1, 0], ids=["a_second_before", "at_deadline"])
def test_any_write__not_due__is_one_link(
    registry: Registry, complaint: bytes, deadline: int, write: Write, early: int
) -> None:
    sent = write.send(registry, complaint, at=deadline - early)
    assert sent.event.args["eventType"] == write.event_type
    assert registry.complaint(complaint).escalations == 0


@every(*TO_OPEN)
@pytest.mark.parametrize("misses", MISSES)
def test_any_write__due__records_each_missed_deadline_and_then_itself(
    registry: Registry, complaint: bytes, deadline: int, write: Write, misses: int
) -> None:
    before = registry.complaint(complaint)
    at = deadline + (misses - 1) * ESCALATION_INTERVAL + 1
    nonce = None if write.event_type is EventType.OBJECTED else 2
    sender = write.sender(registry)
    sent = write.send(registry, complaint, nonce, at=at)
    breaches = [
        link_event(
            registry,
            complaint,
            EventType.ESCALATED,
            sender,
            2 + number,
            at,
            escalation_data(number, deadline + (number - 1) * ESCALATION_INTERVAL, next_deadline(deadline, number)),
        )
        for number in range(1, misses + 1)
    ]
    assert list(sent.events[:-1]) == breaches
    own = sent.events[-1].args
    assert (own["eventType"], own["sequence"], own["actor"]) == (write.event_type, 3 + misses, write.actor(registry))
    after = registry.complaint(complaint)
    assert after.head == recompute(before.head, sent.events)
    assert (after.event_count, after.escalations) == (3 + misses, misses)
    assert after.nonce == (2 if write.event_type is EventType.OBJECTED else 3)
    assert after.status is TRANSITIONS[write.event_type][Status.OPEN]
    if after.status is Status.OPEN and write.event_type is not EventType.SLA_DEADLINE_SET:
        assert after.sla_deadline == next_deadline(deadline, misses)


@pytest.mark.parametrize("event_type", LEAVING, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("misses", [1, MAX_ESCALATION_LEVEL])
def test_way_out__due__stops_the_clock_of_the_next_deadline(
    registry: Registry, complaint: bytes, deadline: int, event_type: EventType, misses: int
) -> None:
    """What is left is counted to the deadline after the breach, or there is none at the highest level."""
    at = deadline + (misses - 1) * ESCALATION_INTERVAL + 100
    sent = Write(event_type).send(registry, complaint, at=at)
    left = next_deadline(deadline, misses) - at if misses < MAX_ESCALATION_LEVEL else 0
    state = registry.complaint(complaint)
    assert (state.status, state.sla_deadline) == (LEAVING[event_type], left)
    if event_type is EventType.SLA_PAUSED:
        assert sent.events[-1].args["data"] == left.to_bytes(32)


def test_set_sla_deadline__due__replaces_the_next_deadline_and_not_the_missed_one(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    sent = registry.set_deadline(complaint, deadline + DAY, at=deadline + 1)
    data = [event.args["data"] for event in sent.events]
    assert data == [escalation_data(1, deadline, deadline + ESCALATION_INTERVAL), (deadline + DAY).to_bytes(32)]
    assert registry.complaint(complaint).sla_deadline == deadline + DAY


def test_set_sla_deadline__due_and_to_the_past__records_what_was_missed_before_and_leaves_the_new_one_due(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    earlier = deadline - 500
    sent = registry.set_deadline(complaint, earlier, at=deadline + 1)
    assert [event.args["eventType"] for event in sent.events] == [EventType.ESCALATED, EventType.SLA_DEADLINE_SET]
    sent = registry.escalate(complaint)
    assert sent.event.args["data"] == escalation_data(2, earlier, earlier + ESCALATION_INTERVAL)


def test_anchor_evidence__due__anchor_has_the_sequence_of_its_own_link(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    at = deadline + ESCALATION_INTERVAL + 1
    registry.anchor(complaint, data_hash(50), at=at)
    assert registry.call("evidenceAnchor", complaint, data_hash(50)) == (at, 5)


@every(*TO_OPEN)
def test_any_write__one_of_two_misses_on_record__records_the_other(
    registry: Registry, complaint: bytes, deadline: int, write: Write
) -> None:
    registry.escalate(complaint, at=deadline + 1)
    sent = write.send(registry, complaint, at=deadline + ESCALATION_INTERVAL + 1)
    missed, own = sent.events
    second = deadline + ESCALATION_INTERVAL
    assert missed.args["data"] == escalation_data(2, second, second + ESCALATION_INTERVAL)
    assert own.args["eventType"] == write.event_type


@every(*TO_OPEN)
def test_any_write__deadline_set_and_missed_at_the_highest_level__records_one_miss_more(
    registry: Registry, complaint: bytes, deadline: int, write: Write
) -> None:
    registry.escalate(complaint, at=deadline + 10 * DAY)
    again = registry.node.time + 1_000
    registry.set_deadline(complaint, again)
    sent = write.send(registry, complaint, at=again + 50 * DAY)
    missed, _ = sent.events
    assert missed.args["data"] == escalation_data(MAX_ESCALATION_LEVEL, again, 0)
    state = registry.complaint(complaint)
    assert state.escalations == MAX_ESCALATION_LEVEL + 1


@every(*TO_OPEN)
def test_any_write__255th_miss__is_recorded_and_no_clock_runs_any_more(
    registry: Registry, complaint: bytes, deadline: int, write: Write
) -> None:
    registry.force(complaint, escalations=254, event_count=256)
    at = deadline + DAY
    if write.event_type is EventType.SLA_DEADLINE_SET:
        new = registry.node.time + 20 * DAY
        assert_refused(registry, write, complaint, "DeadlineOutOfRange", at=at, deadline=new)
        return
    missed, _ = write.send(registry, complaint, at=at).events
    assert missed.args["data"] == escalation_data(MAX_ESCALATION_LEVEL, deadline, 0)
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (255, 0)


def test_refused_write__due__records_no_breach_and_the_next_one_does(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    """Refused alone, skipped in a batch, or signed for nothing. `lifecycle/test_check_order` has every reason."""
    registry.node.warp(deadline + 1)
    for route in Route:
        write = Write(EventType.COMMENTED, route)
        assert_refused(registry, write, complaint, "StaleNonce", nonce=9, expected=2, given=9)
    assert registry.is_escalatable(complaint) is True
    assert len(registry.log(complaint, EventType.NOTED).links) == 2


@every(*TO_OPEN)
def test_any_write__escalated_just_before_it__leads_to_the_same_state_but_the_head(
    registry: Registry, complaint: bytes, deadline: int, write: Write
) -> None:
    """No order of calls hides a breach, and none makes a write fail."""
    at = deadline + 3 * DAY
    calldata, sender = write.calldata(registry, complaint), write.sender(registry)
    with registry.node.undone():
        registry.send_data(calldata, sender=sender, at=at)
        alone = registry.complaint(complaint)
    with registry.node.undone():
        registry.escalate(complaint, at=at - 1)
        registry.send_data(calldata, sender=sender, at=at)
        after = registry.complaint(complaint)
    assert after.but(head=b"") == alone.but(head=b"")
