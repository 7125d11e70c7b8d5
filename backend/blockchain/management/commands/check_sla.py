"""Asks the contract which deadlines have passed, and records the breaches."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.chain.contract import Registry
from blockchain.conf import settings
from blockchain.jobs import SLA_CHECK, JobIncomplete, job
from blockchain.management.service import one_line_errors, registry_checked
from blockchain.relay.loop import Outcome, relay_new
from blockchain.sla.overdue import Overdue, sla_check

# The most looks at the chain, one every BLOCKCHAIN_RELAY_INTERVAL.
ROUNDS = 200


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list overdue complaints")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            registry = registry_checked(wait=False)
            if options["dry_run"]:
                self._nothing_sent(self._listed(registry))
                return
            outcome = Outcome.IDLE
            with job(SLA_CHECK):
                overdue = self._listed(registry)
                if overdue:
                    outcome = _sent(overdue)
                _require_sent(outcome, len(overdue))
        if not overdue:
            self._nothing_sent(overdue)
        elif outcome is Outcome.STANDBY:
            self.stdout.write(f"{len(overdue)} overdue; the relay that holds the key sends them at its next check")
        elif outcome in (Outcome.UNAVAILABLE, Outcome.BLOCKED):
            raise CommandError(f"{len(overdue)} overdue, relay is {outcome.value}; see the health page and the log")
        else:
            self.stdout.write(f"{len(overdue)} overdue, relay is {outcome.value}")

    def _listed(self, registry: Registry) -> list[Overdue]:
        overdue = sla_check(registry=registry)
        for each in overdue:
            missed = datetime.fromtimestamp(each.deadline, UTC).isoformat()
            self.stdout.write(f"{each.external_id} missed its deadline of {missed}")
        return overdue

    def _nothing_sent(self, overdue: list[Overdue]) -> None:
        self.stdout.write(f"{len(overdue)} overdue, nothing sent")


def _require_sent(outcome: Outcome, number: int) -> None:
    if outcome in (Outcome.STANDBY, Outcome.UNAVAILABLE):
        raise JobIncomplete(f"{number} missed deadlines were found and not sent: {outcome.value}")


def _sent(overdue: list[Overdue]) -> Outcome:
    relay = relay_new()
    relay.overdue = [each.complaint_id for each in overdue]
    try:
        return relay.run_until_idle(wait=lambda: time.sleep(settings.BLOCKCHAIN_RELAY_INTERVAL), rounds=ROUNDS)
    finally:
        relay.release()
