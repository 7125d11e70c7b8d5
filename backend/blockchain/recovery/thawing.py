"""Thaws complaints that no longer need to be frozen, since every link of theirs on the chain is known here.

A reorg took the link that nobody knew; or the link is an officer's entry that was given up here, or had expired, and
was recorded all the same. What then has to be numbered anew is, once nothing of the complaint is under way.
"""

import logging
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.dispatch import receiver

from blockchain.chain.contract import Registry
from blockchain.indexer.cursor import CursorMoved
from blockchain.models import ChainState, Complaint, EndedEntry, ScanCursor, Write
from blockchain.recovery.complaints import LinksMissing, complaint_recover
from blockchain.recovery.outcome import CONTRADICTED, UNLAWFUL, Decisions
from blockchain.signals import events_read

logger = logging.getLogger("blockchain.indexer")

DECISIONS = Decisions(own="", known_only=True)


@receiver(events_read)
def complaints_thaw(*, registry: Registry, cursor: ScanCursor, undone: bool, **_: Any) -> int:
    """Thaws what can be thawed by what was read up to `cursor`. Returns how many.

    `undone`: look at every frozen complaint, as after a reorg, not only at those that are likely to be thawed.
    """
    # While what was read is not what the contract has, nothing is known.
    frozen = Complaint.objects.filter(frozen_reason__gt="").exclude(chain_state__agrees=False).order_by("pk")
    thawed = 0
    for complaint in frozen if undone else _likely(frozen):
        try:
            outcome = complaint_recover(complaint=complaint, registry=registry, decisions=DECISIONS, cursor=cursor)
        except CursorMoved:
            break  # whoever reads beside us looks too
        except LinksMissing:
            continue
        if not outcome.left:
            thawed += 1
            logger.warning("complaint thawed", extra={"complaint": complaint.complaint_id})
    return thawed


def _likely(frozen: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Those with as many writes landed as the chain has, and those of which something was given up or has expired.

    Not those that a person has to decide about.
    """
    states = ChainState.objects.filter(complaint=OuterRef("complaint_id"))
    links = states.values_list(F("event_count") - F("escalations") - F("objections"))
    confirmed = Write.objects.filter(complaint=OuterRef("pk"), state=Write.State.CONFIRMED).order_by()
    landed = confirmed.values("complaint").annotate(number=Count("pk")).values("number")
    given_up = Write.objects.filter(complaint=OuterRef("pk"), given_up__isnull=False)
    ended = EndedEntry.objects.filter(complaint=OuterRef("pk"))
    counted = frozen.annotate(links=Coalesce(Subquery(links), 0), landed=Coalesce(Subquery(landed), 0))
    return counted.exclude(frozen_reason__in=(UNLAWFUL, CONTRADICTED)).filter(
        Q(links__lte=F("landed")) | Q(Exists(given_up)) | Q(Exists(ended))
    )
