"""Drops everything that was read from the chain and reads it again. Reports, salts, payloads and evidence are kept.

If it is interrupted, the next run continues where it was.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.indexer.rebuild import cache_rebuild
from blockchain.management.outcome import sync_outcome_write
from blockchain.management.progress import progress_bar
from blockchain.management.service import one_line_errors, registry_checked


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anew", action="store_true", help="start from the beginning, also after an interruption")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors(), progress_bar("blocks") as progress:
            registry = registry_checked(wait=False)
            result = cache_rebuild(registry=registry, progress=progress, anew=options["anew"])
        sync_outcome_write(result, self.stdout)
