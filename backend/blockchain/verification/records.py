"""Which of our records belongs to which event: by commitment first, so that an altered record is still found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rfc8785 import CanonicalizationError

from blockchain.commitments import hashing
from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash
from blockchain.verification.event_facts import Facts

COMMITTED = LOGGED_EVENT_TYPES | {EventType.EVIDENCE_ANCHORED}


@dataclass(kw_only=True)
class Record:
    """One event of the cache, with what is known of it."""

    event: ChainEvent
    # What the chain says of it; the cache's own row while the chain can't be asked.
    facts: Facts
    write: BlockchainTransaction | None = None
    evidence: EvidenceHash | None = None


def write_commitment(write: BlockchainTransaction) -> str | None:
    """`keccak256(salt || JCS(payload))`; None if salt or payload are none any more."""
    if not isinstance(write.payload, dict):
        return None
    try:
        return hashing.hex0x(hashing.data_hash(salt=hashing.unhex(write.salt), payload=write.payload))
    except (ValueError, CanonicalizationError):
        return None


def evidence_commitment(evidence: EvidenceHash) -> str | None:
    """`keccak256(salt || sha256 || cid)`; None if salt or file hash are none any more."""
    try:
        salt, sha256 = hashing.unhex(evidence.salt), hashing.unhex(evidence.file_hash)
        return hashing.hex0x(hashing.evidence_hash(salt=salt, sha256=sha256, cid=evidence.ipfs_cid))
    except ValueError:
        return None


def records_join(
    *, records: Sequence[Record], writes: Sequence[BlockchainTransaction], evidence: Sequence[EvidenceHash]
) -> list[BlockchainTransaction]:
    """Gives each record its write and its evidence. Returns the writes that belong to no event, in their order."""
    left = list(writes)
    for matches in (_same_identity, _same_recomputed, _same_place):
        for record in records:
            if record.write is None:
                record.write = next((write for write in left if matches(record, write)), None)
                if record.write is not None:
                    left.remove(record.write)
    evidence_left = list(evidence)
    for same in (_same_evidence_hash, _same_evidence_recomputed, _same_write):
        for record in records:
            if record.facts.event_type == EventType.EVIDENCE_ANCHORED and record.evidence is None:
                record.evidence = _take(evidence_left, record, same)
    return left


def _take(
    rows: list[EvidenceHash], record: Record, same: Callable[[Record, EvidenceHash], bool]
) -> EvidenceHash | None:
    found = next((row for row in rows if same(record, row)), None)
    if found is not None:
        rows.remove(found)
    return found


def _same_identity(record: Record, write: BlockchainTransaction) -> bool:
    facts = record.facts
    if write.event_type != facts.event_type:
        return False
    if facts.event_type in COMMITTED:
        return write.data_hash == facts.data_hash
    if facts.event_type == EventType.ESCALATED:
        return write.missed_deadline == facts.arguments.get("missed_deadline")
    return _landed(write) and write.sequence == facts.sequence


def _same_recomputed(record: Record, write: BlockchainTransaction) -> bool:
    return record.facts.event_type in LOGGED_EVENT_TYPES and write_commitment(write) == record.facts.data_hash


def _same_place(record: Record, write: BlockchainTransaction) -> bool:
    same_log = write.tx_hash == record.facts.tx_hash and write.log_index == record.facts.log_index
    same_sequence = write.sequence == record.facts.sequence and write.event_type == record.facts.event_type
    return _landed(write) and (same_log or same_sequence)


def _same_evidence_hash(record: Record, row: EvidenceHash) -> bool:
    return row.evidence_hash == record.facts.data_hash


def _same_evidence_recomputed(record: Record, row: EvidenceHash) -> bool:
    return evidence_commitment(row) == record.facts.data_hash


def _same_write(record: Record, row: EvidenceHash) -> bool:
    return record.write is not None and row.write_id == record.write.pk


def _landed(write: BlockchainTransaction) -> bool:
    return write.state in (BlockchainTransaction.State.MINED, BlockchainTransaction.State.CONFIRMED)
