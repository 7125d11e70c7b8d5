"""How long to wait before something is tried again."""

import random
from datetime import timedelta

from django.conf import settings


def backoff(attempts: int) -> timedelta:
    """Time to the next attempt: doubling from `BLOCKCHAIN_RETRY_BASE` to `BLOCKCHAIN_RETRY_CAP`, with jitter."""
    seconds = min(settings.BLOCKCHAIN_RETRY_CAP, settings.BLOCKCHAIN_RETRY_BASE * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))
