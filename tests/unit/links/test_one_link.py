"""One state change: one link, one event, one slot. And the links make a chain from GENESIS to the head."""

import pytest

from tests.support.entries import complaint_id, data_hash
from tests.support.links import append, recompute
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.slots import FILINGS_SLOT, complaint_slot, evidence_slot
from tests.support.spec import DAY, EventType
from tests.support.writes import Route, Write, every_write


def changed_slots(registry: Registry, transaction_hash: str) -> dict[str, set[int]]:
    """The storage slots, by contract, whose value a transaction changed."""
    diff = registry.node.trace(transaction_hash, tracer="prestateTracer", tracerConfig={"diffMode": True})
    changed: dict[str, set[int]] = {}
    for side in ("pre", "post"):
        for address, account in diff[side].items():
            slots = {int(slot, 16) for slot in account.get("storage", {})}
            if slots:
                changed.setdefault(address.lower(), set()).update(slots)
    return changed


@every_write
def test_any_write__one_link__is_one_event_and_one_slot(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    sent = write.send(registry, complaint)
    slots = {complaint_slot(complaint)}
    if write.event_type is EventType.EVIDENCE_ANCHORED:
        slots.add(evidence_slot(complaint, sent.event.args["data"]))
    if write.event_type is EventType.CREATED:
        slots.add(FILINGS_SLOT)
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    after = registry.complaint(complaint)
    assert (after.head, after.event_count) == (append(before.head, sent.event), before.event_count + 1)


@pytest.mark.parametrize("times", [1, 2], ids=["each_once", "each_twice"])
def test_batch_check_and_escalate__several__one_slot_each_and_one_event_for_each_miss(
    registry: Registry, times: int
) -> None:
    deadline = registry.node.time + 100
    ids = [registry.create_due_at(complaint_id(number), deadline) for number in range(5)]
    heads = [state.head for state in registry.complaints(ids)]
    sent = registry.escalate_batch(ids * times, at=deadline + ESCALATION_INTERVAL + 1)
    assert len(sent.events) == 5 * 2
    slots = {complaint_slot(one) for one in ids}
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    for one, head in zip(ids, heads, strict=True):
        links = [event for event in sent.events if event.args["complaintId"] == one]
        assert registry.complaint(one).head == recompute(head, links)


def test_batch_check_and_escalate__nothing_due__no_slot(registry: Registry) -> None:
    ids = [registry.create(complaint_id(number)) for number in range(3)]
    sent = registry.escalate_batch(ids)
    assert changed_slots(registry, sent.receipt.transaction_hash) == {}
    assert sent.events == ()


def test_record_batch__several_complaints__one_slot_each_and_one_event_for_each_link(registry: Registry) -> None:
    ids = [complaint_id(number) for number in range(4)]
    history = (EventType.CREATED, EventType.ASSIGNED, EventType.CLOSED)
    entries = [registry.entry(one, event_type, nonce=nonce) for one in ids for nonce, event_type in enumerate(history)]
    sent = registry.record_batch(entries)
    slots = {complaint_slot(one) for one in ids} | {FILINGS_SLOT}
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    for one in ids:
        links = [event for event in sent.links if event.args["complaintId"] == one]
        assert [event.args["data"] for event in links] == [data_hash(nonce) for nonce in range(3)]
        assert registry.complaint(one).head == recompute(registry.genesis, links)


def test_record_batch__everything_skipped__no_slot(registry: Registry, complaint: bytes) -> None:
    entries = [registry.entry(complaint, event_type, nonce=3) for event_type in EventType]
    sent = registry.record_batch(entries)
    assert changed_slots(registry, sent.receipt.transaction_hash) == {}
    assert (len(sent.skipped), len(sent.events)) == (16, 16)


@every_write
def test_any_write__that_reverts_or_is_skipped__changes_no_slot(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    write.prepare(registry, complaint)
    calldata = write.calldata(registry, complaint)
    write.send(registry, complaint)
    before = registry.node.storage(registry.address, complaint_slot(complaint))
    # The same write once more: stale, or not due any more.
    receipt = registry.node.send(write.sender(registry), registry.address, calldata)
    assert receipt.succeeded is (write.route is Route.BATCH)
    assert changed_slots(registry, receipt.transaction_hash) == {}
    assert registry.node.storage(registry.address, complaint_slot(complaint)) == before


def test_head__long_history_of_every_kind__is_recomputed_from_genesis(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    history = [
        registry.log(complaint, EventType.CREATED),
        registry.set_deadline(complaint, deadline),
        registry.log(complaint, EventType.ASSIGNED),
        registry.anchor(complaint, data_hash(50)),
        registry.escalate(complaint, at=deadline + 1),
        Write(EventType.STATUS_UPDATED, Route.SIGNED).send(registry, complaint),
        registry.object(registry.objection(1)),
        registry.pause(complaint),
        registry.log(complaint, EventType.COMMENTED),
        registry.resume(complaint),
        registry.log(complaint, EventType.NOTED, at=registry.node.time + 3 * DAY),  # two missed deadlines come first
        registry.set_deadline(complaint, registry.node.time + DAY),
        registry.escalate_batch([complaint], at=registry.node.time + 5 * DAY),
        registry.log(complaint, EventType.RESOLVED),
        registry.log(complaint, EventType.REOPENED),
        registry.log(complaint, EventType.REJECTED),
        registry.log(complaint, EventType.ERASED),
        registry.log(complaint, EventType.CLOSED),
        registry.object(registry.objection(1)),
        registry.log(complaint, EventType.REOPENED),
    ]
    events = [event for sent in history for event in sent.events]
    assert {event.args["eventType"] for event in events} == set(EventType)
    state = registry.complaint(complaint)
    assert [event.args["sequence"] for event in events] == list(range(1, state.event_count + 1))
    assert recompute(registry.genesis, events) == state.head
    assert (state.escalations, state.objections) == (4, 2)
