"""Objections: what a complainant can put on record, whatever recorders do."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import Objection, bound_id, data_hash, subject
from tests.support.links import append, escalation_data
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, MAX_OBJECTIONS, ZERO_ADDRESS, ZERO_HASH, EventType, Status
from tests.support.writes import link_event

KNOWN = tuple(Status)[1:]

every_known_status = pytest.mark.parametrize("status", KNOWN, ids=lambda status: status.name)


@every_known_status
@pytest.mark.parametrize("who", ["relayer", "stranger", "complainant", "operator"])
def test_log_objection__any_known_status__is_a_link_of_the_complainants_whoever_sends_it(
    registry: Registry, complaint: bytes, complainant: str, status: Status, who: str
) -> None:
    registry.bring_to(complaint, status)
    before = registry.complaint(complaint)
    objection = registry.objection(1, data_hash(5))
    sent = registry.object(objection, sender=getattr(registry.actors, who))
    sequence = before.event_count + 1
    content = (EventType.OBJECTED, complainant, sequence, sent.timestamp, data_hash(5))
    assert sent.event == link_event(registry, complaint, *content)
    after = registry.complaint(complaint)
    assert after == before.but(head=append(before.head, sent.event), event_count=sequence, objections=1)
    assert after.nonce == before.nonce


def test_log_objection__unknown_complaint__is_an_invalid_transition(registry: Registry, complaint: bytes) -> None:
    with reverts("InvalidTransition", complaintId=complaint, status=Status.NONE, eventType=EventType.OBJECTED):
        registry.object(registry.objection(1))


@pytest.mark.parametrize("number", [1, 254, 255])
def test_log_objection__unknown_complaint_and_wrong_number__status_is_named(
    registry: Registry, complaint: bytes, number: int
) -> None:
    with reverts("InvalidTransition", complaintId=complaint, status=Status.NONE, eventType=EventType.OBJECTED):
        registry.object(registry.objection(1, objections=number))


@pytest.mark.parametrize(("objections", "number"), [(0, 1), (0, 255), (3, 2), (3, 4), (3, 0), (254, 255), (255, 254)])
def test_log_objection__another_number_than_expected__is_stale(
    registry: Registry, complaint: bytes, objections: int, number: int
) -> None:
    registry.create(complaint)
    before = registry.force(complaint, objections=objections, event_count=1 + objections)
    with reverts("StaleNonce", complaintId=complaint, expected=objections, given=number):
        registry.object(registry.objection(1, objections=number))
    assert registry.complaint(complaint) == before


def test_log_objection__sent_twice__lands_once(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    objection = registry.objection(1)
    signature = registry.sign_objection(objection)
    registry.object(objection, signature)
    with reverts("StaleNonce", complaintId=complaint, expected=1, given=0):
        registry.object(objection, signature)
    assert registry.complaint(complaint).objections == 1


@every_known_status
def test_log_objection__255th__is_the_last(registry: Registry, complaint: bytes, status: Status) -> None:
    registry.bring_to(complaint, status)
    count = registry.complaint(complaint).event_count
    registry.force(complaint, objections=254, event_count=count + 254)
    registry.object(registry.objection(1))
    before = registry.complaint(complaint)
    assert (before.objections, before.event_count, before.nonce) == (MAX_OBJECTIONS, count + 255, count)
    with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=EventType.OBJECTED):
        registry.object(registry.objection(1))
    assert registry.complaint(complaint) == before


def test_log_objection__many_in_a_row__each_lands_under_its_number(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    sent = [registry.object(registry.objection(1, data_hash(n), objections=n)) for n in range(20)]
    assert [one.event.args["sequence"] for one in sent] == list(range(2, 22))
    assert registry.complaint(complaint).objections == 20
    assert registry.nonce(complaint) == 1


@pytest.mark.parametrize("misses", [1, 2, MAX_ESCALATION_LEVEL])
def test_log_objection__due__records_each_missed_deadline_before_it(
    registry: Registry, complaint: bytes, complainant: str, relayer: str, misses: int
) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    at = deadline + (misses - 1) * ESCALATION_INTERVAL + 1
    sent = registry.object(registry.objection(1), at=at)
    *breaches, own = sent.events
    assert [breach.args["eventType"] for breach in breaches] == [EventType.ESCALATED] * misses
    assert {breach.args["actor"] for breach in breaches} == {relayer}
    assert breaches[0].args["data"] == escalation_data(1, deadline, deadline + ESCALATION_INTERVAL)
    assert (own.args["eventType"], own.args["actor"], own.args["sequence"]) == (
        EventType.OBJECTED,
        complainant,
        3 + misses,
    )
    state = registry.complaint(complaint)
    assert (state.escalations, state.objections, state.nonce) == (misses, 1, 2)


@pytest.mark.parametrize("refusal", ["signature", "number", "last"])
def test_log_objection__due_and_refused__records_no_breach(registry: Registry, complaint: bytes, refusal: str) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    objection = registry.objection(1)
    expected: dict[str, tuple[str, dict[str, object]]] = {
        "signature": ("InvalidSignature", {"signer": objection.complainant}),
        "number": ("StaleNonce", {"complaintId": complaint, "expected": 0, "given": 9}),
        "last": (
            "InvalidTransition",
            {"complaintId": complaint, "status": Status.OPEN, "eventType": EventType.OBJECTED},
        ),
    }
    if refusal == "number":
        objection = objection.but(number=9)
    elif refusal == "last":
        registry.force(complaint, objections=255, event_count=257)
        objection = objection.but(number=255)
    signature = b"" if refusal == "signature" else registry.sign_objection(objection)
    before = registry.complaint(complaint)
    error, arguments = expected[refusal]
    with reverts(error, **arguments):
        registry.object(objection, signature, at=deadline + 1)
    assert registry.complaint(complaint) == before


@pytest.mark.parametrize("known", [False, True], ids=["unknown", "known"])
@pytest.mark.parametrize("number", [9, 255])
def test_log_objection__everything_wrong__signature_is_named_first(
    registry: Registry, complaint: bytes, complainant: str, known: bool, number: int
) -> None:
    if known:
        registry.create(complaint)
    with reverts("InvalidSignature", signer=complainant):
        registry.object(registry.objection(1, objections=number), bytes(65))


def test_log_objection__number_and_end_both_wrong__number_is_named(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.force(complaint, objections=254, event_count=255)
    with reverts("StaleNonce", complaintId=complaint, expected=254, given=255):
        registry.object(registry.objection(1, objections=255))


@pytest.mark.parametrize("signature", [b"", bytes(65), bytes(64) + b"\x1b"], ids=["empty", "zeros", "v_27"])
def test_log_objection__zero_address__is_nobody(registry: Registry, signature: bytes) -> None:
    """Without a complainant's key there are no objections: a recovery that fails must not be the complainant."""
    registry.create(bound_id(subject(1), ZERO_ADDRESS))
    with reverts("InvalidSignature", signer=ZERO_ADDRESS):
        registry.object(Objection(subject(1), ZERO_ADDRESS, data_hash(1), 0), signature)


@pytest.mark.parametrize("who", ["stranger", "recorder", "operator", "admin"])
def test_log_objection__another_key__reaches_another_complaint_only(
    registry: Registry, complaint: bytes, who: str
) -> None:
    """With another complainant the same subject is another id: nobody can object in their place."""
    registry.create(complaint)
    other = getattr(registry.actors, who)
    objection = registry.objection(1, objections=0, complainant=other)
    assert objection.complaint_id != complaint
    refusal = {"complaintId": objection.complaint_id, "status": Status.NONE, "eventType": EventType.OBJECTED}
    with reverts("InvalidTransition", **refusal):
        registry.object(objection)


@pytest.mark.parametrize("data", [ZERO_HASH, b"\xff" * 32], ids=["zero", "ones"])
def test_log_objection__extreme_data__is_data_like_others(registry: Registry, complaint: bytes, data: bytes) -> None:
    registry.create(complaint)
    assert registry.object(registry.objection(1, data)).event.args["data"] == data


def test_log_objection__every_role_revoked__still_lands(registry: Registry, complaint: bytes) -> None:
    registry.bring_to(complaint, Status.CLOSED)
    for role in ("INTAKE_ROLE", "RECORDER_ROLE", "SLA_MANAGER_ROLE"):
        for holder in registry.actors.holders(role):
            registry.revoke(role, holder)
    registry.node.warp(registry.node.time + 1_000 * DAY)
    registry.object(registry.objection(1))
    assert registry.complaint(complaint).objections == 1
