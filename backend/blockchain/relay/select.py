"""Selects the writes to pack next: the first turns, and of each complaint its next writes, in order."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import Write
from blockchain.models.bulk import queryset_of

State = Write.State


class Ready(NamedTuple):
    """One write that may be packed; hashes and addresses as `0x` hex, times in Unix seconds."""

    pk: int
    complaint_id: str
    nonce: int
    event_type: int
    data: str
    # How many times it was packed before.
    attempts: int
    # For an officer's signed entry; empty for the relay's own writes.
    actor: str
    head: str
    valid_until: int | None
    signature: str
    # The complaint's clock in the cache; None if the complaint is not indexed yet.
    status: int | None = None
    sla_deadline: int | None = None
    escalations: int | None = None


OWN = ("pk", "complaint__complaint_id", "nonce", "event_type", "data", "attempts")
SIGNED = ("actor", "entry_head", "valid_until", "entry_signature")
PLACE = ("turn", "complaint", "complaint__frozen_reason", "next_attempt_at")
CLOCK = tuple(f"complaint__chain_state__{name}" for name in ("status", "sla_deadline", "escalations"))
# The most complaints that a query excludes; any others are skipped afterwards.
MAX_EXCLUDED = 5_000
# Above the maximum of the contract's type.
MAX_NONCE = 2**24


def writes_ready(*, kinds: Collection[int], limit: int) -> list[Ready]:
    """The next writes that nothing holds back, at most `limit`: the relay's own writes of these `kinds`, and officers'.

    The writes of one complaint are adjacent and in the order of their nonces; complaints come in the order of their
    first turn. A write that has failed, is reserved, waits, or is of another kind holds back all later writes of its
    complaint; a write in an open transaction holds back all writes of its complaint.
    """
    now = timezone.now()
    # No wait is longer than the cap: a time further ahead was set before the clock was set back.
    latest = now + timedelta(seconds=settings.BLOCKCHAIN_RETRY_CAP)
    # Reads along the index, page by page, and looks up everything else for the writes of a page.
    waiting = Write.objects.filter(state=State.PENDING).order_by("turn", "pk").values_list("turn", "pk")
    found: list[Ready] = []
    # By complaint, the first nonce that is held back.
    held: dict[int, int] = {}
    closed: set[int] = set()
    looked_up: set[int] = set()
    after = (0, 0)
    while len(found) < limit:
        further = waiting.filter(Q(turn__gt=after[0]) | Q(turn=after[0], pk__gt=after[1]), turn__gte=after[0])
        places = list(further.exclude(complaint__in=list(closed)[:MAX_EXCLUDED])[:limit])
        page = _looked_up([pk for _, pk in places])
        _hold(held, {row[1] for row in page} - looked_up)
        looked_up.update(row[1] for row in page)
        for _, complaint, frozen, waits_until, *columns in page:
            row = Ready(*columns)
            waits = waits_until is not None and now < waits_until <= latest
            # Turns rise with the nonces, so the later writes of this complaint come later here too.
            travels = not frozen and not waits and (row.event_type in kinds or row.actor)
            if not travels or row.nonce >= held.get(complaint, MAX_NONCE):
                held[complaint] = min(row.nonce, held.get(complaint, row.nonce))
                closed.add(complaint)
            else:
                found.append(row)
        if len(places) < limit:
            break
        after = places[-1]
    return runs(found[:limit])


def _looked_up(pks: Collection[int]) -> list[tuple[Any, ...]]:
    """The columns of these writes, in the order of their turns."""
    rows = queryset_of(Write, pks).values_list(*PLACE, *OWN, *SIGNED, *CLOCK) if pks else ()
    return sorted(rows, key=lambda row: (row[0], row[4]))


def _hold(held: dict[int, int], complaints: Collection[int]) -> None:
    """Adds the nonces from which writes of these complaints are held back, except because of waiting writes."""
    if not complaints:
        return
    writes = queryset_of(Write, complaints, column="complaint")
    holding = writes.filter(state__in=(State.SENT, State.RESERVED, State.FAILED))
    for complaint, state, nonce in holding.values_list("complaint_id", "state", "nonce"):
        held[complaint] = 0 if state == State.SENT else min(nonce, held.get(complaint, nonce))


def runs(rows: Iterable[Ready]) -> list[Ready]:
    """Of each complaint, its writes with consecutive nonces before an officer's entry, or that entry alone."""
    by_complaint: dict[str, list[Ready]] = {}
    for row in rows:
        by_complaint.setdefault(row.complaint_id, []).append(row)
    found: list[Ready] = []
    for own in by_complaint.values():
        own.sort(key=lambda row: row.nonce)
        for index, row in enumerate(own):
            if index and (row.actor or own[0].actor or row.nonce != own[0].nonce + index):
                break
            found.append(row)
    return found
