"""Selects the writes to pack next: the first turns, and of each complaint its next writes, in order."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import Complaint, Write
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


OF_WRITE = ("turn", "pk", "complaint_id", "next_attempt_at", "nonce", "event_type", "data", "attempts")
SIGNED = ("actor", "entry_head", "valid_until", "entry_signature")
OF_COMPLAINT = ("pk", "complaint_id", "frozen_reason")
CLOCK = tuple(f"chain_state__{name}" for name in ("status", "sla_deadline", "escalations"))
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
    # Reads along the index, page by page, and looks up the complaints of a page afterwards.
    waiting = Write.objects.filter(state=State.PENDING).order_by("turn", "pk").values_list(*OF_WRITE, *SIGNED)
    found: list[Ready] = []
    # By complaint, the first nonce that is held back.
    held: dict[int, int] = {}
    closed: set[int] = set()
    complaints: dict[int, list[Any]] = {}
    after = (0, 0)
    while len(found) < limit:
        further = waiting.filter(Q(turn__gt=after[0]) | Q(turn=after[0], pk__gt=after[1]), turn__gte=after[0])
        page = list(further.exclude(complaint__in=list(closed)[:MAX_EXCLUDED])[:limit])
        new = {row[2] for row in page} - complaints.keys()
        complaints |= _looked_up(new)
        _hold(held, new)
        for _, pk, complaint, waits_until, nonce, event_type, *columns in page:
            complaint_id, frozen, *clock = complaints[complaint]
            waits = waits_until is not None and now < waits_until <= latest
            row = Ready(pk, complaint_id, nonce, event_type, *columns, *clock)
            # Turns rise with the nonces, so the later writes of this complaint come later here too.
            travels = not frozen and not waits and (event_type in kinds or row.actor)
            if not travels or nonce >= held.get(complaint, MAX_NONCE):
                held[complaint] = min(nonce, held.get(complaint, nonce))
                closed.add(complaint)
            else:
                found.append(row)
        if len(page) < limit:
            break
        after = page[-1][:2]
    return runs(found[:limit])


def _looked_up(complaints: Collection[int]) -> dict[int, list[Any]]:
    """By complaint: its id, why it is frozen, and its clock."""
    rows = queryset_of(Complaint, complaints).values_list(*OF_COMPLAINT, *CLOCK) if complaints else ()
    return {pk: columns for pk, *columns in rows}


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
