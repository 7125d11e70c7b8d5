"""Limits the files and bytes that a user or a system may upload in an hour."""

import math
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone
from rest_framework.exceptions import Throttled

from blockchain.conf import settings
from blockchain.models import EvidenceUpload
from blockchain.quotas import rate_parse

HOUR = timedelta(hours=1)


def upload_admit(*, uploader: str, purpose: EvidenceUpload.Purpose, size: int) -> EvidenceUpload:
    """Counts an upload of `size` bytes that is about to be received. Raises `Throttled` if it exceeds a limit.

    Files to store count as files (`EVIDENCE_UPLOAD_RATE`) and as bytes (`EVIDENCE_BYTES_PER_HOUR`), files to verify as
    bytes only.
    """
    most_files, seconds = rate_parse(settings.EVIDENCE_UPLOAD_RATE)
    window, most_bytes, now = timedelta(seconds=seconds), settings.EVIDENCE_BYTES_PER_HOUR, timezone.now()
    EvidenceUpload.objects.filter(uploader=uploader, at__lte=now - max(HOUR, window)).delete()
    # Inserts before counting, so simultaneous uploads see each other.
    own = EvidenceUpload.objects.create(uploader=uploader, purpose=purpose, size=size, at=now)
    uploads = EvidenceUpload.objects.filter(uploader=uploader).order_by("at", "pk")
    files = uploads.filter(purpose=EvidenceUpload.Purpose.STORE, at__gt=now - window)
    lately = uploads.filter(at__gt=now - HOUR)
    refusals = []
    if purpose == EvidenceUpload.Purpose.STORE and files.count() > most_files:
        refusals.append((_wait(files[0].at + window), f"{most_files} files in {seconds:,} seconds"))
    if (lately.aggregate(total=Sum("size"))["total"] or 0) > most_bytes:
        refusals.append((_wait(lately[0].at + HOUR), f"{most_bytes:,} bytes of files in an hour"))
    if refusals:
        own.delete()
        wait, limit = max(refusals)
        raise Throttled(wait, f"You have reached your limit of {limit}.")
    return own


def upload_unstored(own: EvidenceUpload) -> None:
    """Counts an upload that did not lead to a new file by its bytes only."""
    EvidenceUpload.objects.filter(pk=own.pk).update(purpose=EvidenceUpload.Purpose.VERIFY)


def _wait(until: datetime) -> int:
    return max(1, math.ceil((until - timezone.now()).total_seconds()))
