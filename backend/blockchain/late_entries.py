"""Recognises officers' entries that land after they were given up here or their reservation had ended.

Anyone who holds the officer's signature may still record the entry. The chain decides between the entry and the write
that took its nonce here. The stored entry identifies the link.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from blockchain.models import EndedEntry, Write
from blockchain.models.bulk import queryset_of
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType


class Linked(Protocol):
    """The parts of a link that matter here."""

    @property
    def event_type(self) -> int: ...
    @property
    def data(self) -> str: ...
    @property
    def actor(self) -> str: ...


class Former(NamedTuple):
    """The original of a write that was given up or ended. `actor`: the officer's address; empty for our own writes."""

    event_type: int
    data: str
    actor: str = ""

    def is_link(self, link: Linked) -> bool:
        """Whether the link records it. A payload's commitment identifies an entry; anyone could choose other data."""
        if link.event_type != self.event_type:
            return False
        return (
            link.data == self.data if self.event_type in WITH_PAYLOAD else bool(self.actor) and link.actor == self.actor
        )


def former_of(write: Write) -> Former | None:
    """The original of a write that became a note; None if it is not a note."""
    was = write.given_up
    if not isinstance(was, dict):
        return None
    return Former(EventType[was["event_type"]], was["data"], was.get("actor", ""))


def formers_of(complaint_pks: Iterable[int]) -> dict[tuple[int, int], list[Former]]:
    """The entries of these complaints that were given up or have ended, by complaint (primary key) and nonce."""
    pks, found = list(complaint_pks), dict[tuple[int, int], list[Former]]()
    if not pks:
        return found
    for ended in queryset_of(EndedEntry, pks, column="complaint"):
        former = Former(ended.event_type, ended.data, ended.actor)
        found.setdefault((ended.complaint_id, ended.nonce), []).append(former)
    for write in queryset_of(Write, pks, column="complaint").filter(given_up__isnull=False):
        if (was := former_of(write)) is not None:
            found.setdefault((write.complaint_id, write.nonce), []).append(was)
    return found
