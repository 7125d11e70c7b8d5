"""Every kind × status × route against the table that is written from the specification."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.codec import Reverted
from tests.support.contract import reverts
from tests.support.entries import complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import CLOCK, LOGGED, RECORDED, TRANSITIONS, UNRECORDED, ZERO_HASH, EventType, Status
from tests.support.writes import RECORDING, Route, Write, assert_refused, every, every_recording, skipped

every_status = pytest.mark.parametrize("status", Status, ids=lambda status: status.name)


def assert_follows_table(
    registry: Registry, complaint: bytes, status: Status, write: Write, time_left: int | None
) -> None:
    """The write is allowed exactly when the table has the pair, and leads where the table says."""
    registry.bring_to(complaint, status, time_left=time_left)
    before = registry.complaint(complaint)
    assert before.status is status
    target = TRANSITIONS[write.event_type].get(status)
    if target is None:
        assert_refused(registry, write, complaint, "InvalidTransition", status=status, eventType=write.event_type)
    else:
        sent = write.send(registry, complaint)
        after = registry.complaint(complaint)
        assert sent.event.args["eventType"] == write.event_type
        assert (after.status, after.event_count) == (target, before.event_count + 1)
        assert after.head != before.head


@every_status
@every_recording
def test_recorded_link__any_status__follows_table(
    registry: Registry, complaint: bytes, status: Status, write: Write
) -> None:
    assert_follows_table(registry, complaint, status, write, time_left=864_000)


@every_status
@every(*(write for write in RECORDING if write.route is Route.SINGLE))
def test_recorded_link__no_deadline__follows_the_same_table_and_makes_no_clock(
    registry: Registry, complaint: bytes, status: Status, write: Write
) -> None:
    assert_follows_table(registry, complaint, status, write, time_left=None)
    if write.event_type is not EventType.SLA_DEADLINE_SET:
        assert registry.complaint(complaint).sla_deadline == 0


NOT_LOGGED = [event_type for event_type in EventType if event_type not in LOGGED]


@every_status
@pytest.mark.parametrize("event_type", NOT_LOGGED, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("who", ["operator", "stranger"])
def test_log_complaint_event__type_of_another_function__reverts_whoever_sends_it(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType, who: str
) -> None:
    registry.bring_to(complaint, status)
    with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=event_type):
        registry.log(complaint, event_type, sender=getattr(registry.actors, who))


@every_status
@pytest.mark.parametrize("event_type", UNRECORDED, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("nonce", [None, 7], ids=["expected_nonce", "wrong_nonce"])
@pytest.mark.parametrize("who", ["operator", "stranger"])
def test_record_batch__type_that_no_entry_has__is_skipped_and_no_role_asked(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType, nonce: int | None, who: str
) -> None:
    registry.bring_to(complaint, status, time_left=1_000)
    registry.node.warp(registry.node.time + 5_000)
    before = registry.complaint(complaint)
    entry = registry.entry(complaint, event_type, nonce=nonce)
    sender = getattr(registry.actors, who)
    assert registry.recorded([entry], sender=sender) == 0
    sent = registry.record_batch([entry], sender=sender)
    assert sent.event == skipped(registry, complaint, entry.nonce, registry.selector("InvalidTransition"))
    assert registry.complaint(complaint) == before


@every_status
@pytest.mark.parametrize("event_type", UNRECORDED, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("who", ["signer", "stranger"])
def test_record_signed__type_that_no_entry_has__reverts_whoever_signed_it(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType, who: str
) -> None:
    registry.bring_to(complaint, status)
    signed = registry.signed(registry.entry(complaint, event_type), actor=getattr(registry.actors, who))
    with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=event_type):
        registry.record_signed(signed)


@every_status
@every(Write(EventType.ESCALATED), Write(EventType.ESCALATED, Route.BATCH))
def test_escalated__any_status_with_time_passed__only_open_escalates(
    registry: Registry, complaint: bytes, status: Status, write: Write
) -> None:
    registry.bring_to(complaint, status, time_left=1_000)
    before = registry.complaint(complaint)
    # Later than any deadline here, and than any stopped clock's seconds; earlier than the second deadline.
    at = registry.node.time + 80_000
    is_open = status in TRANSITIONS[EventType.ESCALATED]
    assert registry.is_escalatable(complaint, at=at) is is_open
    if is_open:
        assert write.send(registry, complaint, at=at).event.args["eventType"] == EventType.ESCALATED
        assert registry.complaint(complaint).escalations == 1
    elif write.route is Route.BATCH:
        assert write.send(registry, complaint, at=at).events == ()
        assert registry.complaint(complaint) == before
    else:
        with reverts("SLANotBreached", complaintId=complaint, deadline=before.sla_deadline):
            write.send(registry, complaint, at=at)


@pytest.mark.parametrize("number", [16, 255])
@pytest.mark.parametrize("route", Route)
def test_any_route__number_beyond_the_enum__reverts_without_data(
    registry: Registry, complaint: bytes, number: int, route: Route
) -> None:
    registry.create(complaint)
    entry = registry.entry(complaint, number)
    signed = registry.signed(entry)
    sends: dict[Route, Callable[[], Any]] = {
        Route.SINGLE: lambda: registry.log(complaint, number),
        Route.BATCH: lambda: registry.record_batch([entry]),
        Route.SIGNED: lambda: registry.record_signed(signed),
    }
    with pytest.raises(Reverted) as caught:
        sends[route]()
    assert caught.value.data == b""


@pytest.mark.parametrize("event_type", [EventType.ERASED, EventType.NOTED], ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("status", tuple(Status)[1:], ids=lambda status: status.name)
def test_erased_and_noted__any_known_complaint__change_nothing_but_head_and_count(
    registry: Registry, complaint: bytes, status: Status, event_type: EventType
) -> None:
    registry.bring_to(complaint, status)
    before = registry.complaint(complaint)
    registry.log(complaint, event_type)
    after = registry.complaint(complaint)
    assert after == before.but(head=after.head, event_count=before.event_count + 1)


def test_resolved_and_rejected__any__resolve_alike(registry: Registry) -> None:
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
    assert (state.event_count, state.nonce, state.status) == (21, 21, Status.OPEN)


@pytest.mark.parametrize("value", [ZERO_HASH, b"\xff" * 32], ids=["zero", "ones"])
def test_any_recorded_link__extreme_id_and_data__are_values_like_others(registry: Registry, value: bytes) -> None:
    sent = registry.log(value, EventType.CREATED, value)
    assert (sent.event.args["complaintId"], sent.event.args["data"]) == (value, value)
    for event_type in (event_type for event_type in RECORDED if Status.OPEN in TRANSITIONS[event_type]):
        if event_type in CLOCK:
            continue  # a deadline has a range, and a hold has no data
        with registry.node.undone():
            entry = registry.entry(value, event_type, value)
            assert registry.record(entry).event.args["data"] == value


def test_log_complaint_event__same_data_again__is_allowed(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.log(complaint, EventType.COMMENTED, data_hash(7))
    registry.log(complaint, EventType.COMMENTED, data_hash(7))
    assert registry.complaint(complaint).event_count == 3


def test_log_complaint_event__one_complaint__leaves_the_others_alone(registry: Registry) -> None:
    one, other = registry.create(complaint_id(1)), registry.create(complaint_id(2))
    before = registry.complaint(other)
    registry.log(one, EventType.CLOSED)
    assert registry.complaint(other) == before
