"""What the parts of the audit trail are called with, made from lives that the contract would write: no database."""

from collections.abc import Sequence
from typing import Any

from blockchain.models import ChainEvent, Write
from blockchain.protocol.clock import ClockRules
from blockchain.protocol.hashing import data_hash, hex0x
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import Link
from blockchain.verification.event_facts import FIELDS, facts_of
from blockchain.verification.records import Known, Record
from tests.protocol.contract_model import Registry

GENESIS = b"\xab" * 22
SALT = b"\x05" * 32


def rules_of(life: Registry) -> ClockRules:
    return ClockRules(
        default_sla=life.default_sla, escalation_interval=life.interval, max_escalation_level=life.max_level
    )


def event_of(link: Link, **changed: Any) -> ChainEvent:
    """The cache's row of a link."""
    return ChainEvent(**{field: getattr(link, field) for field in FIELDS} | changed)


def write_new(event_type: EventType, *, nonce: int = 0, payload: Any = None, **columns: Any) -> Write:
    """A write whose data commits to its payload."""
    data = hex0x(data_hash(salt=SALT, payload=payload)) if isinstance(payload, dict) else "0x" + "00" * 32
    usual = {"nonce": nonce, "event_type": event_type, "data": data, "salt": hex0x(SALT), "payload": payload}
    return Write(**usual | columns)


def changing(event_type: EventType, *, more: dict[str, Any] | None = None, **changes: Any) -> Write:
    """A write that changes fields to these values."""
    pairs = {field: [None, value] for field, value in changes.items()}
    return write_new(event_type, payload={"type": event_type.name, "changes": pairs, **(more or {})})


def landed(*writes: Write) -> list[Record]:
    """The records of writes that landed one after the other."""
    return [record_of(link_of_write(write, sequence), write) for sequence, write in enumerate(writes, 1)]


def link_of_write(write: Write, sequence: int) -> Link:
    place = ("0x" + "33" * 32, sequence, "0x" + "44" * 32, 0)
    return Link("0x" + "11" * 32, sequence, write.event_type, "0x" + "22" * 20, 1_000 + sequence, write.data, *place)


def record_of(link: Link, write: Write | None = None) -> Record:
    return Record(event=event_of(link), facts=facts_of(link), known=None if write is None else Known(write))


def events_of(links: Sequence[Link]) -> list[ChainEvent]:
    return [event_of(link) for link in links]
