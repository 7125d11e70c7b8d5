"""The two events with every field, and their bytes on the chain."""

from eth_utils import keccak

from tests.support.entries import data_hash
from tests.support.links import escalation_data
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.slots import Complaint
from tests.support.spec import DAY, MAX_SLA_DURATION, EventType
from tests.support.writes import TIME_LEFT, Route, Write, every_write, link_event, skipped

# From the text of the specification.
LINK_APPENDED = "LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)"
ENTRY_SKIPPED = "EntrySkipped(bytes32,uint24,bytes4)"


def topic(value: bytes | str | int) -> str:
    """A value as a topic: 32 bytes, padded on the left."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    number = int(value, 16) if isinstance(value, str) else value
    return f"0x{number:064x}"


@every_write
def test_any_write__its_log__has_the_declared_topics_and_words(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    write.prepare(registry, complaint)
    sent = write.send(registry, complaint)
    (log,) = sent.receipt.logs
    args = sent.event.args
    assert log["address"].lower() == registry.address.lower()
    indexed = [complaint, args["eventType"], args["actor"]]
    assert log["topics"] == [topic(keccak(text=LINK_APPENDED)), *map(topic, indexed)]
    words = (args["sequence"].to_bytes(32), args["timestamp"].to_bytes(32), args["data"])
    assert log["data"] == "0x" + b"".join(words).hex()


def expected_data(write: Write, before: Complaint, set_at: int, timestamp: int) -> bytes:
    """What the link commits to. `set_at`: time at which the deadline of the write was chosen; Unix seconds."""
    clock = before.sla_deadline
    match write.event_type:
        case EventType.SLA_DEADLINE_SET:
            return (set_at + 2 * TIME_LEFT).to_bytes(32)
        case EventType.SLA_PAUSED:
            return (clock - timestamp).to_bytes(32)
        case EventType.SLA_RESUMED:
            return (timestamp + clock).to_bytes(32)
        case EventType.ESCALATED:
            return escalation_data(1, clock, clock + ESCALATION_INTERVAL)
        case EventType.OBJECTED:
            return data_hash(1_000)
    return data_hash(before.nonce)


@every_write
def test_any_write__its_event__tells_all(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    now = registry.node.time
    at = now + 7
    sent = write.send(registry, complaint, at=at)
    data = expected_data(write, before, now, at)
    actor = write.actor(registry)
    assert sent.event == link_event(registry, complaint, write.event_type, actor, before.event_count + 1, at, data)


def test_sla_links__set_paused_resumed__commit_to_what_the_slot_keeps(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    at = registry.node.time + 10
    deadline = at + MAX_SLA_DURATION
    expected = [deadline, MAX_SLA_DURATION - DAY, deadline + 4 * DAY]
    events = []
    for send in (
        lambda: registry.set_deadline(complaint, deadline, at=at),
        lambda: registry.pause(complaint, at=at + DAY),
        lambda: registry.resume(complaint, at=at + 5 * DAY),
    ):
        events.append(send().event)
        assert events[-1].args["data"] == registry.complaint(complaint).sla_deadline.to_bytes(32)
    assert [int.from_bytes(event.args["data"]) for event in events] == expected


def test_entry_skipped__its_log__has_the_declared_topics_and_words(registry: Registry, complaint: bytes) -> None:
    sent = Write(EventType.CLOSED, Route.BATCH).send(registry, complaint, 2**24 - 1)
    (log,) = sent.receipt.logs
    reason = keccak(text="StaleNonce(bytes32,uint24,uint24)")[:4]
    assert log["topics"] == [topic(keccak(text=ENTRY_SKIPPED)), topic(complaint)]
    assert log["data"] == "0x" + (2**24 - 1).to_bytes(32).hex() + reason.hex() + "00" * 28
    assert sent.event == skipped(registry, complaint, 2**24 - 1, reason)
