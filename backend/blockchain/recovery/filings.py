"""Filings on the chain that this database does not know: lost with a backup, or written by a thief."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from blockchain.chain.signers import SignerError, intake_signer, signer
from blockchain.indexer.states import chunks
from blockchain.models import ChainEvent, ChainState, Complaint, RelayLease, Transaction, Write
from blockchain.protocol.kinds import EventType

RECENT_FILINGS = 1_000


@dataclass(frozen=True, kw_only=True)
class UnknownFiling:
    """One of them. `timestamp`: Unix seconds; `links`: how many the chain has of the complaint."""

    complaint_id: str
    actor: str
    timestamp: int
    block_number: int
    tx_hash: str
    links: int


def former_ids() -> set[str]:
    """Ids that complaints had before somebody else filed something under them: there is nothing to restore."""
    notes = Write.objects.filter(event_type=EventType.NOTED, payload__has_key="formerly")
    return {str(payload["formerly"]) for payload in notes.values_list("payload", flat=True) if payload}


def own_keys() -> set[str]:
    """The addresses of this system's relay and intake keys that this database and these settings know."""
    ours = {*RelayLease.objects.values_list("signer", flat=True)}
    ours |= set(Transaction.objects.order_by().values_list("signer", flat=True).distinct())
    # Of the last filings are the keys that are in use.
    promised = Write.objects.filter(nonce=0).exclude(promise_signer="").order_by("-pk")
    ours |= set(promised.values_list("promise_signer", flat=True)[:RECENT_FILINGS])
    for configured in (intake_signer, signer):
        try:
            found = configured()
        except SignerError:
            continue
        if found is not None:
            ours.add(found.address)
    return ours


def lost_filings() -> list[UnknownFiling]:
    """Filings by keys of ours that this database does not know, and that are not explained: see `former_ids`."""
    return unknown_filings(actors=own_keys())


def lost_filings_count() -> int:
    """How many `lost_filings` there are."""
    return len(_unknown(own_keys()))


def _unknown(actors: Collection[str] | None) -> list[tuple[str, str, int, int, str]]:
    # From the states, which are fewer than the events, and without a complaint but for these.
    known = Complaint.objects.filter(complaint_id=OuterRef("complaint_id"))
    unknown = list(ChainState.objects.filter(~Exists(known)).values_list("complaint_id", flat=True))
    rows: list[tuple[str, str, int, int, str]] = []
    for some in chunks(map(str, unknown)):
        created = ChainEvent.objects.filter(complaint_id__in=some, event_type=EventType.CREATED)
        if actors is not None:
            created = created.filter(actor__in=actors)
        rows += created.values_list("complaint_id", "actor", "timestamp", "block_number", "tx_hash")
    former = former_ids() if rows else set()
    return sorted((row for row in rows if row[0] not in former), key=lambda row: (row[3], row[0]))


def unknown_filings(*, actors: Collection[str] | None = None) -> list[UnknownFiling]:
    """By block, as far as events were read; of all actors, or of these."""
    rows = _unknown(actors)
    counts: dict[str, int] = {}
    for some in chunks(row[0] for row in rows):
        states = ChainState.objects.filter(complaint_id__in=some)
        counts |= {str(each): count for each, count in states.values_list("complaint_id", "event_count")}
    return [
        UnknownFiling(
            complaint_id=complaint_id,
            actor=actor,
            timestamp=timestamp,
            block_number=block_number,
            tx_hash=tx_hash,
            links=counts[complaint_id],
        )
        for complaint_id, actor, timestamp, block_number, tx_hash in rows
    ]
