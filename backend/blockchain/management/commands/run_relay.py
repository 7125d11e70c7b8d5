"""Writes the outbox to the chain, reads events back and checks SLAs: all tasks of Celery in one process."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.conf import settings
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.management.service import one_line_errors, registry_checked, run_until_stopped
from blockchain.models import Write
from blockchain.relay.loop import Outcome, Relay, relay_new
from blockchain.sla.overdue import sla_check

# Seconds until the first look at a transaction in flight; doubling, up to BLOCKCHAIN_RELAY_INTERVAL.
LOOK_INTERVAL = 0.05
HOURLY = 3600.0


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="send all writes that can be sent now, wait until they are mined, read the events of final blocks, "
            "and exit. Writes that wait for a retry, a final block, an officer or a repair are left, and counted at "
            "the end. `standby` means that another relay holds the key and nothing was done",
        )
        parser.add_argument(
            "--relay-only", action="store_true", help="do not read events or check SLAs, because another process does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            registry_checked(wait=not options["once"])
            relay = relay_new()
            self.stdout.write(f"relay {relay.signer.address} writes to {relay.registry.address}")
            try:
                if options["once"]:
                    outcome = relay.run_until_idle(wait=lambda: time.sleep(LOOK_INTERVAL))
                    if not options["relay_only"]:
                        events_sync(registry=relay.registry)
                    self.stdout.write(f"relay is {outcome.value}: {left()}")
                else:
                    run_until_stopped(Rounds(relay, relay_only=options["relay_only"]).step)
            finally:
                relay.release()


def left() -> str:
    """The number of writes that are not final yet, by state."""
    writes = Write.objects.exclude(state=Write.State.CONFIRMED).order_by("state").values_list("state")
    return (
        ", ".join(f"{number} {state}" for state, number in writes.annotate(Count("pk"))) or "nothing is left to write"
    )


class Rounds:
    """The relay's rounds and, on their own schedules, the other tasks."""

    def __init__(self, relay: Relay, *, relay_only: bool) -> None:
        self.relay, self.relay_only = relay, relay_only
        now = time.monotonic()
        self.next_sync = now
        self.looks = 0
        # The SLA check starts at once, the hourly tasks after an hour.
        self.next_sla_check = now
        self.next_hourly = now + HOURLY

    def step(self) -> float:
        """One round. Returns the seconds to wait for the next."""
        outcome = self.relay.run_once()
        busy = outcome in (Outcome.WORKED, Outcome.WAITING)
        # Looks often at first, then less often, since most chains take seconds for a block.
        self.looks = self.looks + 1 if outcome is Outcome.WAITING else 0
        others_due = time.monotonic() >= self.next_sync
        if others_due and not self.relay_only and outcome is not Outcome.UNAVAILABLE:
            self._others()
        interval: float = settings.BLOCKCHAIN_RELAY_INTERVAL
        return min(interval, LOOK_INTERVAL * 2 ** min(self.looks, 10)) if busy else interval

    def _others(self) -> None:
        now = time.monotonic()
        self.next_sync = now + settings.BLOCKCHAIN_SYNC_INTERVAL
        try:
            events_sync(registry=self.relay.registry)
            if now >= self.next_sla_check:
                self.relay.overdue = [each.complaint_id for each in sla_check(registry=self.relay.registry)]
                self.next_sla_check = now + settings.SLA_CHECK_INTERVAL
            if now >= self.next_hourly:
                cache_reconcile(registry=self.relay.registry)
                self.next_hourly = now + HOURLY
        except (ChainUnavailable, NodeError):
            # The relay's next round reports it, and continues once the node is back.
            return
