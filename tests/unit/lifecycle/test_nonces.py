"""A write lands exactly once: the nonce that it means, which only recorders move."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.spec import MAX_UINT24, NONCE_END, TRANSITIONS, EventType, Status
from tests.support.writes import RECORDING, Write, assert_refused, every, every_recording

WRONG: dict[str, Callable[[int], int]] = {
    "last_written": lambda expected: expected - 1 if expected else MAX_UINT24,
    "after_next": lambda expected: expected + 1,
}


def expected_nonce(write: Write) -> int:
    """Of a complaint that `prepare` has brought to where the write is allowed."""
    return {Status.NONE: 0, Status.OPEN: 2}.get(write.start, 3)


@every_recording
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_recorded_link__another_nonce_than_expected__is_stale(
    registry: Registry, complaint: bytes, write: Write, wrong: Callable[[int], int]
) -> None:
    write.prepare(registry, complaint)
    expected = expected_nonce(write)
    given = wrong(expected)
    assert_refused(registry, write, complaint, "StaleNonce", nonce=given, expected=expected, given=given)


@every_recording
def test_recorded_link__sent_twice__lands_once(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    nonce = registry.nonce(complaint)
    calldata, sender = write.calldata(registry, complaint, nonce), write.sender(registry)
    assert registry.send_data(calldata, sender=sender).event.args["sequence"] == nonce + 1
    assert registry.nonce(complaint) == nonce + 1
    assert_refused(registry, write, complaint, "StaleNonce", nonce=nonce, expected=nonce + 1, given=nonce)


@every_recording
def test_recorded_link__unknown_complaint_and_nonce_of_a_second_link__is_stale(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    assert_refused(registry, write, complaint, "StaleNonce", nonce=1, expected=0, given=1)


def test_log_complaint_event__two_recorders_mean_the_same_nonce__first_wins(
    registry: Registry, complaint: bytes, recorder: str, second_recorder: str
) -> None:
    registry.create(complaint)
    registry.log(complaint, EventType.ASSIGNED, nonce=1, sender=second_recorder)
    with reverts("StaleNonce", complaintId=complaint, expected=2, given=1):
        registry.log(complaint, EventType.COMMENTED, nonce=1, sender=recorder)


@every_recording
def test_recorded_link__strangers_escalated_and_the_complainant_objected_meanwhile__lands_with_its_nonce(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    """Neither moves the nonce; the sequence is the link's own."""
    if write.start is Status.NONE:
        assert registry.nonce(complaint) == 0
        write.send(registry, complaint, 0)
        return
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    if write.start is Status.ON_HOLD:
        registry.pause(complaint)
    elif write.start is Status.RESOLVED:
        registry.log(complaint, EventType.RESOLVED)
    nonce = registry.nonce(complaint)
    assert nonce == expected_nonce(write)
    calldata, sender = write.calldata(registry, complaint, nonce), write.sender(registry)
    registry.object(registry.objection(1))
    if write.start is Status.OPEN:
        registry.escalate_batch([complaint], at=deadline + ESCALATION_INTERVAL + 1)
    registry.object(registry.objection(1))
    before = registry.complaint(complaint)
    assert before.nonce == registry.nonce(complaint) == nonce
    sent = registry.send_data(calldata, sender=sender)
    assert sent.event.args["sequence"] == before.event_count + 1 > nonce + 3
    assert registry.nonce(complaint) == nonce + 1


@pytest.mark.parametrize(("escalations", "objections"), [(0, 0), (255, 0), (0, 255), (255, 255), (7, 9)])
@pytest.mark.parametrize("links", [1, 1_000, NONCE_END])
def test_nonce__any_counters__is_the_links_by_recorders(
    registry: Registry, complaint: bytes, escalations: int, objections: int, links: int
) -> None:
    registry.create(complaint)
    count = links + escalations + objections
    state = registry.force(complaint, event_count=count, escalations=escalations, objections=objections)
    assert registry.nonce(complaint) == state.nonce == links


def test_nonce__unknown_complaint__is_zero(registry: Registry, complaint: bytes) -> None:
    assert registry.nonce(complaint) == 0


LATER = [write for write in RECORDING if write.event_type is not EventType.CREATED]


def at_nonce(registry: Registry, complaint: bytes, write: Write, nonce: int) -> None:
    """The complaint as if recorders had written so many links, with every escalation and objection that fits."""
    write.prepare(registry, complaint)
    registry.force(complaint, event_count=nonce + 254 + 255, escalations=254, objections=255)


@every(*LATER)
def test_recorded_link__last_nonce_before_the_end__lands(registry: Registry, complaint: bytes, write: Write) -> None:
    at_nonce(registry, complaint, write, NONCE_END - 1)
    sent = write.send(registry, complaint, NONCE_END - 1)
    assert sent.event.args["sequence"] == NONCE_END + 254 + 255
    assert registry.nonce(complaint) == NONCE_END


@every(*LATER)
def test_recorded_link__at_the_end_of_nonces__is_an_invalid_transition(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    at_nonce(registry, complaint, write, NONCE_END)
    assert write.start in TRANSITIONS[write.event_type]
    assert_refused(
        registry, write, complaint, "InvalidTransition", nonce=NONCE_END, status=write.start, eventType=write.event_type
    )


@every(*LATER)
def test_recorded_link__beyond_the_end_of_nonces__is_stale(registry: Registry, complaint: bytes, write: Write) -> None:
    at_nonce(registry, complaint, write, NONCE_END)
    given = NONCE_END + 1
    assert_refused(registry, write, complaint, "StaleNonce", nonce=given, expected=NONCE_END, given=given)


def test_escalated_and_objected__at_the_end_of_nonces__fill_the_count_without_overflow(
    registry: Registry, complaint: bytes
) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    registry.force(complaint, event_count=NONCE_END + 254 + 254, escalations=254, objections=254)
    registry.escalate(complaint, at=deadline + 1)
    registry.object(registry.objection(1))
    state = registry.complaint(complaint)
    assert (state.event_count, state.escalations, state.objections) == (MAX_UINT24, 255, 255)
    assert state.nonce == NONCE_END
    with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.OBJECTED):
        registry.object(registry.objection(1))
    assert registry.is_escalatable(complaint, at=2**39) is False


def test_check_and_escalate__sent_twice__second_is_not_due(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    with reverts("SLANotBreached", complaintId=complaint, deadline=deadline + ESCALATION_INTERVAL):
        registry.escalate(complaint)
