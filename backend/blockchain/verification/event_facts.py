"""What is said of one event, by a row of the cache or by the chain; and where the two differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from blockchain.models import ChainEvent
from blockchain.protocol.kinds import KINDS, Data, EventType
from blockchain.protocol.links import Link, breach_of

# Of these a row and its link share at least two, whichever one field of the row was altered.
IDENTIFYING = ("sequence", "data", "log_index")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that an event says, and where it is. A link of the protocol."""

    complaint_id: str
    sequence: int
    event_type: int
    actor: str
    timestamp: int
    data: str
    tx_hash: str
    block_number: int
    block_hash: str
    log_index: int


FIELDS = tuple(Facts.__dataclass_fields__)


def facts_of(source: ChainEvent | Link) -> Facts:
    return Facts(**{field: getattr(source, field) for field in FIELDS})


def link_of(event: ChainEvent, links: Sequence[Link]) -> Link | None:
    """The link that a row stands for, among those of its transaction; None if there is none."""

    # Nearly always; a transaction may have a thousand links.
    for link in links:
        if link.sequence == event.sequence and _is_same(event, link):
            return link

    def alike(link: Link) -> int:
        return sum(getattr(link, field) == getattr(event, field) for field in IDENTIFYING)

    candidates = [link for link in links if link.complaint_id == event.complaint_id and alike(link) > 1]
    return max(candidates, key=alike, default=None)


def _is_same(event: ChainEvent, link: Link) -> bool:
    return (link.complaint_id, link.data, link.log_index) == (event.complaint_id, event.data, event.log_index)


def differences(event: ChainEvent, link: Link) -> list[str]:
    """Where the row differs from the chain."""
    row, chain = facts_of(event), facts_of(link)
    pairs = [(field, getattr(row, field), getattr(chain, field)) for field in FIELDS]
    return [
        f"{field}: the cache says {_shown(field, cached)}, the chain {_shown(field, said)}"
        for field, cached, said in pairs
        if cached != said
    ]


def data_of(event_type: int) -> Data | None:
    """What the `data` of such a link is; None for a number that is no kind."""
    return KINDS[event_type].data if 0 <= event_type < len(KINDS) else None


def decoded(event_type: int, data: str) -> dict[str, int] | None:
    """What `data` says where it is no commitment: a deadline (Unix seconds), the seconds left, or a breach."""
    try:
        if event_type == EventType.ESCALATED:
            return breach_of(data)._asdict()
        if event_type == EventType.SLA_PAUSED:
            return {"seconds_left": int(data, 16)}
        if data_of(event_type) in (Data.DEADLINE, Data.CLOCK):
            return {"deadline": int(data, 16)}
    except ValueError:  # an altered row
        pass
    return None


def event_type_name(number: int) -> str:
    """The name; a number that is none, as text."""
    return EventType(number).name if 0 <= number < len(KINDS) else str(number)


def _shown(field: str, value: Any) -> str:
    return event_type_name(value) if field == "event_type" else str(value)[:80]
