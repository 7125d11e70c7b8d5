"""A breach cannot be hidden (rule 5): while a complaint is due, every way out is shut."""

import pytest

from tests.support.contract import reverts
from tests.support.registry import ESCALATION_INTERVAL, Registry, data_hash
from tests.support.spec import DAY, EventType, Status
from tests.support.writes import Write

WAYS_OUT = [
    Write(EventType.RESOLVED),
    Write(EventType.REJECTED),
    Write(EventType.CLOSED),
    Write(EventType.RESOLVED, signed=True),
    Write(EventType.REJECTED, signed=True),
    Write(EventType.CLOSED, signed=True),
    Write(EventType.SLA_DEADLINE_SET),
    Write(EventType.SLA_PAUSED),
]

every_way_out = pytest.mark.parametrize("way_out", WAYS_OUT, ids=[way_out.name for way_out in WAYS_OUT])


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """Of the complaint, which is open and in time; Unix seconds."""
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    return deadline


@every_way_out
@pytest.mark.parametrize("early", [1, 0], ids=["a_second_before", "at_deadline"])
def test_way_out__not_due__is_open(
    registry: Registry, complaint: bytes, deadline: int, way_out: Write, early: int
) -> None:
    registry.node.next_block_at(deadline - early)
    sent = way_out.send(registry, complaint)
    assert (sent.timestamp, sent.event.name) == (deadline - early, way_out.event)


@every_way_out
@pytest.mark.parametrize("late", [1, 365 * DAY], ids=["a_second_after", "a_year_after"])
def test_way_out__due__is_shut(registry: Registry, complaint: bytes, deadline: int, way_out: Write, late: int) -> None:
    before = registry.complaint(complaint)
    registry.node.next_block_at(deadline + late)
    with reverts("SLABreachUnrecorded", complaintId=complaint, deadline=deadline):
        way_out.send(registry, complaint)
    assert registry.complaint(complaint) == before


@every_way_out
def test_way_out__one_of_two_missed_levels_recorded__is_shut(
    registry: Registry, complaint: bytes, deadline: int, way_out: Write
) -> None:
    registry.escalate(complaint, at=deadline + ESCALATION_INTERVAL + 1)
    with reverts("SLABreachUnrecorded", complaintId=complaint, deadline=deadline + ESCALATION_INTERVAL):
        way_out.send(registry, complaint)


@every_way_out
def test_way_out__every_missed_level_recorded__is_open_and_level_stays(
    registry: Registry, complaint: bytes, deadline: int, way_out: Write
) -> None:
    registry.escalate_batch([complaint, complaint], at=deadline + ESCALATION_INTERVAL + 1)
    way_out.send(registry, complaint)
    assert registry.complaint(complaint).escalation_level == 2


def test_way_out__last_level_recorded_and_no_deadline_left__cannot_pause_but_resolve(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.escalate_batch([complaint] * 3, at=deadline + 3 * ESCALATION_INTERVAL)
    with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.SLA_PAUSED):
        registry.pause(complaint)
    registry.log(complaint, EventType.RESOLVED)
    state = registry.complaint(complaint)
    assert (state.status, state.sla_deadline, state.escalation_level) == (Status.RESOLVED, 0, 3)


@pytest.mark.parametrize("event_type", [EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED])
def test_multicall__escalates_and_leaves__breach_is_on_record(
    registry: Registry, complaint: bytes, deadline: int, recorder: str, event_type: EventType
) -> None:
    escalate = registry.codec.call("checkAndEscalate", complaint)
    leave = registry.codec.call("logComplaintEvent", complaint, event_type, data_hash(4), 4)
    sent = registry.multicall([escalate, leave], sender=recorder, at=deadline + 1)
    assert [event.name for event in sent.events] == ["ComplaintEscalated", "ComplaintEventLogged"]
    assert registry.complaint(complaint).escalation_level == 1


@pytest.mark.parametrize(
    "write",
    [
        Write(EventType.ASSIGNED),
        Write(EventType.STATUS_UPDATED),
        Write(EventType.COMMENTED),
        Write(EventType.COMMENTED, signed=True),
        Write(EventType.EVIDENCE_ANCHORED),
    ],
    ids=lambda write: write.name,
)
def test_link_that_moves_no_clock__due__is_appended_and_records_no_breach(
    registry: Registry, complaint: bytes, deadline: int, write: Write
) -> None:
    registry.node.next_block_at(deadline + 1)
    write.send(registry, complaint)
    state = registry.complaint(complaint)
    assert (state.sla_deadline, state.escalation_level, state.event_count) == (deadline, 0, 3)
    assert registry.call("isEscalatable", complaint) is True
