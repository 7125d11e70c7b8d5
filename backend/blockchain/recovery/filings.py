"""Filings on the chain that this database does not know: lost with a backup, or written by a thief."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from blockchain.indexer.states import chunks
from blockchain.models import ChainEvent, ChainState, Complaint, Write
from blockchain.protocol.kinds import EventType


@dataclass(frozen=True, kw_only=True)
class UnknownFiling:
    """One of them. `timestamp`: Unix seconds; `links`: how many the chain has of the complaint."""

    complaint_id: str
    actor: str
    timestamp: int
    tx_hash: str
    links: int


def former_ids() -> set[str]:
    """Ids that complaints had before somebody else filed something under them: there is nothing to restore."""
    notes = Write.objects.filter(event_type=EventType.NOTED, payload__has_key="formerly")
    return {str(payload["formerly"]) for payload in notes.values_list("payload", flat=True) if payload}


def unknown_filings() -> list[UnknownFiling]:
    """In the order of the chain, as far as events were read."""
    known = Complaint.objects.filter(complaint_id=OuterRef("complaint_id"))
    created = ChainEvent.objects.filter(~Exists(known), event_type=EventType.CREATED)
    found = created.order_by("block_number", "log_index").values_list("complaint_id", "actor", "timestamp", "tx_hash")
    former = former_ids() if found else set()
    rows = [row for row in found if row[0] not in former]
    counts: dict[str, int] = {}
    for some in chunks(row[0] for row in rows):
        states = ChainState.objects.filter(complaint_id__in=some)
        counts |= {str(each): count for each, count in states.values_list("complaint_id", "event_count")}
    return [
        UnknownFiling(
            complaint_id=complaint_id,
            actor=actor,
            timestamp=timestamp,
            tx_hash=tx_hash,
            links=counts[complaint_id],
        )
        for complaint_id, actor, timestamp, tx_hash in rows
    ]
