"""Drops everything that was read from the chain and reads it again. Reports, salts, payloads and evidence are kept."""

from typing import Any

from django.core.management.base import BaseCommand

from blockchain.indexer.rebuild import cache_rebuild
from blockchain.management.outcome import sync_outcome_write
from blockchain.management.progress import progress_bar
from blockchain.management.service import one_line_errors, registry_checked


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors(), progress_bar("blocks") as progress:
            result = cache_rebuild(registry=registry_checked(wait=False), progress=progress)
        sync_outcome_write(result, self.stdout)
