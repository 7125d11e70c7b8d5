"""When a receipt that does not exist yet may be expected."""

from datetime import datetime, timedelta

from django.utils import timezone

from blockchain.conf import settings
from blockchain.jobs import EVENT_SYNC, PROOFS, overdue
from blockchain.models import Complaint, SlotProof

# Seconds of a block, about, and until a block has one of the tags.
BLOCK_SECONDS = 12
TAG_SECONDS = {"safe": 8 * 60, "finalized": 20 * 60}


def expected_by(complaint: Complaint) -> datetime | None:
    """About when the first proof of the complaint will be final; None if no proofs are taken, or not lately.

    A filing that waits to be recorded is proved to be absent after an interval, so that this has an end in any case.
    """
    interval = timedelta(seconds=settings.BLOCKCHAIN_PROOF_INTERVAL)
    if not interval or overdue(PROOFS) or overdue(EVENT_SYNC):
        return None
    seconds = TAG_SECONDS.get(settings.BLOCKCHAIN_FINALITY, BLOCK_SECONDS * settings.BLOCKCHAIN_CONFIRMATIONS)
    now, final = timezone.now(), timedelta(seconds=seconds)
    taken = SlotProof.objects.filter(of=SlotProof.Of.COMPLAINT, complaint_id=complaint.complaint_id).exists()
    if taken:
        return now + final
    return max(now, complaint.created_at + interval) + interval + final
