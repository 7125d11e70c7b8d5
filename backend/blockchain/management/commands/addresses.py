"""Prints the addresses of the configured keys, which need roles on the chain. Asks no node, and prints no key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.chain.signers import intake_signer, signer
from blockchain.management.service import one_line_errors


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", nargs="?", choices=("relay", "intake"), help="print this address and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        key = options["key"]
        with one_line_errors():
            if key != "intake":
                self.stdout.write(signer().address if key else f"relay  {signer().address}")
            if key != "relay":
                self._intake(alone=key is not None)

    def _intake(self, *, alone: bool) -> None:
        found = intake_signer()
        if found is not None:
            self.stdout.write(found.address if alone else f"intake {found.address}")
        elif alone:
            raise CommandError("BLOCKCHAIN_INTAKE_KEY is not set")
