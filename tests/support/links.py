"""The hash chain of spec 2.2 in plain Python."""

from collections.abc import Iterable

from eth_abi import encode
from eth_utils import keccak

from tests.support.codec import Event
from tests.support.spec import EventType


def genesis(chain_id: int, contract: str) -> bytes:
    """What stands before the first link."""
    return keccak(encode(["uint256", "address"], [chain_id, contract]))[:22]


def link(
    head: bytes, complaint_id: bytes, sequence: int, event_type: int, actor: str, timestamp: int, data_hash: bytes
) -> bytes:
    """The head after one more link."""
    types = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
    return keccak(encode(types, [head, complaint_id, sequence, event_type, actor, timestamp, data_hash]))[:22]


def escalation_hash(level: int, missed_deadline: int, next_deadline: int) -> bytes:
    """The `dataHash` of an escalation."""
    return keccak(encode(["uint8", "uint40", "uint40"], [level, missed_deadline, next_deadline]))


def type_and_data_hash(event: Event) -> tuple[EventType, bytes]:
    """What of its content an event puts into its link."""
    args = event.args
    match event.name:
        case "ComplaintEventLogged":
            return EventType(args["eventType"]), args["dataHash"]
        case "EvidenceAnchored":
            return EventType.EVIDENCE_ANCHORED, args["evidenceHash"]
        case "SLADeadlineSet":
            return EventType.SLA_DEADLINE_SET, args["deadline"].to_bytes(32)
        case "SLAPaused":
            return EventType.SLA_PAUSED, args["remaining"].to_bytes(32)
        case "SLAResumed":
            return EventType.SLA_RESUMED, args["deadline"].to_bytes(32)
        case "ComplaintEscalated":
            data_hash = escalation_hash(args["level"], args["missedDeadline"], args["nextDeadline"])
            return EventType.ESCALATED, data_hash
    raise ValueError(f"{event.name} is not a link")


def append(head: bytes, event: Event) -> bytes:
    """The head after the link that `event` tells of."""
    args = event.args
    event_type, data_hash = type_and_data_hash(event)
    return link(head, args["complaintId"], args["sequence"], event_type, args["actor"], args["timestamp"], data_hash)


def recompute(head: bytes, events: Iterable[Event]) -> bytes:
    """The head after all of one complaint's events."""
    for event in events:
        head = append(head, event)
    return head
