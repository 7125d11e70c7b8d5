"""Says which periodic jobs have not succeeded for too long, whatever stopped them."""

from collections.abc import Mapping
from typing import Final

from django.utils import timezone

from blockchain.health.component import Problem
from blockchain.jobs import EVENT_SYNC, PROOFS, REBUILD, RECONCILE, SLA_CHECK, overdue
from blockchain.models import Job

# By job: what was not done, and what helps.
JOBS: Final[Mapping[str, tuple[str, str]]] = {
    EVENT_SYNC: (
        "the events were not read",
        "Check that `manage.py run_relay` is running without --relay-only, or Celery with its beat, and the node.",
    ),
    SLA_CHECK: (
        "no deadlines were checked",
        "Run `manage.py check_sla`, which says what is wrong. Check that `manage.py run_relay` is running, or Celery "
        "with its beat.",
    ),
    RECONCILE: (
        "the complaints were not all compared with the contract",
        "Run `manage.py reconcile`, which says what is wrong and continues where it was interrupted.",
    ),
    PROOFS: (
        "no storage proofs were taken, so receipts are not up to date",
        "Run `manage.py take_proofs`, which says what is wrong. Add a node to BLOCKCHAIN_NODE_URLS that answers "
        "eth_getProof (and debug_getRawHeader, if its headers are not known), or set BLOCKCHAIN_PROOF_INTERVAL=0 to do "
        "without receipts.",
    ),
}


def job_problems(*names: str) -> list[Problem]:
    """A problem for each of the jobs that is overdue, with its last error."""
    found = []
    for name in names:
        row = overdue(name)
        if row is None:
            continue
        what, remedy = JOBS[name]
        seconds = round((timezone.now() - (row.succeeded_at or row.since)).total_seconds())
        why = f": {row.error}" if row.error else ""
        found.append(Problem(f"{what} for {seconds} seconds{why}", remedy))
    return found


def rebuild_problems() -> list[Problem]:
    """A problem if the cache was dropped and is not whole again."""
    if not Job.objects.filter(name=REBUILD).exclude(progress={}).exists():
        return []
    return [
        Problem(
            "a rebuild of the cache has not ended",
            "If `manage.py rebuild_cache` is not running, run it again: it continues where it was interrupted.",
        )
    ]
