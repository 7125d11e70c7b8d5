"""One state change: one link, one event, one slot. And the links make a chain from GENESIS to the head."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.support.contract import reverts
from tests.support.links import append, genesis, link, recompute
from tests.support.registry import ESCALATION_INTERVAL, Registry, complaint_id, data_hash
from tests.support.spec import DAY, MAX_UINT24, MAX_UINT40, ZERO_ADDRESS, ZERO_HASH, EventType
from tests.support.writes import Write, every_write

EVIDENCE_SLOT = 6


def evidence_slot(complaint: bytes, evidence_hash: bytes) -> int:
    """The slot of an anchor: a mapping in a mapping."""
    inner = keccak(complaint + EVIDENCE_SLOT.to_bytes(32))
    return int.from_bytes(keccak(evidence_hash + inner))


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
    slots = {registry.slot_of(complaint)}
    if write.event_type is EventType.EVIDENCE_ANCHORED:
        slots.add(evidence_slot(complaint, sent.event.args["evidenceHash"]))
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    after = registry.complaint(complaint)
    assert (after.head, after.event_count) == (append(before.head, sent.event), before.event_count + 1)


@pytest.mark.parametrize("times", [1, 2], ids=["each_once", "each_twice"])
def test_batch_check_and_escalate__several__one_slot_each_and_one_event_for_each_link(
    registry: Registry, times: int
) -> None:
    deadline = registry.node.time + 100
    ids = [registry.create_due_at(complaint_id(number), deadline) for number in range(5)]
    heads = [registry.complaint(one).head for one in ids]
    sent = registry.escalate_batch(ids * times, at=deadline + ESCALATION_INTERVAL + 1)
    assert len(sent.events) == 5 * times
    slots = {registry.slot_of(one) for one in ids}
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    for one, head in zip(ids, heads, strict=True):
        links = [event for event in sent.events if event.args["complaintId"] == one]
        assert registry.complaint(one).head == recompute(head, links)


def test_batch_check_and_escalate__nothing_due__no_slot(registry: Registry) -> None:
    ids = [registry.create(complaint_id(number)) for number in range(3)]
    sent = registry.escalate_batch(ids)
    assert changed_slots(registry, sent.receipt.transaction_hash) == {}
    assert sent.events == ()


def test_multicall__several_complaints__one_slot_each_and_one_event_for_each_link(
    registry: Registry, recorder: str
) -> None:
    ids = [complaint_id(number) for number in range(4)]
    calls = [
        registry.codec.call("logComplaintEvent", one, event_type, data_hash(sequence), sequence)
        for one in ids
        for sequence, event_type in ((1, EventType.CREATED), (2, EventType.ASSIGNED), (3, EventType.CLOSED))
    ]
    sent = registry.multicall(calls, sender=recorder)
    slots = {registry.slot_of(one) for one in ids}
    assert changed_slots(registry, sent.receipt.transaction_hash) == {registry.address.lower(): slots}
    start = genesis(registry.node.chain_id, registry.address)
    for one in ids:
        links = [event for event in sent.events if event.args["complaintId"] == one]
        assert len(links) == 3
        assert registry.complaint(one).head == recompute(start, links)


@every_write
def test_any_write__that_reverts__changes_no_slot(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    calldata = write.calldata(registry, complaint, registry.next_sequence(complaint))
    write.send(registry, complaint)
    before = registry.node.storage(registry.address, registry.slot_of(complaint))
    # The same write once more: stale, or not due any more.
    sender = registry.actors.relayer if write.signed else write.actor(registry)
    receipt = registry.node.send(sender, registry.address, calldata)
    assert receipt.succeeded is False
    assert receipt.logs == ()
    assert changed_slots(registry, receipt.transaction_hash) == {}
    assert registry.node.storage(registry.address, registry.slot_of(complaint)) == before


def test_head__long_history_of_every_kind__is_recomputed_from_genesis(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    history = [
        registry.log(complaint, EventType.CREATED),
        registry.set_deadline(complaint, deadline),
        registry.log(complaint, EventType.ASSIGNED),
        registry.anchor(complaint, data_hash(50)),
        registry.escalate(complaint, at=deadline + 1),
        Write(EventType.STATUS_UPDATED, signed=True).send(registry, complaint),
        registry.pause(complaint),
        registry.log(complaint, EventType.COMMENTED),
        registry.resume(complaint),
        registry.escalate(complaint, at=registry.node.time + 3 * DAY),
        registry.escalate_batch([complaint], at=registry.node.time + 5 * DAY),
        registry.log(complaint, EventType.RESOLVED),
        registry.log(complaint, EventType.REOPENED),
        registry.log(complaint, EventType.REJECTED),
        registry.log(complaint, EventType.CLOSED),
        registry.log(complaint, EventType.REOPENED),
    ]
    events = [sent.event for sent in history]
    state = registry.complaint(complaint)
    assert [event.args["sequence"] for event in events] == list(range(1, state.event_count + 1))
    assert recompute(genesis(registry.node.chain_id, registry.address), events) == state.head


LINK = {
    "head": b"\x11" * 22,
    "complaint": complaint_id(1),
    "sequence": 7,
    "event_type": EventType.ESCALATED,
    "actor": "0x" + "22" * 20,
    "timestamp": 1_234_567_890,
    "data": data_hash(1),
}
OTHER = {
    "head": b"\x11" * 21 + b"\x12",
    "complaint": complaint_id(2),
    "sequence": 8,
    "event_type": EventType.SLA_RESUMED,
    "actor": "0x" + "22" * 19 + "23",
    "timestamp": 1_234_567_891,
    "data": data_hash(2),
}


def test_link_hash__its_encoding__is_seven_whole_words(registry: Registry) -> None:
    words = encode(
        ["bytes32", "bytes32", "uint256", "uint256", "uint256", "uint256", "bytes32"],
        [
            b"\x11" * 22 + bytes(10),
            LINK["complaint"],
            LINK["sequence"],
            LINK["event_type"],
            int(LINK["actor"], 16),
            LINK["timestamp"],
            LINK["data"],
        ],
    )
    assert registry.call("linkHash", *LINK.values()) == keccak(words)[:22]


@pytest.mark.parametrize("changed", LINK)
def test_link_hash__one_value_changed__is_another(registry: Registry, changed: str) -> None:
    values = LINK | {changed: OTHER[changed]}
    result = registry.call("linkHash", *values.values())
    assert result == link(*values.values())
    assert result != registry.call("linkHash", *LINK.values())


@pytest.mark.parametrize(
    "values",
    [
        (bytes(22), ZERO_HASH, 0, 0, ZERO_ADDRESS, 0, ZERO_HASH),
        (b"\xff" * 22, b"\xff" * 32, MAX_UINT24, 12, "0x" + "ff" * 20, MAX_UINT40, b"\xff" * 32),
    ],
    ids=["zeros", "greatest"],
)
def test_link_hash__extreme_values__is_the_specifications(registry: Registry, values: tuple[object, ...]) -> None:
    assert registry.call("linkHash", *values) == link(*values)


def test_any_write__stale__reverts_and_chain_is_untouched(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    head = registry.complaint(complaint).head
    with reverts("StaleSequence", complaintId=complaint, expected=2, given=1):
        registry.log(complaint, EventType.CREATED, sequence=1)
    assert registry.complaint(complaint).head == head
