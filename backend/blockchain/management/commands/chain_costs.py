"""Prints the cost of writing to the chain, for each month and each kind of write."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.costs.months import costs_by_month, nonces_of_others

WEI_PER_ETHER = 10**18


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", help="only this month, as YYYY-MM")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = costs_by_month(month=options["month"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{'month':8} {'kind':18} {'writes':>8} {'gas':>14} {'ether':>24}")
        for row in rows:
            # To the wei: the sum is what the balance has lost.
            whole, part = divmod(row.wei, WEI_PER_ETHER)
            self.stdout.write(f"{row.month:8} {row.kind:18} {row.writes:8} {row.gas:14} {f'{whole}.{part:018}':>24}")
        if others := nonces_of_others():
            self.stderr.write(
                f"{others} account nonces of our keys were used by transactions that are not ours; their costs are not "
                "included."
            )
