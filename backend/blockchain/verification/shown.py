"""One event, and one write that is no event yet, as the audit trail shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from blockchain.models import EvidenceFile, Write
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType, is_entry
from blockchain.verification.event_check import is_closed
from blockchain.verification.event_facts import decoded, event_type_name
from blockchain.verification.records import Record


def event_shown(
    record: Record, problems: Sequence[str], state: dict[str, Any] | None, *, asked: bool
) -> dict[str, Any]:
    """An event of the cache, with what opens it and what was found; `asked`: whether the chain answered."""
    event, write = record.event, record.write
    has_payload = record.facts.event_type in WITH_PAYLOAD and is_entry(record.facts.event_type)
    opening = record.objection or (write if has_payload else None)
    payload = opening.payload if opening is not None else None
    return {
        "sequence": event.sequence,
        "nonce": record.nonce,
        "event_type": event_type_name(event.event_type),
        "actor": event.actor,
        "timestamp": _time(event.timestamp),
        "block_timestamp": event.timestamp,
        "tx_hash": event.tx_hash,
        "block_number": event.block_number,
        "block_hash": event.block_hash,
        "log_index": event.log_index,
        "data": event.data,
        "decoded": decoded(event.event_type, event.data),
        "salt": (opening.salt or None) if opening is not None else None,
        "payload": payload,
        "not_opened": _not_opened(record),
        "witnessed": _witnessed(record, payload),
        "recorded_after": _recorded_after(payload, event.timestamp),
        "state": state,
        "given_up": _given_up(write),
        "evidence": _evidence(record.evidence) if record.evidence else None,
        "verified_on_chain": (not problems) if asked else None,
        "problem": "; ".join(problems) or None,
    }


def pending_shown(write: Write, evidence: EvidenceFile | None) -> dict[str, Any]:
    """A write that is not among the events."""
    return {
        "nonce": write.nonce,
        "event_type": event_type_name(write.event_type),
        "state": write.state,
        "error": write.error_code or None,
        "data": write.data,
        "decoded": decoded(write.event_type, write.data) if write.event_type == EventType.SLA_DEADLINE_SET else None,
        "salt": write.salt or None,
        "payload": write.payload,
        "given_up": _given_up(write),
        "evidence": _evidence(evidence) if evidence else None,
        "created_at": write.created_at,
    }


def _not_opened(record: Record) -> str | None:
    """Why there is nothing that opens the link's data, where that is no fault of the record."""
    committed = record.facts.event_type in WITH_PAYLOAD
    if committed and record.write is not None and is_closed(record.write):
        if record.write.imported:
            return "another system wrote this link, and its payload is not known here"
        return "the system that recorded this keeps its salt and payload"
    if record.facts.event_type == EventType.OBJECTED and (record.objection is None or not record.objection.salt):
        return "the complainant wrote it, and did not hand it in here"
    return None


def _witnessed(record: Record, payload: Any) -> bool | None:
    """What the payload says of itself, if it is the one that was committed to."""
    if not isinstance(payload, dict) or not record.is_opened:
        return None
    return payload.get("witnessed") is True


def _recorded_after(payload: Any, timestamp: int) -> int | None:
    """Seconds from `occurred_at` to the block."""
    try:
        return timestamp - int(datetime.fromisoformat(payload["occurred_at"]).timestamp())
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _given_up(write: Write | None) -> dict[str, Any] | None:
    """What a note stands for: salt and payload open the commitment that the note's payload names."""
    was = write.given_up if write is not None else None
    if not isinstance(was, dict):
        return None
    return {name: was.get(name) or None for name in ("event_type", "data", "salt", "payload", "reason")}


def _evidence(evidence: EvidenceFile) -> dict[str, Any]:
    return {
        "id": str(evidence.public_id),
        "ipfs_cid": evidence.ipfs_cid,
        "cid_parameters": evidence.cid_parameters,
        "file_hash": evidence.file_hash,
        "size": evidence.size,
        "media_type": evidence.media_type,
        "name": evidence.name,
    }


def _time(seconds: int) -> str | None:
    """RFC 3339; None for what is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
