"""Writes the outbox to the chain, reads events back and checks SLAs: all tasks of Celery in one process."""

import logging
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from blockchain.chain.errors import ChainError, WrongChain
from blockchain.conf import settings
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.jobs import RECONCILE, SLA_CHECK, is_due, job
from blockchain.management.service import one_line_errors, registry_checked, run_until_stopped
from blockchain.models import Write
from blockchain.proofs.rounds import proof_round
from blockchain.relay.loop import Outcome, Relay, relay_new
from blockchain.sla.overdue import sla_check

logger = logging.getLogger("blockchain.relay")

# Seconds until the first look at a transaction in flight; doubling, up to BLOCKCHAIN_RELAY_INTERVAL.
LOOK_INTERVAL = 0.05
# Rounds of proofs take this part of the time, at most: also while there is much to prove, or the node hangs.
PROOFS_PART = 0.02
# After a failure, a job is tried again when so many readings of events were due, unless its own turn comes first.
RETRY_AFTER_SYNCS = 12


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
                    rounds = Rounds(relay, relay_only=options["relay_only"])
                    run_until_stopped(rounds.step, woken=rounds.woken)
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
        # The SLA check starts at once: what the last one found may not have been sent.
        self.next_sla_check = now
        self.next_reconcile = now
        self.next_proofs = now

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

    def woken(self) -> None:
        """There is a new block: the events are read in the next round."""
        self.next_sync = time.monotonic()

    def _others(self) -> None:
        """Each job on its own: what stops one does not stop the others, and stands in health after its time."""
        now = time.monotonic()
        retry = RETRY_AFTER_SYNCS * settings.BLOCKCHAIN_SYNC_INTERVAL
        self.next_sync = now + settings.BLOCKCHAIN_SYNC_INTERVAL
        self._try(lambda: events_sync(registry=self.relay.registry))
        if now >= self.next_sla_check:
            done = self._try(self._sla_check)
            self.next_sla_check = now + (
                settings.SLA_CHECK_INTERVAL if done else min(retry, settings.SLA_CHECK_INTERVAL)
            )
        # By the time of the last one, whichever process it was in: a relay may be restarted every hour.
        if now >= self.next_reconcile and is_due(RECONCILE):
            self._try(lambda: cache_reconcile(registry=self.relay.registry))
            self.next_reconcile = now + retry
        if now >= self.next_proofs and settings.BLOCKCHAIN_PROOF_INTERVAL:
            wait = self._proofs(retry)
            self.next_proofs = time.monotonic() + wait

    def _try(self, run: Callable[[], Any]) -> bool:
        """Whether it succeeded. The error is recorded with the job. Raises `WrongChain`."""
        try:
            run()
        except WrongChain:
            raise
        except ChainError:
            return False
        return True

    def _proofs(self, retry: float) -> float:
        """Takes proofs. Returns the seconds until the next round. Receipts can wait, so no error stops the relay."""
        started, wait = time.monotonic(), settings.BLOCKCHAIN_PROOF_INTERVAL
        try:
            if not proof_round(registry=self.relay.registry).is_last:
                wait = 0.0
        except Exception as error:
            if not isinstance(error, ChainError):
                logger.exception("round of proofs failed")
            wait = min(retry, wait)
        return max(wait, (time.monotonic() - started) / PROOFS_PART)

    def _sla_check(self) -> None:
        with job(SLA_CHECK):
            self.relay.overdue = [each.complaint_id for each in sla_check(registry=self.relay.registry)]
