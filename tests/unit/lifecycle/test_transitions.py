"""Every status × event type against the table that is written from the specification (rule 3)."""

import pytest

from tests.support.codec import Reverted
from tests.support.contract import reverts
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import LOGGED, MAX_UINT40, TRANSITIONS, ZERO_HASH, EventType, Status
from tests.support.writes import Write

UNLOGGED = tuple(event_type for event_type in EventType if event_type not in LOGGED)

every_status = pytest.mark.parametrize("status", Status, ids=lambda status: status.name)
every_way_of_logging = pytest.mark.parametrize("signed", [False, True], ids=["sent", "signed"])


def assert_follows_table(registry: Registry, complaint: bytes, status: Status, write: Write) -> None:
    """The write is allowed exactly when the table has the pair, and leads where the table says."""
    registry.bring_to(complaint, status)
    before = registry.complaint(complaint)
    assert before.status is status
    target = TRANSITIONS[write.event_type].get(status)
    if target is None:
        with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=write.event_type):
            write.send(registry, complaint)
        assert registry.complaint(complaint) == before
    else:
        sent = write.send(registry, complaint)
        after = registry.complaint(complaint)
        assert sent.event.name == write.event
        assert (after.status, after.event_count) == (target, before.event_count + 1)
        assert after.head != before.head


@every_status
@pytest.mark.parametrize("event_type", LOGGED, ids=lambda event_type: event_type.name)
@every_way_of_logging
def test_log_complaint_event__any_status_and_type__follows_table(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType, signed: bool
) -> None:
    assert_follows_table(registry, complaint, status, Write(event_type, signed))


@every_status
@pytest.mark.parametrize("event_type", UNLOGGED, ids=lambda event_type: event_type.name)
@every_way_of_logging
def test_log_complaint_event__type_of_another_function__reverts(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType, signed: bool
) -> None:
    registry.bring_to(complaint, status)
    sequence = registry.next_sequence(complaint)
    arguments = [complaint, event_type, data_hash(1), sequence]
    function = "logComplaintEvent"
    if signed:
        event = SignedEvent(complaint, event_type, data_hash(1), sequence, registry.actors.signer, MAX_UINT40)
        arguments += [event.actor, MAX_UINT40, registry.sign(event)]
        function = "logComplaintEventWithSignature"
    with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=event_type):
        registry.send(function, *arguments, sender=registry.actors.recorder)


@every_status
@pytest.mark.parametrize("event_type", UNLOGGED[:4], ids=lambda event_type: event_type.name)
def test_sla_and_evidence_functions__any_status__follow_table(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType
) -> None:
    assert_follows_table(registry, complaint, status, Write(event_type))


@every_status
def test_check_and_escalate__any_status_with_time_passed__only_open_escalates(
    registry: Registry, complaint: bytes, status: Status
) -> None:
    registry.bring_to(complaint, status, time_left=1000)
    kept = registry.complaint(complaint).sla_deadline
    at = registry.node.time + 100_000  # later than any deadline here, and than any stopped clock's seconds
    if TRANSITIONS[EventType.ESCALATED].get(status) is None:
        with reverts("SLANotBreached", complaintId=complaint, deadline=kept):
            registry.escalate(complaint, at=at)
        assert registry.call("isEscalatable", complaint, at=at) is False
    else:
        assert registry.call("isEscalatable", complaint, at=at) is True
        registry.escalate(complaint, at=at)
        assert registry.complaint(complaint).escalation_level == 1


def test_pause_sla__open_without_deadline__reverts(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.SLA_PAUSED):
        registry.pause(complaint)


@pytest.mark.parametrize("status", [Status.OPEN, Status.RESOLVED, Status.CLOSED], ids=lambda status: status.name)
@pytest.mark.parametrize("event_type", LOGGED, ids=lambda event_type: event_type.name)
def test_log_complaint_event__no_deadline__follows_table_and_makes_no_clock(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType
) -> None:
    registry.bring_to(complaint, status, time_left=None)
    target = TRANSITIONS[event_type].get(status)
    if target is None:
        with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=event_type):
            registry.log(complaint, event_type)
    else:
        registry.log(complaint, event_type)
        after = registry.complaint(complaint)
        assert (after.status, after.sla_deadline) == (target, 0)


@pytest.mark.parametrize("number", [13, 255])
def test_log_complaint_event__number_beyond_the_enum__reverts_without_data(
    registry: Registry, complaint: bytes, number: int
) -> None:
    registry.create(complaint)
    with pytest.raises(Reverted) as caught:
        registry.log(complaint, number)
    assert caught.value.data == b""


def test_log_complaint_event__status_words__resolve_alike(registry: Registry) -> None:
    """REJECTED is a resolution with another name: same status, another link."""
    resolved, rejected = registry.create(complaint_id(1)), registry.create(complaint_id(2))
    registry.log(resolved, EventType.RESOLVED)
    registry.log(rejected, EventType.REJECTED)
    assert registry.complaint(resolved).status is registry.complaint(rejected).status is Status.RESOLVED


def test_log_complaint_event__closed_and_reopened_again_and_again__counts_every_link(
    registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    for _ in range(10):
        registry.log(complaint, EventType.CLOSED)
        registry.log(complaint, EventType.REOPENED)
    state = registry.complaint(complaint)
    assert (state.event_count, state.status) == (21, Status.OPEN)


@pytest.mark.parametrize("value", [ZERO_HASH, b"\xff" * 32], ids=["zero", "ones"])
def test_log_complaint_event__extreme_id_and_hash__are_values_like_others(registry: Registry, value: bytes) -> None:
    sent = registry.log(value, EventType.CREATED, value)
    assert (sent.event.args["complaintId"], sent.event.args["dataHash"]) == (value, value)
    state = registry.complaint(value)
    assert (state.event_count, state.status) == (1, Status.OPEN)


def test_log_complaint_event__same_data_hash_again__is_allowed(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.log(complaint, EventType.COMMENTED, data_hash(7))
    registry.log(complaint, EventType.COMMENTED, data_hash(7))
    assert registry.complaint(complaint).event_count == 3


def test_log_complaint_event__one_complaint__leaves_the_others_alone(registry: Registry) -> None:
    one, other = registry.create(complaint_id(1)), registry.create(complaint_id(2))
    before = registry.complaint(other)
    registry.log(one, EventType.CLOSED)
    assert registry.complaint(other) == before
