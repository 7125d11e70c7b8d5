"""The slot of each complaint, computed link by link and stored as `ChainState`; and the nonce of each link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection

from blockchain.chain.artifact import Deployment
from blockchain.models import ChainState
from blockchain.models.bulk import values_upsert
from blockchain.protocol.clock import ComplaintFold
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.links import Link

IDS_PER_QUERY = 1_000
FIELDS = (
    "complaint",
    "event_count",
    "head",
    "sla_deadline",
    "status",
    "escalations",
    "objections",
    "last_escalated_at",
    "last_tx_hash",
    "agrees",
    "proved_at",
)
# Of the state itself; the others say what is known of it.
READ = FIELDS[:-2]
Key = TypeVar("Key", str, int)
# A link with the number of links by recorders before it.
Numbered = tuple[Link, int]


@dataclass(slots=True)
class Folded:
    """What is known of one complaint. `complete`: no link is missing before the last one."""

    state: ComplaintFold
    last_escalated_at: int | None = None
    last_tx_hash: str = ""
    complete: bool = True

    def add(self, links: Sequence[Link], deployment: Deployment) -> list[Numbered]:
        """Takes links into account, in the order of their sequence, and numbers them.

        After a gap nothing is numbered any more: how many of the missing links are by recorders is not known.
        """
        state, rules, numbered = self.state, deployment.rules, []
        for link in links:
            if link.sequence != state.event_count + 1:
                self.complete = False
            if self.complete:
                numbered.append((link, state.nonce))
            state.add(link, rules)
            if link.event_type == EventType.ESCALATED:
                self.last_escalated_at = link.timestamp
        if links:
            self.last_tx_hash = links[-1].tx_hash
        return numbered


def state_new(deployment: Deployment) -> Folded:
    """A complaint without links."""
    return Folded(ComplaintFold(head=deployment.genesis_head))


def states_load(complaint_ids: Iterable[str]) -> dict[str, Folded]:
    """The states of those of the complaints that have one."""
    loaded = {}
    for some in chunks(complaint_ids):
        rows = ChainState.objects.filter(complaint_id__in=some).values_list(*READ)
        for complaint_id, event_count, head, deadline, status, escalations, objections, escalated_at, tx_hash in rows:
            state = ComplaintFold(
                head=unhex(head),
                event_count=event_count,
                sla_deadline=deadline,
                status=Status(status),
                escalations=escalations,
                objections=objections,
            )
            loaded[complaint_id] = Folded(state, escalated_at, tx_hash)
    return loaded


def states_save(states: Iterable[tuple[str, Folded]]) -> None:
    """Saves states; whether they agree with the contract is not known yet, and no proof shows them."""
    rows = [
        (
            complaint_id,
            folded.state.event_count,
            hex0x(folded.state.head),
            folded.state.sla_deadline,
            int(folded.state.status),
            folded.state.escalations,
            folded.state.objections,
            folded.last_escalated_at,
            folded.last_tx_hash,
            False,
            None,
        )
        for complaint_id, folded in states
    ]
    values_upsert(ChainState, FIELDS, rows)


def chunks(complaint_ids: Iterable[Key]) -> Iterable[list[Key]]:
    """Ids in pieces that a statement takes, always in the same order, so that two writers can't lock crosswise."""
    ordered = sorted(complaint_ids)
    size = min(IDS_PER_QUERY, connection.features.max_query_params or IDS_PER_QUERY)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
