"""Celery tasks: they wake the same functions that the commands run. Losing one loses nothing."""

import time

from celery import shared_task
from django.conf import settings

from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.services import events_sync
from blockchain.outbox.repair import failed_retry
from blockchain.relay.loop import relay_new
from blockchain.sla.services import sla_check


@shared_task(name="blockchain.relay_run")
def relay_run() -> str:
    """Drains the outbox."""
    relay = relay_new()
    try:
        return relay.run_until_idle(wait=lambda: time.sleep(settings.BLOCKCHAIN_RELAY_INTERVAL), rounds=200).value
    finally:
        relay.release()


@shared_task(name="blockchain.sla_check")
def sla_check_task() -> int:
    """Puts breaches into the outbox."""
    return sla_check().enqueued


@shared_task(name="blockchain.event_sync")
def event_sync() -> int:
    """Reads new events."""
    return events_sync().events


@shared_task(name="blockchain.failed_retry")
def failed_retry_task() -> int:
    """Gives failed writes another look."""
    return failed_retry()


@shared_task(name="blockchain.reconcile")
def reconcile() -> int:
    """Compares the cache with the contract and repairs it."""
    return cache_reconcile().repaired
