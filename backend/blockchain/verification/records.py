"""Which of our records belongs to which event: by commitment first, so that an altered record is still found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rfc8785 import CanonicalizationError

from blockchain.models import ChainEvent, EvidenceFile, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import WITH_PAYLOAD, is_entry
from blockchain.verification.event_facts import Facts


@dataclass(kw_only=True)
class Record:
    """One event of the cache, with what is known of it."""

    event: ChainEvent
    # What the chain says of it; the cache's own row while the chain can't be asked.
    facts: Facts
    # Number of links by recorders before it; None for links that none of them wrote.
    nonce: int | None = None
    write: Write | None = None
    evidence: EvidenceFile | None = None


def nonces_set(records: Sequence[Record]) -> None:
    """Gives each recorder's link its nonce; `records` are in the order of their sequences."""
    others = 0
    for record in records:
        if is_entry(record.facts.event_type):
            record.nonce = record.facts.sequence - 1 - others
        else:
            others += 1


def commitment(*, salt: Any, payload: Any) -> str | None:
    """`keccak256(salt || JCS(payload))`; None if salt or payload are none any more."""
    if not isinstance(payload, dict) or not isinstance(salt, str):
        return None
    try:
        return hashing.hex0x(hashing.data_hash(salt=hashing.unhex(salt), payload=payload))
    except (ValueError, CanonicalizationError):
        return None


def write_commitment(write: Write) -> str | None:
    """The commitment of a write's salt and payload, computed now."""
    return commitment(salt=write.salt, payload=write.payload)


def records_join(
    *, records: Sequence[Record], writes: Sequence[Write], evidence: Iterable[EvidenceFile]
) -> list[Write]:
    """Gives each record its write and its evidence. Returns the writes that belong to no event, in their order."""
    left = list(writes)
    for matches in (_same_commitment, _same_recomputed, _same_nonce, _same_place):
        for record in records:
            if record.write is None:
                record.write = next((write for write in left if matches(record, write)), None)
                if record.write is not None:
                    left.remove(record.write)
    files = {row.write_id: row for row in evidence}
    for record in records:
        if record.write is not None:
            record.evidence = files.get(record.write.pk)
    return left


def _same_commitment(record: Record, write: Write) -> bool:
    facts = record.facts
    committed = facts.event_type in WITH_PAYLOAD
    return committed and (write.event_type, write.data) == (facts.event_type, facts.data)


def _same_recomputed(record: Record, write: Write) -> bool:
    return record.facts.event_type in WITH_PAYLOAD and write_commitment(write) == record.facts.data


def _same_nonce(record: Record, write: Write) -> bool:
    """Where there is no commitment of ours to go by, as for the clock, or where it was altered."""
    return (
        record.nonce is not None
        and (write.nonce, write.event_type) == (record.nonce, record.facts.event_type)
        and _landed(write)
    )


def _same_place(record: Record, write: Write) -> bool:
    same_log = write.tx_hash == record.facts.tx_hash and write.log_index == record.facts.log_index
    return is_entry(record.facts.event_type) and same_log and _landed(write)


def _landed(write: Write) -> bool:
    return write.state in (Write.State.MINED, Write.State.CONFIRMED)
