"""Asks the contract which SLA clocks are over and puts their escalations into the outbox."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.management.service import one_line_errors, registry_checked
from blockchain.sla.services import sla_check


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            check = sla_check(dry_run=options["dry_run"], on=registry_checked(wait=False))
        for tracking_id, missed_deadline in check.due:
            missed = datetime.fromtimestamp(missed_deadline, UTC).isoformat()
            self.stdout.write(f"{tracking_id} missed its deadline of {missed}")
        what = "nothing enqueued (dry run)" if options["dry_run"] else f"{check.enqueued} enqueued"
        self.stdout.write(f"{len(check.due)} due, {what}")
