"""Takes storage proofs of all complaints that need one, from which receipts are made; `run_relay` does the same.

`--all` proves every complaint again: before a fork after which nodes no longer prove this kind of state.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.chain.contract import Registry
from blockchain.management.service import one_line_errors, registry_checked
from blockchain.models import ProofBlock
from blockchain.proofs.due import complaints_recorded
from blockchain.proofs.rounds import proof_round
from blockchain.proofs.slots import MOST_SLOTS


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="prove every complaint again")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            registry = registry_checked(wait=False)
            complaints = _all(registry) if options["all"] else 0
            is_last = False
            while not is_last:
                done = proof_round(registry=registry)
                complaints, is_last = complaints + done.complaints, done.is_last
        waiting = ProofBlock.objects.filter(state=ProofBlock.State.CANDIDATE).count()
        self.stdout.write(f"{complaints} complaints proved; {waiting} blocks with proofs are not final yet")


def _all(registry: Registry) -> int:
    waiting = complaints_recorded()
    number = len(waiting)
    while waiting:
        done = proof_round(registry=registry, complaint_ids=waiting[:MOST_SLOTS])
        del waiting[: done.complaints]
    return number
