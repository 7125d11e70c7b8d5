"""Follows the head of the chain and reads events once they are confirmed, until it is stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.chain.errors import ChainUnavailable
from blockchain.indexer.sync import events_sync
from blockchain.management.service import one_line_errors, registry_checked, run_until_stopped

# Seconds between attempts while the node is down.
DOWN_INTERVAL = 5.0


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--interval", type=float, default=2.0, help="seconds between checks of the head")

    def handle(self, *args: Any, **options: Any) -> None:
        def step() -> float:
            try:
                result = events_sync(registry=registry)
            except ChainUnavailable as error:
                self.stderr.write(str(error))
                return DOWN_INTERVAL
            if result.events:
                self.stdout.write(f"{result.events} events")
            return float(options["interval"])

        with one_line_errors():
            registry = registry_checked(wait=True)
            self.stdout.write(f"listening to {registry.address}")
            run_until_stopped(step)
