"""Compares every complaint with the contract and reads again what the cache has wrong.

Exits with 1 if a complaint still differs, or could not be compared.
"""

from typing import Any

from django.core.management.base import BaseCommand

from blockchain.indexer.reconcile import cache_reconcile
from blockchain.management.outcome import complaints_agree
from blockchain.management.service import one_line_errors, registry_checked


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            result = cache_reconcile(registry=registry_checked(wait=False))
        self.stdout.write(
            f"{result.complaints} complaints compared, {result.repaired} repaired, {result.undone} writes start again"
        )
        complaints_agree(differing=result.differing, uncompared=result.uncompared)
