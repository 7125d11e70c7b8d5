"""Ages and waiting times. A clock may be set back, so no wait is trusted beyond its own length."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from blockchain.conf import settings


def backoff(attempts: int) -> timedelta:
    """Time to the next attempt: doubling from `BLOCKCHAIN_RETRY_BASE` to `BLOCKCHAIN_RETRY_CAP`, with jitter."""
    seconds = min(settings.BLOCKCHAIN_RETRY_CAP, settings.BLOCKCHAIN_RETRY_BASE * 2 ** min(max(attempts - 1, 0), 20))
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))


def is_older(moment: datetime, seconds: float) -> bool:
    """Whether `moment` is more than `seconds` ago. A moment in the future counts as old."""
    return not timedelta(0) <= timezone.now() - moment <= timedelta(seconds=seconds)


def is_ahead(moment: datetime, seconds: float) -> bool:
    """Whether `moment` is still to come. A moment more than `seconds` ahead counts as past."""
    return timedelta(0) < moment - timezone.now() <= timedelta(seconds=seconds)
