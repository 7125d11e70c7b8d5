"""An operator who wants no objections, and strangers who want more of them."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import Objection, complaint_id, data_hash, subject
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, ZERO_ADDRESS, EventType, Status


@pytest.mark.parametrize("late", [1, ESCALATION_INTERVAL + 1, 100 * ESCALATION_INTERVAL])
def test_objection__complaint_is_due__records_every_breach_before_it(
    late: int, registry: Registry, complaint: bytes
) -> None:
    deadline = registry.node.time + DAY
    registry.create_due_at(complaint, deadline)
    sent = registry.object(registry.objection(1), at=deadline + late)
    kinds = [link.args["eventType"] for link in sent.links]
    misses = min((late - 1) // ESCALATION_INTERVAL + 1, MAX_ESCALATION_LEVEL)
    assert kinds == [EventType.ESCALATED] * misses + [EventType.OBJECTED]
    assert registry.nonce(complaint) == 2


def test_objection__lands_between_two_of_the_operators_entries__makes_neither_stale(
    registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    batch = [registry.entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2)]
    registry.record(batch[0])
    for _ in range(5):
        registry.object(registry.objection(1))
    assert registry.record(batch[1]).event.args["sequence"] == 8


def test_objection__operator_closes_reopens_and_notes_around_it__has_it_on_record_for_ever(
    registry: Registry, complaint: bytes
) -> None:
    registry.bring_to(complaint, Status.CLOSED)
    objection = registry.objection(1)
    signature = registry.sign_objection(objection)
    registry.log(complaint, EventType.REOPENED)
    registry.log(complaint, EventType.NOTED)
    registry.log(complaint, EventType.CLOSED)
    registry.object(objection, signature)
    registry.log(complaint, EventType.ERASED)
    assert registry.complaint(complaint).objections == 1


@pytest.mark.parametrize("thief", ["operator", "stranger", "admin"])
def test_objection__signed_by_anyone_else__is_refused(thief: str, registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    objection, key = registry.objection(1), getattr(registry.actors, thief)
    with reverts("InvalidSignature", signer=registry.actors.complainant):
        registry.object(objection, registry.sign_objection(objection, signer=key))


def test_objection__thief_names_itself_as_the_complainant__means_another_complaint(
    registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    thief = registry.actors.stranger
    objection = Objection(subject(1), thief, data_hash(1), 0)
    assert objection.complaint_id != complaint
    refused = {"status": Status.NONE, "eventType": EventType.OBJECTED}
    with reverts("InvalidTransition", complaintId=complaint_id(1, thief), **refused):
        registry.object(objection)


@pytest.mark.parametrize("signature", [b"", bytes(65), bytes(64) + b"\x1b"], ids=["empty", "zeros", "v_27"])
def test_objection__to_a_complaint_of_nobody__is_refused(signature: bytes, registry: Registry) -> None:
    """`ecrecover` answers zero for garbage, and the zero address is nobody."""
    registry.create(complaint_id(1, ZERO_ADDRESS))
    with reverts("InvalidSignature", signer=ZERO_ADDRESS):
        registry.object(Objection(subject(1), ZERO_ADDRESS, data_hash(1), 0), signature)


def test_objection__sent_again__lands_once(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    objection = registry.objection(1)
    signature = registry.sign_objection(objection)
    registry.object(objection, signature)
    with reverts("StaleNonce", complaintId=complaint, expected=1, given=0):
        registry.object(objection, signature, sender=registry.actors.stranger)
    with reverts("InvalidSignature", signer=registry.actors.complainant):
        registry.object(objection.but(number=1), signature)


@pytest.mark.parametrize("as_what", ["entry", "objection"])
def test_signature__of_the_one_struct__is_none_of_the_other(as_what: str, registry: Registry, complaint: bytes) -> None:
    """A complainant who is an officer too: what was signed as the one cannot be used as the other."""
    actor = registry.actors.complainant
    registry.create(complaint)
    registry.grant("RECORDER_ROLE", actor)
    objection = Objection(subject(1), actor, data_hash(1), 0)
    signed = registry.signed(registry.entry(complaint, EventType.NOTED, data_hash(1), 1), actor=actor)
    with reverts("InvalidSignature", signer=actor):
        if as_what == "entry":
            registry.record_signed(signed, registry.sign_objection(objection))
        else:
            registry.object(objection, registry.sign_entry(signed))
