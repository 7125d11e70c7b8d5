"""Every event with every field, and its bytes on the chain."""

import pytest
from eth_utils import keccak

from tests.support.codec import Event
from tests.support.registry import ESCALATION_INTERVAL, Registry, data_hash
from tests.support.spec import DAY, LOGGED, MAX_SLA_DURATION, EventType
from tests.support.writes import Write, every_write

# Signature, and the names of the indexed fields, from the text of the specification.
DECLARED = {
    "ComplaintEventLogged": (
        "ComplaintEventLogged(bytes32,uint8,address,uint24,uint40,bytes32)",
        ["complaintId", "eventType", "actor"],
    ),
    "EvidenceAnchored": (
        "EvidenceAnchored(bytes32,bytes32,address,uint24,uint40)",
        ["complaintId", "evidenceHash", "actor"],
    ),
    "SLADeadlineSet": ("SLADeadlineSet(bytes32,address,uint24,uint40,uint40)", ["complaintId", "actor"]),
    "SLAPaused": ("SLAPaused(bytes32,address,uint24,uint40,uint40)", ["complaintId", "actor"]),
    "SLAResumed": ("SLAResumed(bytes32,address,uint24,uint40,uint40)", ["complaintId", "actor"]),
    "ComplaintEscalated": (
        "ComplaintEscalated(bytes32,address,uint24,uint40,uint8,uint40,uint40)",
        ["complaintId", "actor"],
    ),
}


def topic(value: bytes | str | int) -> str:
    """A value as a topic: 32 bytes, padded on the left."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    number = int(value, 16) if isinstance(value, str) else value
    return f"0x{number:064x}"


@every_write
def test_any_write__its_log__has_the_declared_topics(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    sent = write.send(registry, complaint)
    signature, indexed = DECLARED[write.event]
    (log,) = sent.receipt.logs
    assert log["address"].lower() == registry.address.lower()
    assert log["topics"] == [topic(keccak(text=signature)), *(topic(sent.event.args[name]) for name in indexed)]
    words = signature.count(",") + 1 - len(indexed)
    assert len(log["data"]) == 2 + 64 * words


@every_write
def test_any_write__its_event__tells_id_actor_sequence_and_time(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    write.prepare(registry, complaint)
    sequence = registry.next_sequence(complaint)
    at = registry.node.time + 7
    registry.node.next_block_at(at)
    event = write.send(registry, complaint).event
    assert event.name == write.event
    told = {name: event.args[name] for name in ("complaintId", "actor", "sequence", "timestamp")}
    assert told == {
        "complaintId": complaint,
        "actor": write.actor(registry),
        "sequence": sequence,
        "timestamp": at,
    }


@pytest.mark.parametrize("event_type", LOGGED, ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("signed", [False, True], ids=["sent", "signed"])
def test_complaint_event_logged__every_type__tells_all(
    registry: Registry, complaint: bytes, event_type: EventType, signed: bool
) -> None:
    write = Write(event_type, signed)
    write.prepare(registry, complaint)
    sequence = registry.next_sequence(complaint)
    sent = write.send(registry, complaint)
    arguments = {
        "complaintId": complaint,
        "eventType": event_type,
        "actor": registry.actors.signer if signed else registry.actors.recorder,
        "sequence": sequence,
        "timestamp": sent.timestamp,
        "dataHash": data_hash(sequence),
    }
    assert sent.event == Event("ComplaintEventLogged", arguments, registry.address)


def test_evidence_anchored__any__tells_all(registry: Registry, complaint: bytes, second_recorder: str) -> None:
    registry.create(complaint)
    sent = registry.anchor(complaint, data_hash(99), sender=second_recorder)
    arguments = {
        "complaintId": complaint,
        "evidenceHash": data_hash(99),
        "actor": second_recorder,
        "sequence": 2,
        "timestamp": sent.timestamp,
    }
    assert sent.event == Event("EvidenceAnchored", arguments, registry.address)


def test_sla_events__set_paused_resumed__tell_all(registry: Registry, complaint: bytes, sla_manager: str) -> None:
    registry.create(complaint)
    at = registry.node.time + 10
    deadline = at + MAX_SLA_DURATION
    common = {"complaintId": complaint, "actor": sla_manager}

    sent = registry.set_deadline(complaint, deadline, at=at)
    arguments = {**common, "sequence": 2, "timestamp": at, "deadline": deadline}
    assert sent.event == Event("SLADeadlineSet", arguments, registry.address)

    sent = registry.pause(complaint, at=at + DAY)
    arguments = {**common, "sequence": 3, "timestamp": at + DAY, "remaining": MAX_SLA_DURATION - DAY}
    assert sent.event == Event("SLAPaused", arguments, registry.address)

    sent = registry.resume(complaint, at=at + 5 * DAY)
    arguments = {**common, "sequence": 4, "timestamp": at + 5 * DAY, "deadline": deadline + 4 * DAY}
    assert sent.event == Event("SLAResumed", arguments, registry.address)


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
def test_complaint_escalated__up_to_the_maximum__tells_all(
    registry: Registry, complaint: bytes, relayer: str, batch: bool
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    at = deadline + 10 * ESCALATION_INTERVAL
    missed = [deadline, deadline + ESCALATION_INTERVAL, deadline + 2 * ESCALATION_INTERVAL]
    following = [deadline + ESCALATION_INTERVAL, deadline + 2 * ESCALATION_INTERVAL, 0]
    if batch:
        events = list(registry.escalate_batch([complaint] * 3, sender=relayer, at=at).events)
        times = [at] * 3
    else:
        sent = [registry.escalate(complaint, sender=relayer, at=at + number) for number in range(3)]
        events, times = [one.event for one in sent], [at, at + 1, at + 2]
    assert events == [
        Event(
            "ComplaintEscalated",
            {
                "complaintId": complaint,
                "actor": relayer,
                "sequence": 3 + number,
                "timestamp": times[number],
                "level": 1 + number,
                "missedDeadline": missed[number],
                "nextDeadline": following[number],
            },
            registry.address,
        )
        for number in range(3)
    ]
