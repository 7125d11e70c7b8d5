"""Checks one event: compares our records with its link's commitment."""

from collections.abc import Iterator
from typing import Any

from blockchain.models import EvidenceFile, Objection, Write
from blockchain.protocol.kinds import Data, EventType, is_entry
from blockchain.verification.event_facts import data_of, event_type_name
from blockchain.verification.records import Record

# Column of the evidence record, member of the payload that commits to it.
COMMITTED_OF_FILES = (
    ("file_hash", "sha256"),
    ("ipfs_cid", "cid"),
    ("size", "size"),
    ("media_type", "media_type"),
    ("name", "name"),
)


def commitment_problems(record: Record) -> list[str]:
    """Where our records differ from the chain (or from the cache, while the chain is unavailable)."""
    facts, write = record.facts, record.write
    problems: list[str] = []
    if record.objection is not None:
        problems.extend(_objection_problems(record, record.objection))
    if not is_entry(facts.event_type):
        return problems  # they commit to nothing else of ours
    if data_of(facts.event_type) is Data.PAYLOAD:
        if write is None:
            problems.append("payload: there is no record of the payload that data commits to")
        elif not is_closed(write):
            problems.extend(_payload_problems(record, write))
    if facts.event_type == EventType.EVIDENCE_ANCHORED and write is not None and not is_closed(write):
        if record.evidence is None:
            problems.append("evidence: there is no record of the file that was anchored")
        else:
            problems.extend(_evidence_problems(record, write, record.evidence))
    if write is not None:
        problems.extend(_write_problems(record, write))
    return problems


def is_closed(write: Write) -> bool:
    """Whether only another system has the link's payload, which contradicts nothing."""
    return write.payload is None and (write.imported or not write.opened)


def _payload_problems(record: Record, write: Write) -> Iterator[str]:
    if not record.is_opened:
        yield "payload or salt: keccak256(salt || JCS(payload)) is not data"
    elif isinstance(write.payload, dict) and write.payload.get("type") != event_type_name(record.facts.event_type):
        yield "payload: its type is not that of the event"


def _objection_problems(record: Record, objection: Objection) -> Iterator[str]:
    if objection.payload is not None and not record.is_opened:
        yield "payload or salt: keccak256(salt || JCS(payload)) is not data"
    if objection.data != record.facts.data:
        yield "data: the record of the objection differs from the chain"


def _evidence_problems(record: Record, write: Write, evidence: EvidenceFile) -> Iterator[str]:
    payload = write.payload if isinstance(write.payload, dict) else {}
    for column, member in COMMITTED_OF_FILES:
        if getattr(evidence, column) != payload.get(member):
            yield f"evidence: {column} differs from the payload"
    if evidence.anchored_at is not None and int(evidence.anchored_at.timestamp()) != record.facts.timestamp:
        yield "evidence: anchored_at is not the time of the block"


def _write_problems(record: Record, write: Write) -> Iterator[str]:
    facts = record.facts
    expected: dict[str, Any] = {"event_type": facts.event_type}
    if data_of(facts.event_type) in (Data.PAYLOAD, Data.DEADLINE):
        expected["data"] = facts.data
    if write.nonce != record.nonce:
        yield "nonce: the record of the write differs from the chain"
    if write.state == Write.State.CONFIRMED:
        for field in ("sequence", "tx_hash", "block_number", "block_hash", "log_index"):
            # A value that the cache lacks is not wrong.
            if getattr(write, field) not in (None, ""):
                expected[field] = getattr(facts, field)
        if write.timestamp is not None and int(write.timestamp.timestamp()) != facts.timestamp:
            yield "timestamp: that of the write is not the time of the block"
    for field, value in expected.items():
        if getattr(write, field) != value:
            yield f"{field}: the record of the write differs from the chain"
