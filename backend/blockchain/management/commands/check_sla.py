"""Asks the contract which deadlines have passed, and records the breaches."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.conf import settings
from blockchain.management.service import one_line_errors, registry_checked
from blockchain.relay.loop import Outcome, relay_new
from blockchain.sla.overdue import sla_check

# The most looks at the chain, one every BLOCKCHAIN_RELAY_INTERVAL.
ROUNDS = 200


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list overdue complaints")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            overdue = sla_check(registry=registry_checked(wait=False))
            for each in overdue:
                missed = datetime.fromtimestamp(each.deadline, UTC).isoformat()
                self.stdout.write(f"{each.external_id} missed its deadline of {missed}")
            if options["dry_run"] or not overdue:
                self.stdout.write(f"{len(overdue)} overdue, nothing sent")
                return
            relay = relay_new()
            relay.overdue = [each.complaint_id for each in overdue]
            try:
                outcome = relay.run_until_idle(
                    wait=lambda: time.sleep(settings.BLOCKCHAIN_RELAY_INTERVAL), rounds=ROUNDS
                )
            finally:
                relay.release()
        if outcome is Outcome.STANDBY:
            self.stdout.write(f"{len(overdue)} overdue; the relay that holds the key sends them at its next check")
        else:
            self.stdout.write(f"{len(overdue)} overdue, relay is {outcome.value}")
