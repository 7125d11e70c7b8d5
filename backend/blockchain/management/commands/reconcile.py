"""Compares every complaint with the contract, and reads again what the cache has wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.indexer.reconcile import cache_reconcile
from blockchain.management.service import one_line_errors, registry_checked


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            result = cache_reconcile(on=registry_checked(wait=False))
        self.stdout.write(f"{result.complaints} complaints compared, {result.repaired} repaired")
        if result.differing:
            raise CommandError(f"{result.differing} complaints differ from the chain; see the log")
