"""Which of several reasons to refuse is given: the order of spec 2.4."""

import pytest
from eth_utils import keccak

from tests.support.contract import reverts
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import MAX_SLA_DURATION, EventType, Status

RECORDER_ROLE = keccak(text="RECORDER_ROLE")
SLA_MANAGER_ROLE = keccak(text="SLA_MANAGER_ROLE")
UNKNOWN = complaint_id(404)


@pytest.fixture
def due(registry: Registry, complaint: bytes) -> bytes:
    """An open complaint with two links whose deadline the next block passes."""
    registry.create_due_at(complaint, registry.node.time + 10)
    registry.node.warp(registry.node.time + 100)
    return complaint


def test_log_complaint_event__everything_wrong__refused_in_order(registry: Registry, due: bytes, stranger: str) -> None:
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=RECORDER_ROLE):
        registry.log(due, EventType.CREATED, sequence=9, sender=stranger)
    with reverts("StaleSequence", complaintId=due, expected=3, given=9):
        registry.log(due, EventType.CREATED, sequence=9)
    with reverts("InvalidTransition", complaintId=due, status=Status.OPEN, eventType=EventType.CREATED):
        registry.log(due, EventType.CREATED, sequence=3)
    with reverts("SLABreachUnrecorded", complaintId=due, deadline=registry.complaint(due).sla_deadline):
        registry.log(due, EventType.CLOSED, sequence=3)


def test_log_complaint_event_with_signature__everything_wrong__refused_in_order(
    registry: Registry, due: bytes, signer: str, stranger: str
) -> None:
    past = registry.node.time - 1
    event = SignedEvent(due, EventType.CREATED, data_hash(1), 9, stranger, past)
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=RECORDER_ROLE):
        registry.log_signed(event, b"")
    event = event.but(actor=signer)
    with reverts("SignatureExpired", validUntil=past):
        registry.log_signed(event, b"")
    event = event.but(valid_until=registry.node.time + 1000)
    with reverts("InvalidSignature", actor=signer):
        registry.log_signed(event, registry.sign(event, signer=stranger))
    with reverts("StaleSequence", complaintId=due, expected=3, given=9):
        registry.log_signed(event, registry.sign(event))
    event = event.but(sequence=3)
    with reverts("InvalidTransition", complaintId=due, status=Status.OPEN, eventType=EventType.CREATED):
        registry.log_signed(event, registry.sign(event))
    event = event.but(event_type=EventType.REJECTED)
    with reverts("SLABreachUnrecorded", complaintId=due, deadline=registry.complaint(due).sla_deadline):
        registry.log_signed(event, registry.sign(event))


def test_anchor_evidence__everything_wrong__refused_in_order(
    registry: Registry, complaint: bytes, stranger: str
) -> None:
    registry.create(complaint)
    registry.anchor(complaint, data_hash(1))
    registry.log(complaint, EventType.CLOSED)
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=RECORDER_ROLE):
        registry.anchor(complaint, data_hash(1), 9, sender=stranger)
    with reverts("StaleSequence", complaintId=complaint, expected=4, given=9):
        registry.anchor(complaint, data_hash(1), 9)
    with reverts(
        "InvalidTransition", complaintId=complaint, status=Status.CLOSED, eventType=EventType.EVIDENCE_ANCHORED
    ):
        registry.anchor(complaint, data_hash(1), 4)
    registry.log(complaint, EventType.REOPENED)
    with reverts("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=data_hash(1)):
        registry.anchor(complaint, data_hash(1), 5)


def test_set_sla_deadline__everything_wrong__refused_in_order(registry: Registry, due: bytes, recorder: str) -> None:
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=SLA_MANAGER_ROLE):
        registry.set_deadline(UNKNOWN, 0, 9, sender=recorder)
    with reverts("StaleSequence", complaintId=UNKNOWN, expected=1, given=9):
        registry.set_deadline(UNKNOWN, 0, 9)
    with reverts("InvalidTransition", complaintId=UNKNOWN, status=Status.NONE, eventType=EventType.SLA_DEADLINE_SET):
        registry.set_deadline(UNKNOWN, 0, 1)
    with reverts("SLABreachUnrecorded", complaintId=due, deadline=registry.complaint(due).sla_deadline):
        registry.set_deadline(due, 0, 3)
    registry.escalate(due)
    with reverts("DeadlineOutOfRange", complaintId=due, deadline=0):
        registry.set_deadline(due, 0, 4)


def test_pause_sla__everything_wrong__refused_in_order(registry: Registry, due: bytes, stranger: str) -> None:
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=SLA_MANAGER_ROLE):
        registry.pause(UNKNOWN, 9, sender=stranger)
    with reverts("StaleSequence", complaintId=UNKNOWN, expected=1, given=9):
        registry.pause(UNKNOWN, 9)
    with reverts("InvalidTransition", complaintId=UNKNOWN, status=Status.NONE, eventType=EventType.SLA_PAUSED):
        registry.pause(UNKNOWN, 1)
    with reverts("SLABreachUnrecorded", complaintId=due, deadline=registry.complaint(due).sla_deadline):
        registry.pause(due, 3)


def test_resume_sla__everything_wrong__refused_in_order(registry: Registry, due: bytes, stranger: str) -> None:
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=SLA_MANAGER_ROLE):
        registry.resume(due, 9, sender=stranger)
    with reverts("StaleSequence", complaintId=due, expected=3, given=9):
        registry.resume(due, 9)
    with reverts("InvalidTransition", complaintId=due, status=Status.OPEN, eventType=EventType.SLA_RESUMED):
        registry.resume(due, 3)


def test_set_sla_deadline__too_far_on_unknown_complaint__transition_is_named(registry: Registry) -> None:
    """The argument is the last thing looked at."""
    with reverts("InvalidTransition", complaintId=UNKNOWN, status=Status.NONE, eventType=EventType.SLA_DEADLINE_SET):
        registry.set_deadline(UNKNOWN, registry.node.time + 2 * MAX_SLA_DURATION)
