"""Evidence commitments, once for each complaint."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import complaint_id, data_hash
from tests.support.links import link
from tests.support.registry import Registry
from tests.support.spec import MAX_UINT40, ZERO_HASH, EventType, Status
from tests.support.writes import skipped

PHOTO = data_hash(1001)
LETTER = data_hash(1002)


@pytest.mark.parametrize("status", [Status.OPEN, Status.ON_HOLD, Status.RESOLVED], ids=lambda status: status.name)
def test_anchor_evidence__new_hash__keeps_time_and_sequence_and_nothing_else_moves(
    registry: Registry, complaint: bytes, recorder: str, status: Status
) -> None:
    registry.bring_to(complaint, status)
    before = registry.complaint(complaint)
    at = registry.node.time + 500
    sequence = before.event_count + 1
    registry.anchor(complaint, PHOTO, at=at)
    assert registry.call("evidenceAnchor", complaint, PHOTO) == (at, sequence)
    after = registry.complaint(complaint)
    assert after.head == link(before.head, complaint, sequence, EventType.EVIDENCE_ANCHORED, recorder, at, PHOTO)
    assert after.event_count == sequence
    assert (after.status, after.sla_deadline, after.escalations) == (status, before.sla_deadline, 0)


def test_anchor_evidence__complaint_is_due__anchor_has_the_sequence_after_the_breach(
    registry: Registry, complaint: bytes
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    sent = registry.anchor(complaint, PHOTO, at=deadline + 1)
    assert [event.args["eventType"] for event in sent.events] == [EventType.ESCALATED, EventType.EVIDENCE_ANCHORED]
    assert registry.call("evidenceAnchor", complaint, PHOTO) == (deadline + 1, 4)
    assert sent.events[-1].args["sequence"] == 4


def test_anchor_evidence__objected_before__anchor_has_the_sequence_after_it(
    registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    registry.object(registry.objection(1))
    sent = registry.anchor(complaint, PHOTO, nonce=1)
    assert registry.call("evidenceAnchor", complaint, PHOTO) == (sent.timestamp, 3)


def test_anchor_evidence__twice_in_one_batch__second_is_skipped(registry: Registry, complaint: bytes) -> None:
    """What was anchored earlier in the batch counts."""
    registry.create(complaint)
    entries = [
        registry.entry(complaint, EventType.EVIDENCE_ANCHORED, PHOTO, 1),
        registry.entry(complaint, EventType.EVIDENCE_ANCHORED, PHOTO, 2),
    ]
    sent = registry.record_batch(entries)
    link_of_photo, left_out = sent.events
    assert link_of_photo.args["data"] == PHOTO
    assert left_out == skipped(registry, complaint, 2, registry.selector("EvidenceAlreadyAnchored"))


def test_anchor_evidence__anchored_already__reverts(registry: Registry, complaint: bytes, second_recorder: str) -> None:
    registry.create(complaint)
    registry.anchor(complaint, PHOTO)
    anchored = registry.call("evidenceAnchor", complaint, PHOTO)
    with reverts("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=PHOTO):
        registry.anchor(complaint, PHOTO)
    with reverts("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=PHOTO):
        registry.anchor(complaint, PHOTO, sender=second_recorder, at=registry.node.time + 10_000_000)
    assert registry.call("evidenceAnchor", complaint, PHOTO) == anchored


def test_anchor_evidence__anchored_before_a_reopening__reverts(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.anchor(complaint, PHOTO)
    registry.log(complaint, EventType.CLOSED)
    registry.log(complaint, EventType.REOPENED)
    with reverts("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=PHOTO):
        registry.anchor(complaint, PHOTO)


def test_anchor_evidence__anchored_for_another_complaint__is_anchored_here_too(registry: Registry) -> None:
    one, other = registry.create(complaint_id(1)), registry.create(complaint_id(2))
    first = registry.anchor(one, PHOTO)
    registry.log(other, EventType.COMMENTED)
    second = registry.anchor(other, PHOTO)
    assert registry.call("evidenceAnchor", one, PHOTO) == (first.timestamp, 2)
    assert registry.call("evidenceAnchor", other, PHOTO) == (second.timestamp, 3)


@pytest.mark.parametrize("value", [ZERO_HASH, b"\xff" * 32], ids=["zero", "ones"])
def test_anchor_evidence__extreme_hash__is_a_hash_like_others(
    registry: Registry, complaint: bytes, value: bytes
) -> None:
    registry.create(complaint)
    sent = registry.anchor(complaint, value)
    assert registry.call("evidenceAnchor", complaint, value) == (sent.timestamp, 2)
    with reverts("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=value):
        registry.anchor(complaint, value)


def test_anchor_evidence__many_hashes__each_keeps_its_own_anchor(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    sent = [registry.anchor(complaint, data_hash(number), number - 1) for number in range(2, 22)]
    anchors = [registry.call("evidenceAnchor", complaint, data_hash(number)) for number in range(2, 22)]
    assert anchors == [(transaction.timestamp, number) for number, transaction in enumerate(sent, start=2)]


def test_anchor_evidence__greatest_time__is_kept_whole(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    registry.anchor(complaint, PHOTO, at=MAX_UINT40)
    assert registry.call("evidenceAnchor", complaint, PHOTO) == (MAX_UINT40, 2)


def test_evidence_anchor__never_anchored__is_zeros(registry: Registry) -> None:
    known = registry.create(complaint_id(1))
    registry.anchor(known, PHOTO)
    assert registry.call("evidenceAnchor", known, LETTER) == (0, 0)
    assert registry.call("evidenceAnchor", registry.create(complaint_id(2)), PHOTO) == (0, 0)
    assert registry.call("evidenceAnchor", complaint_id(404), PHOTO) == (0, 0)
