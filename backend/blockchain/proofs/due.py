"""Which complaints need a new storage proof."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import ChainEvent, ChainState, SlotProof, Write
from blockchain.protocol.kinds import EventType, Status

# After so long, an OPEN complaint, or a filing that is not recorded, is proved again: its clock runs.
RENEWED_AFTER = timedelta(days=1)
# How often one round looks for others in place of those that need no proof; the next one goes on.
ADOPTIONS = 20
RECORDED = [status for status in Status if status is not Status.NONE]


def complaints_due(limit: int) -> list[str]:
    """Ids of complaints to prove now, the most urgent first, `limit` at most.

    First those whose slot has changed since their last proof; then those that are OPEN and have had no proof for a day;
    last the filings that the relay has not recorded within an interval: that they are absent is proved as often.
    """
    found = dict.fromkeys(_changed(limit))
    for query in (_landed, _running, _unrecorded):
        if (missing := limit - len(found)) > 0:
            # Some may have been found already.
            rows = query()[: missing + len(found)]
            found |= dict.fromkeys([each for each in map(str, rows) if each not in found][:missing])
    return list(found)


def proofs_adopt(complaint_ids: Iterable[str]) -> int:
    """Notes those of the complaints whose state a stored proof shows already, as if it was taken now.

    It was taken before their links were read, or these were read again. Not while one of their files lacks its own
    proof. Returns how many.
    """
    shown = _proofs(SlotProof.Of.COMPLAINT, "complaint_id", event_count__gte=OuterRef("event_count"))
    anchored = ChainEvent.objects.filter(
        complaint_id=OuterRef("complaint_id"), event_type=EventType.EVIDENCE_ANCHORED
    ).filter(~Exists(_proofs(SlotProof.Of.EVIDENCE, "complaint_id", data=OuterRef("data"))))
    adopted = _unproved().filter(Exists(shown), ~Exists(anchored), complaint_id__in=sorted(complaint_ids))
    return adopted.update(proved_at=timezone.now())


def proofs_renewed(complaint_ids: Sequence[str]) -> None:
    """Notes that these complaints have a new proof."""
    renewed = ChainState.objects.filter(complaint_id__in=sorted(complaint_ids), proved_at__isnull=False)
    renewed.update(proved_at=timezone.now())
    proofs_adopt(complaint_ids)


def complaints_unproved() -> int:
    """The number of complaints whose state no stored proof shows."""
    return _ours(_unproved()).count()


def complaints_recorded() -> list[str]:
    """Ids of all complaints of this system that have a link."""
    recorded = _ours(ChainState.objects.filter(status__in=RECORDED)).order_by("pk")
    return list(map(str, recorded.values_list("complaint_id", flat=True)))


def _changed(limit: int) -> list[str]:
    found: list[str] = []
    for _ in range(ADOPTIONS):
        found = list(map(str, _ours(_unproved()).values_list("complaint_id", flat=True)[:limit]))
        if not found or not proofs_adopt(found):
            break
    return found


def _landed() -> QuerySet[Write, Any]:
    """With a link that is not final: proofs need not wait for that."""
    shown = _proofs(SlotProof.Of.COMPLAINT, "complaint__complaint_id", event_count__gte=OuterRef("sequence"))
    mined = Write.objects.filter(~Exists(shown), state=Write.State.MINED).order_by()
    return mined.values_list("complaint__complaint_id", flat=True).distinct()


def _running() -> QuerySet[ChainState, Any]:
    before = timezone.now() - RENEWED_AFTER
    running = _ours(ChainState.objects.filter(status=Status.OPEN, proved_at__lt=before)).order_by("proved_at")
    return running.values_list("complaint_id", flat=True)


def _unrecorded() -> QuerySet[Write, Any]:
    now = timezone.now()
    lately = int((now - RENEWED_AFTER).timestamp())
    proved = _proofs(SlotProof.Of.COMPLAINT, "complaint__complaint_id", block__time__gte=lately)
    filings = Write.objects.filter(
        ~Exists(proved),
        nonce=0,
        state__in=Write.UNLANDED,
        created_at__lt=now - timedelta(seconds=settings.BLOCKCHAIN_PROOF_INTERVAL),
    )
    return filings.order_by().values_list("complaint__complaint_id", flat=True)


def _unproved() -> QuerySet[ChainState]:
    # The statuses are named for the index.
    return ChainState.objects.filter(status__in=RECORDED, proved_at__isnull=True)


def _ours(states: QuerySet[ChainState]) -> QuerySet[ChainState]:
    """Complaints that this system did not file are left to others."""
    return states.filter(complaint__external_id__isnull=False)


def _proofs(of: str, complaint_id: str, **conditions: object) -> QuerySet[SlotProof]:
    return SlotProof.objects.filter(of=of, complaint_id=OuterRef(complaint_id), **conditions)
