"""Decides what happens to a complaint's writes, given the recorders' links on the chain. Uses neither database nor
chain.

Links on the chain stay as they are. All other writes keep their order and get the nonces behind the links.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from blockchain.late_entries import Former
from blockchain.protocol.kinds import WITH_PAYLOAD, Data, EventType, Status, kind_of
from blockchain.protocol.lifecycle import status_after, transition


class Entry(NamedTuple):
    """A link that a recorder wrote. Its nonce is its place in the list of them."""

    event_type: int
    data: str
    actor: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One of our writes. `given_up`: what it was before it became a note.

    `travels`: it is in a transaction that may still land. `signed`: an officer's signature holds for its nonce;
    `reserved`: it waits for one. `imported`: it was read from the chain.
    """

    pk: int
    nonce: int
    event_type: int
    data: str
    given_up: Former | None = None
    travels: bool = False
    signed: bool = False
    reserved: bool = False
    imported: bool = False


class Ended(NamedTuple):
    """An officer's entry whose reservation ended, and whose nonce was given back. `pk`: of the write that it was."""

    pk: int
    nonce: int
    former: Former


@dataclass(kw_only=True)
class Plan:
    """What to do. Nonces by primary key; `imported` are the nonces of links that become writes."""

    nonces: dict[int, int] = field(default_factory=dict)
    imported: list[int] = field(default_factory=list)
    # Rows that were given up but whose links have landed as what they were.
    restored: list[int] = field(default_factory=list)
    # Ended entries that have landed nevertheless: primary keys by nonce.
    revived: dict[int, int] = field(default_factory=dict)
    # Reservations whose nonce is taken: they end, and become notes or, with nothing behind them, are gone.
    expired: list[int] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)
    # Imported rows whose links are no longer on the chain.
    dropped: list[int] = field(default_factory=list)
    # Rows that have not landed and get a new nonce.
    moved: list[int] = field(default_factory=list)
    # Of those, the ones that an officer signed: the signature is void.
    unsigned: list[int] = field(default_factory=list)
    # Rows that the chain's status before them forbids.
    unlawful: list[int] = field(default_factory=list)
    # Nonces of links to be disowned.
    disowned: list[int] = field(default_factory=list)
    # What is recorded first, to undo the effect of the disowned links on the status.
    undoing: list[EventType] = field(default_factory=list)
    # The status once everything has landed, with the unlawful rows as notes.
    status: Status = Status.NONE
    next_nonce: int = 0
    # A row that would have to change but may still land as it is.
    travelling: int | None = None
    # The chain has another filing under this id, which the id itself contradicts. Then nothing else is planned.
    contradicted: bool = False


def plan_make(
    *,
    entries: Sequence[Entry],
    rows: Iterable[Row],
    stolen: Collection[str] = (),
    disowned_before: Collection[int] = (),
    ended: Iterable[Ended] = (),
) -> Plan:
    """Compares. `rows` are all writes of the complaint; `stolen` are keys (checksummed addresses) that a thief had.

    Links by a stolen key that this system did not record are disowned, unless a note already names them (their nonces
    are in `disowned_before`): a note is recorded that names them, and their effect on the status is undone. Links of
    `ended` entries become the former writes again. All other links that this system did not record are only imported.
    """
    ordered = sorted(rows, key=lambda row: row.nonce)
    plan = Plan()
    landed = _landed(entries, ordered)
    if entries and 0 not in landed and any(_is_filing(row) for row in ordered):
        plan.contradicted = True
        plan.travelling = next((row.pk for row in ordered if row.travels), None)
        return plan
    left = _left(plan, ordered, {row.pk for row in landed.values()})
    revived = _revived(entries, landed, ended)
    for nonce, entry in enumerate(entries):
        row = landed.get(nonce)
        if nonce in revived:
            plan.revived[nonce] = revived[nonce].pk
            continue
        if (row is None or row.imported) and entry.actor in stolen and nonce not in disowned_before:
            plan.disowned.append(nonce)
        if row is None:
            plan.imported.append(nonce)
            continue
        plan.nonces[row.pk] = nonce
        if not _same(entry, row.event_type, row.data):
            plan.restored.append(row.pk)
            if row.travels and plan.travelling is None:
                plan.travelling = row.pk
    plan.status = status_after(Status.NONE, [entry.event_type for entry in entries])
    if plan.disowned:
        disowned = {*plan.disowned, *disowned_before}
        own = [entry.event_type for nonce, entry in enumerate(entries) if nonce not in disowned]
        plan.undoing = way_back(source=plan.status, own=own)
        plan.status = status_after(plan.status, plan.undoing)
    # The note that disowns comes before everything else.
    place = len(entries) + (1 + len(plan.undoing) if plan.disowned else 0)
    for row in left:
        if row.reserved and row.nonce != place and row is left[-1]:
            plan.freed.append(row.pk)
            continue
        _behind(plan, row, place)
        place += 1
    plan.next_nonce = place
    return plan


def way_back(*, source: Status, own: Sequence[int]) -> list[EventType]:
    """The shortest list of links that lead from `source` to the status that `own` links, lawful or not, lead to."""
    target = Status.NONE
    resolving = EventType.RESOLVED
    for event_type in own:
        following = transition(target, event_type)
        if following is Status.RESOLVED and following is not target:
            resolving = EventType(event_type)
        target = following if following is not None else target
    moves = (EventType.REOPENED, EventType.SLA_PAUSED, EventType.SLA_RESUMED, resolving, EventType.CLOSED)
    ways: list[tuple[Status, list[EventType]]] = [(source, [])]
    seen = {source}
    for status, way in ways:
        if status is target:
            return way
        for move in moves:
            following = transition(status, move)
            if following is not None and following not in seen:
                seen.add(following)
                ways.append((following, [*way, move]))
    return []


def _landed(entries: Sequence[Entry], rows: Sequence[Row]) -> dict[int, Row]:
    """Which row each link is, by the link's nonce. First by nonce; then by commitment, which no two writes share."""
    by_nonce = {row.nonce: row for row in rows}
    landed = {}
    for nonce, entry in enumerate(entries):
        row = by_nonce.get(nonce)
        if row is not None and (_same(entry, row.event_type, row.data) or _was(entry, row)):
            landed[nonce] = row
    taken = {row.pk for row in landed.values()}
    by_commitment = {
        (row.event_type, row.data): row for row in rows if row.pk not in taken and row.event_type in WITH_PAYLOAD
    }
    for nonce, entry in enumerate(entries):
        if nonce not in landed and (row := by_commitment.pop((entry.event_type, entry.data), None)) is not None:
            landed[nonce] = row
    return landed


def _left(plan: Plan, rows: Sequence[Row], landed: Collection[int]) -> list[Row]:
    """The rows that have not landed, in their order, without those that can't land any more."""
    left = [row for row in rows if row.pk not in landed]
    plan.dropped = [row.pk for row in left if row.imported]
    return [row for row in left if not row.imported]


def _revived(entries: Sequence[Entry], landed: Collection[int], ended: Iterable[Ended]) -> dict[int, Ended]:
    """Which ended entry each link is, by the link's nonce, of those that are no row."""
    return {
        each.nonce: each
        for each in ended
        if each.nonce < len(entries) and each.nonce not in landed and each.former.is_link(entries[each.nonce])
    }


def _behind(plan: Plan, row: Row, place: int) -> None:
    plan.nonces[row.pk] = place
    event_type = row.event_type
    if row.nonce != place:
        plan.moved.append(row.pk)
        if row.travels and plan.travelling is None:
            plan.travelling = row.pk
        if row.reserved:
            plan.expired.append(row.pk)
            event_type = EventType.NOTED
        elif row.signed:
            plan.unsigned.append(row.pk)
    following = transition(plan.status, event_type)
    if following is None:
        plan.unlawful.append(row.pk)
    else:
        plan.status = following


def _same(entry: Entry, event_type: int, data: str) -> bool:
    """Whether a link is such a write. What a pause or a resumption commits to is known on the chain only."""
    if entry.event_type != event_type:
        return False
    return entry.data == data or kind_of(event_type).data is Data.CLOCK


def _was(entry: Entry, row: Row) -> bool:
    return row.given_up is not None and row.given_up.is_link(entry)


def _is_filing(row: Row) -> bool:
    return row.event_type == EventType.CREATED and not row.imported
