"""Which of our records belongs to which event: by commitment first, so that an altered record is still found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rfc8785 import CanonicalizationError

from blockchain.models import ChainEvent, EvidenceFile, Objection, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType, is_entry
from blockchain.verification.event_facts import Facts


@dataclass(frozen=True)
class Known:
    """A write as it is recorded here, and what its salt and payload commit to."""

    write: Write

    @cached_property
    def commitment(self) -> str | None:
        """Computed now, and once, since it is most of the work; None if salt or payload are none any more."""
        return commitment(salt=self.write.salt, payload=self.write.payload)


@dataclass(kw_only=True)
class Record:
    """One event of the cache, with what is known of it."""

    event: ChainEvent
    # What the chain says of it; the cache's own row while the chain can't be asked.
    facts: Facts
    # Number of links by recorders before it; None for links that none of them wrote.
    nonce: int | None = None
    known: Known | None = None
    evidence: EvidenceFile | None = None
    # What the complainant handed in, for a link of an objection.
    objection: Objection | None = None

    @property
    def write(self) -> Write | None:
        """Our record of what was to be written."""
        return None if self.known is None else self.known.write

    @property
    def is_opened(self) -> bool:
        """Whether our salt and payload are what the link commits to."""
        if self.objection is not None:
            return commitment(salt=self.objection.salt, payload=self.objection.payload) == self.facts.data
        return self.known is not None and self.known.commitment == self.facts.data


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


def records_join(*, records: Sequence[Record], known: Iterable[Known], evidence: Iterable[EvidenceFile]) -> list[Known]:
    """Gives each record its write and its evidence. Returns the writes that belong to no event, in their order."""
    left = list(known)
    for matches in (_same_commitment, _same_recomputed, _same_nonce, _same_place):
        for record in records:
            if record.known is None:
                place = next((place for place, each in enumerate(left) if matches(record, each)), None)
                if place is not None:
                    record.known = left.pop(place)
    files = {row.write_id: row for row in evidence}
    for record in records:
        if record.known is not None:
            record.evidence = files.get(record.known.write.pk)
    return left


def objections_join(*, records: Sequence[Record], objections: Sequence[Objection]) -> None:
    """Gives each link of an objection what the complainant handed in, if it was handed in here."""
    for record in records:
        if record.facts.event_type == EventType.OBJECTED:
            same = [each for each in objections if each.data == record.facts.data]
            # An altered column: the content is still found.
            same = same or [each for each in objections if _opens(each, record)]
            record.objection = same[0] if same else None


def _opens(objection: Objection, record: Record) -> bool:
    return commitment(salt=objection.salt, payload=objection.payload) == record.facts.data


def _same_commitment(record: Record, known: Known) -> bool:
    facts, write = record.facts, known.write
    committed = facts.event_type in WITH_PAYLOAD
    return committed and (write.event_type, write.data) == (facts.event_type, facts.data)


def _same_recomputed(record: Record, known: Known) -> bool:
    return record.facts.event_type in WITH_PAYLOAD and known.commitment == record.facts.data


def _same_nonce(record: Record, known: Known) -> bool:
    """Where there is no commitment of ours to go by, as for the clock, or where it was altered."""
    write = known.write
    return (
        record.nonce is not None
        and (write.nonce, write.event_type) == (record.nonce, record.facts.event_type)
        and _landed(write)
    )


def _same_place(record: Record, known: Known) -> bool:
    write = known.write
    same_log = write.tx_hash == record.facts.tx_hash and write.log_index == record.facts.log_index
    return is_entry(record.facts.event_type) and same_log and _landed(write)


def _landed(write: Write) -> bool:
    return write.state in (Write.State.MINED, Write.State.CONFIRMED)
