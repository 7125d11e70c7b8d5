"""Which writes may be packed next: the oldest, and of each complaint those that come next, in order."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import Write

State = Write.State


class Ready(NamedTuple):
    """One write that may be packed; hashes and addresses as `0x` hex, times in Unix seconds."""

    pk: int
    complaint_id: str
    nonce: int
    event_type: int
    data: str
    # How often it was packed before.
    attempts: int
    # Of an entry that an officer signed; empty for the relay's own.
    actor: str
    head: str
    valid_until: int | None
    signature: str
    # What the cache knows of the complaint's clock; None if the complaint is not indexed yet.
    status: int | None = None
    sla_deadline: int | None = None
    escalations: int | None = None


OWN = ("pk", "complaint__complaint_id", "nonce", "event_type", "data", "attempts")
SIGNED = ("actor", "entry_head", "valid_until", "entry_signature")
CLOCK = tuple(f"complaint__chain_state__{name}" for name in ("status", "sla_deadline", "escalations"))


def writes_ready(*, kinds: Collection[int], limit: int) -> list[Ready]:
    """The oldest writes that nothing holds back, at most `limit`: the relay's own of these `kinds`, and officers'.

    Those of one complaint stand together, in the order of their nonces, complaints in the order of their oldest write.
    A write that failed, is reserved, waits, or is of another kind holds back what comes after it in its own complaint;
    one in an open transaction all of it.
    """
    now = timezone.now()
    # No wait is longer than the cap: what is further ahead was set before the clock was set back.
    waits = Q(next_attempt_at__gt=now, next_attempt_at__lte=now + timedelta(seconds=settings.BLOCKCHAIN_RETRY_CAP))
    may_travel = ~waits & (Q(event_type__in=kinds) | ~Q(actor=""))
    holds = Q(state__in=(State.RESERVED, State.FAILED)) | Q(state=State.PENDING) & ~may_travel
    same = Write.objects.filter(complaint=OuterRef("complaint"))
    held = Exists(same.filter(state=State.SENT)) | Exists(same.filter(holds, nonce__lt=OuterRef("nonce")))
    ready = Write.objects.filter(may_travel, ~held, state=State.PENDING, complaint__frozen_reason="").order_by("pk")
    return runs(Ready(*row) for row in ready.values_list(*OWN, *SIGNED, *CLOCK)[:limit])


def runs(rows: Iterable[Ready]) -> list[Ready]:
    """Of each complaint the writes with consecutive nonces, up to an officer's entry; or that entry alone."""
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
