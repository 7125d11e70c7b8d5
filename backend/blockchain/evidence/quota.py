"""Limits the files and bytes that a user or a system may upload in an hour."""

import math
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from blockchain.models import EvidenceUpload

HOUR = timedelta(hours=1)


def upload_admit(
    *,
    uploader: str,
    purpose: EvidenceUpload.Purpose,
    size: int,
    max_files: int | None,
    files_window: timedelta,
    max_bytes: int,
) -> int | None:
    """Counts an upload of `size` bytes and returns None; or, if it exceeds a limit, returns the seconds to wait.

    Files to store count as files and as bytes, files to verify as bytes only. `max_files` None: any number.
    """
    now = timezone.now()
    EvidenceUpload.objects.filter(uploader=uploader, at__lte=now - max(HOUR, files_window)).delete()
    # Inserts before counting, so simultaneous uploads see each other.
    own = EvidenceUpload.objects.create(uploader=uploader, purpose=purpose, size=size, at=now)
    uploads = EvidenceUpload.objects.filter(uploader=uploader).order_by("at", "pk")
    wait = None
    lately = uploads.filter(at__gt=now - HOUR)
    if (lately.aggregate(total=Sum("size"))["total"] or 0) > max_bytes:
        wait = _wait(lately.values_list("at", flat=True)[0], HOUR, now)
    if purpose == EvidenceUpload.Purpose.STORE and max_files is not None:
        files = uploads.filter(purpose=purpose, at__gt=now - files_window)
        if files.count() > max_files:
            wait = max(wait or 0, _wait(files.values_list("at", flat=True)[0], files_window, now))
    if wait is not None:
        own.delete()
    return wait


def _wait(oldest: datetime, window: timedelta, now: datetime) -> int:
    return max(1, math.ceil((oldest + window - now).total_seconds()))
