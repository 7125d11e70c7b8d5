"""Records when each periodic job last succeeded. One that did not, for whatever reason, turns health red in time."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError
from django.utils import timezone

from blockchain.common.errors import UnavailableError
from blockchain.common.redaction import redact
from blockchain.conf import settings
from blockchain.models import Job

logger = logging.getLogger("blockchain.jobs")

EVENT_SYNC: Final = "event-sync"
SLA_CHECK: Final = "sla-check"
RECONCILE: Final = "reconcile"
PROOFS: Final = "proofs"
# By job: the setting with its interval, and the interval in seconds of beat, where that ignores the setting.
PERIODIC: Final[Mapping[str, tuple[str, float]]] = {
    EVENT_SYNC: ("BLOCKCHAIN_SYNC_INTERVAL", 600.0),
    SLA_CHECK: ("SLA_CHECK_INTERVAL", 0.0),
    RECONCILE: ("BLOCKCHAIN_RECONCILE_INTERVAL", 0.0),
    PROOFS: ("BLOCKCHAIN_PROOF_INTERVAL", 0.0),
}
# Not periodic: it is only remembered while it is interrupted.
REBUILD: Final = "rebuild"
# A job is overdue after so many intervals, and not before so many seconds.
INTERVALS_ALLOWED, LEAST_ALLOWED = 3, 10.0
# Successes in quick succession are stored once in this part of the interval.
STORED_PART = 0.1
ERROR_LENGTH = 300


class JobIncomplete(Exception):
    """The job ran to its end and could not do all of its work."""


@contextmanager
def job(name: str) -> Iterator[None]:
    """Wraps a run. Its success is recorded, or else the error, which is raised; `JobIncomplete` is only recorded."""
    try:
        yield
    except Exception as error:
        _failed(name, error)
        if not isinstance(error, JobIncomplete):
            raise
    else:
        job_succeeded(name)


def job_succeeded(name: str) -> None:
    """Records a success, unless one was recorded a moment ago."""
    now = timezone.now()
    row = Job.objects.filter(name=name).first() or _expected(name)
    fresh = timedelta(seconds=STORED_PART * allowed_seconds(name) / INTERVALS_ALLOWED)
    if row.error or row.succeeded_at is None or not timedelta(0) <= now - row.succeeded_at < fresh:
        if row.error:
            logger.warning("job succeeds again", extra={"job": name, "was": row.error})
        Job.objects.filter(name=name).update(succeeded_at=now, failed_at=None, error="")


def allowed_seconds(name: str) -> float:
    """After so many seconds without a success, a job is overdue."""
    return max(INTERVALS_ALLOWED * interval_seconds(name), LEAST_ALLOWED)


def interval_seconds(name: str) -> float:
    """Seconds between two runs, at most; 0 for a job that is turned off."""
    setting, of_beat = PERIODIC[name]
    return max(float(getattr(settings, setting)), of_beat)


def is_due(name: str) -> bool:
    """Whether a whole interval has passed since the last success, or since the job was first expected."""
    row = Job.objects.filter(name=name).first() or _expected(name)
    return _age(row.succeeded_at or row.since) >= getattr(settings, PERIODIC[name][0])


def overdue(name: str) -> Job | None:
    """The job, if it has not succeeded for too long; None also where no job has run yet, and for one that is off."""
    if not interval_seconds(name):
        return None
    row = Job.objects.filter(name=name).first()
    return row if row is not None and _age(row.succeeded_at or row.since) > allowed_seconds(name) else None


def progress_get(name: str) -> dict[str, Any]:
    """Where an interrupted run of the job continues; empty if there is none."""
    row = Job.objects.filter(name=name).first()
    return dict(row.progress) if row is not None else {}


def progress_set(name: str, progress: Mapping[str, Any]) -> None:
    """Stores where the job continues, in the caller's transaction if there is one; empty: it is done."""
    Job.objects.update_or_create(name=name, defaults={"progress": dict(progress)})


def _age(moment: datetime) -> float:
    """Seconds; of a moment that is still to come, infinite: the clock was set back."""
    seconds = (timezone.now() - moment).total_seconds()
    return seconds if seconds >= 0 else float("inf")


def _failed(name: str, error: Exception) -> None:
    # The text of other errors may have anything in it.
    known = isinstance(error, UnavailableError | JobIncomplete)
    text = redact(str(error) if known else type(error).__name__)[:ERROR_LENGTH]
    try:
        row = Job.objects.filter(name=name).first() or _expected(name)
        if row.error != text or row.failed_at is None or _age(row.failed_at) > LEAST_ALLOWED:
            Job.objects.filter(name=name).update(failed_at=timezone.now(), error=text)
        if row.error != text:
            logger.error("job failed", extra={"job": name, "error": text})
    except DatabaseError:
        # It shows by itself that the job has not succeeded.
        return


def _expected(name: str) -> Job:
    """From now on, all periodic jobs are expected to run."""
    Job.objects.bulk_create([Job(name=each) for each in PERIODIC], ignore_conflicts=True)
    return Job.objects.get(name=name)
