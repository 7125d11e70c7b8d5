"""Lists the changes of the contract's roles since its deployment, and takes note of those that the operator made.

Exits with 1 while a change is not acknowledged.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from blockchain.management.people import opaque_id_of
from blockchain.models import RoleAcknowledgement, RoleChange
from blockchain.roles import roles_changed

ALL = "all"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--acknowledge",
            nargs="+",
            default=[],
            metavar="TX_HASH",
            help="transactions with changes that you know; `all`: of all changes that it then lists",
        )
        parser.add_argument("--username", help="who acknowledges them")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["acknowledge"]:
            if not options["username"]:
                raise CommandError("--acknowledge needs --username")
            hashes = [each.lower() for each in options["acknowledge"]]
            if hashes == [ALL]:
                hashes = sorted({change.tx_hash for change in roles_changed()})
            self._acknowledge(hashes, opaque_id_of(options["username"]))
        changes = list(roles_changed())
        for change in changes:
            by = f" by {change.sender}" if change.sender else ""
            note = "acknowledged" if change.acknowledged else "NOT ACKNOWLEDGED"
            self.stdout.write(f"{change}{by}, transaction {change.tx_hash}: {note}")
        self.stdout.write(f"{len(changes)} changes since the deployment")
        if unknown := sum(not change.acknowledged for change in changes):
            raise CommandError(f"{unknown} changes are not acknowledged")

    @transaction.atomic
    def _acknowledge(self, tx_hashes: list[str], by: str) -> None:
        for tx_hash in tx_hashes:
            if not RoleChange.objects.filter(tx_hash=tx_hash, announced=False).exists():
                raise CommandError(f"no role was changed in the transaction {tx_hash}, as far as events were read")
            RoleAcknowledgement.objects.get_or_create(tx_hash=tx_hash, defaults={"by": by})
