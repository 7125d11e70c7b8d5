"""Does one event verify? The cache's row against the chain's link, and our records against its commitment."""

from collections.abc import Iterator
from typing import Any

from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction, EvidenceHash
from blockchain.verification.event_facts import event_type_name
from blockchain.verification.records import Record, evidence_commitment, write_commitment


def commitment_problems(record: Record) -> list[str]:
    """What our records say otherwise than the chain (or the cache, while the chain can't be asked)."""
    facts, write = record.facts, record.write
    problems: list[str] = []
    if facts.event_type in LOGGED_EVENT_TYPES:
        if write is None:
            problems.append("payload: there is no record of what data_hash commits to")
        else:
            problems.extend(_payload_problems(record, write))
    elif facts.event_type == EventType.EVIDENCE_ANCHORED:
        if record.evidence is None:
            problems.append("evidence: there is no record of the file that was anchored")
        else:
            problems.extend(_evidence_problems(record, record.evidence))
    if write is not None:
        problems.extend(_write_problems(record, write))
    return problems


def _payload_problems(record: Record, write: BlockchainTransaction) -> Iterator[str]:
    if write_commitment(write) != record.facts.data_hash:
        yield "payload or salt: keccak256(salt || JCS(payload)) is not data_hash"
    elif isinstance(write.payload, dict) and write.payload.get("type") != event_type_name(record.facts.event_type):
        yield "payload: its type is not that of the event"


def _evidence_problems(record: Record, evidence: EvidenceHash) -> Iterator[str]:
    facts = record.facts
    if evidence_commitment(evidence) != facts.data_hash:
        yield "evidence: keccak256(salt || file_hash || ipfs_cid) is not data_hash: one of them was altered"
    if evidence.evidence_hash != facts.data_hash:
        yield "evidence: evidence_hash is not data_hash"
    if evidence.anchored_at is not None and int(evidence.anchored_at.timestamp()) != facts.timestamp:
        yield "evidence: anchored_at is not the time of the block"
    if record.write is not None and evidence.write_id != record.write.pk:
        yield "evidence: it names another write"


def _write_problems(record: Record, write: BlockchainTransaction) -> Iterator[str]:
    facts = record.facts
    expected: dict[str, Any] = {"event_type": facts.event_type}
    if facts.event_type in LOGGED_EVENT_TYPES or facts.event_type == EventType.EVIDENCE_ANCHORED:
        expected["data_hash"] = facts.data_hash
    if facts.event_type == EventType.ESCALATED:
        expected["missed_deadline"] = facts.arguments.get("missed_deadline")
    if write.state == BlockchainTransaction.State.CONFIRMED:
        for field in ("sequence", "tx_hash", "block_number", "block_hash", "log_index"):
            # What the cache has forgotten is not false.
            if getattr(write, field) not in (None, ""):
                expected[field] = getattr(facts, field)
        if write.timestamp is not None and int(write.timestamp.timestamp()) != facts.timestamp:
            yield "timestamp: that of the write is not the time of the block"
    for field, value in expected.items():
        if getattr(write, field) != value:
            yield f"{field}: the record of the write says something else than the chain"
