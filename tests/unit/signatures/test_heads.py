"""A signature that attests the history before it: the head that an entry must follow."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import SignedEntry
from tests.support.registry import Registry
from tests.support.spec import ANY_HEAD, EventType


def signed(registry: Registry, complaint: bytes, head: bytes, event_type: EventType = EventType.NOTED) -> SignedEntry:
    return registry.signed(registry.entry(complaint, event_type), head=head)


def test_record_signed__stored_head__is_accepted(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    head = registry.complaint(complaint).head
    registry.record_signed(signed(registry, complaint, head))
    assert registry.nonce(complaint) == 2


@pytest.mark.parametrize("flipped", [0, 21], ids=["first_byte", "last_byte"])
def test_record_signed__another_head__is_stale(registry: Registry, complaint: bytes, flipped: int) -> None:
    registry.create(complaint)
    head = registry.complaint(complaint).head
    wrong = bytes(byte ^ (number == flipped) for number, byte in enumerate(head))
    with reverts("StaleHead", complaintId=complaint, expected=head, given=wrong):
        registry.record_signed(signed(registry, complaint, wrong))


def test_record_signed__filing_that_names_genesis__is_accepted(registry: Registry, complaint: bytes) -> None:
    registry.record_signed(signed(registry, complaint, registry.genesis, EventType.CREATED))
    assert registry.nonce(complaint) == 1


def test_record_signed__filing_that_names_another_head__is_stale(registry: Registry, complaint: bytes) -> None:
    wrong = b"\x01" * 22
    with reverts("StaleHead", complaintId=complaint, expected=registry.genesis, given=wrong):
        registry.record_signed(signed(registry, complaint, wrong, EventType.CREATED))


def test_record_signed__genesis_after_the_first_link__is_stale(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    head = registry.complaint(complaint).head
    with reverts("StaleHead", complaintId=complaint, expected=head, given=registry.genesis):
        registry.record_signed(signed(registry, complaint, registry.genesis))


def test_record_signed__any_head__is_accepted_whatever_came_before(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    entry = signed(registry, complaint, ANY_HEAD)
    registry.object(registry.objection(1))
    registry.record_signed(entry)
    assert registry.nonce(complaint) == 2


@pytest.mark.parametrize("by", ["objection", "escalation"])
def test_record_signed__history_went_on_by_others__head_is_stale_and_nonce_is_not(
    registry: Registry, complaint: bytes, by: str
) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    head = registry.complaint(complaint).head
    entry = signed(registry, complaint, head)
    if by == "objection":
        registry.object(registry.objection(1))
    else:
        registry.escalate(complaint, at=deadline + 1)
    state = registry.complaint(complaint)
    assert state.nonce == entry.entry.nonce
    with reverts("StaleHead", complaintId=complaint, expected=state.head, given=head):
        registry.record_signed(entry)
    registry.record_signed(entry.but(head=state.head))


def test_record_signed__due__head_is_the_one_before_the_breach(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    entry = signed(registry, complaint, registry.complaint(complaint).head)
    sent = registry.record_signed(entry, at=deadline + 1)
    assert [event.args["eventType"] for event in sent.events] == [EventType.ESCALATED, EventType.NOTED]


def test_record_signed__due_and_stale_head__records_no_breach(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    before = registry.complaint(complaint)
    wrong = b"\x01" * 22
    entry = signed(registry, complaint, wrong)
    with reverts("StaleHead", complaintId=complaint, expected=before.head, given=wrong):
        registry.record_signed(entry, at=deadline + 1)
    assert registry.complaint(complaint) == before
