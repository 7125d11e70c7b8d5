"""Which writes may be packed next: the oldest, in order within their complaint."""

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction

State = BlockchainTransaction.State


def writes_ready(*, limit: int | None = None) -> list[BlockchainTransaction]:
    """Pending writes that nothing holds back, oldest first.

    A write that failed, that is under way, or that waits for its next attempt holds back what comes after it in its own
    complaint, and nothing else. Escalations carry no sequence, so nothing holds them back.
    """
    now = timezone.now()
    waits = Q(state=State.PENDING, next_attempt_at__gt=now)
    held_back = (
        BlockchainTransaction.objects.filter(Q(state__in=(State.FAILED, State.SIGNED, State.SENT)) | waits)
        .exclude(event_type=EventType.ESCALATED)
        .values("report_id")
    )
    ready = BlockchainTransaction.objects.filter(state=State.PENDING).exclude(next_attempt_at__gt=now)
    ready = ready.filter(Q(event_type=EventType.ESCALATED) | ~Q(report_id__in=held_back))
    chosen = list(ready.select_related("report").order_by("id")[: limit or settings.BLOCKCHAIN_BATCH_SIZE])
    return sorted(chosen, key=lambda write: (write.report_id, write.order))
