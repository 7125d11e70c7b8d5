"""Celery tasks, which call the same functions as the commands. A lost task does no harm."""

import time

from celery import shared_task

from blockchain.chain.contract import registry
from blockchain.conf import settings
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.jobs import SLA_CHECK, JobIncomplete, job
from blockchain.proofs.rounds import proof_round
from blockchain.relay.loop import Outcome, Relay, relay_new
from blockchain.sla.overdue import sla_check

# Seconds that the SLA check waits while another relay holds the key.
LEASE_WAIT = 60
# Seconds after which a task begins no further round of proofs; the next task does.
PROOFS_WITHIN = 60


@shared_task(name="blockchain.relay_run")
def relay_run() -> str:
    """Drains the outbox."""
    return _run(relay_new()).value


@shared_task(name="blockchain.sla_check")
def sla_check_task() -> int:
    """Records missed deadlines. Returns the number of overdue complaints."""
    with job(SLA_CHECK):
        overdue = sla_check(registry=registry())
        if overdue:
            relay = relay_new()
            relay.overdue = [each.complaint_id for each in overdue]
            until = time.monotonic() + LEASE_WAIT
            while (outcome := _run(relay)) is Outcome.STANDBY and time.monotonic() < until:
                time.sleep(settings.BLOCKCHAIN_RELAY_INTERVAL)
            # What holds the relay back otherwise is on the health page, as its own problem.
            if outcome in (Outcome.STANDBY, Outcome.UNAVAILABLE):
                raise JobIncomplete(f"{len(overdue)} missed deadlines were found and not sent: relay {outcome.value}")
    return len(overdue)


@shared_task(name="blockchain.event_sync")
def event_sync() -> int:
    """Reads new events."""
    return events_sync().events


@shared_task(name="blockchain.reconcile")
def reconcile() -> int:
    """Compares the cache with the contract, and repairs it."""
    return cache_reconcile().repaired


@shared_task(name="blockchain.proofs")
def proofs() -> int:
    """Takes storage proofs of the complaints that need one. Returns how many these were."""
    until, complaints = time.monotonic() + PROOFS_WITHIN, 0
    while settings.BLOCKCHAIN_PROOF_INTERVAL and time.monotonic() < until:
        done = proof_round()
        complaints += done.complaints
        if done.is_last:
            break
    return complaints


def _run(relay: Relay) -> Outcome:
    try:
        return relay.run_until_idle(wait=lambda: time.sleep(settings.BLOCKCHAIN_RELAY_INTERVAL), rounds=200)
    finally:
        relay.release()
