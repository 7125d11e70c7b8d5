"""Compares every complaint with the contract, and reads differing complaints again.

Lists filings by this system's keys that are on the chain but not in the database, as after a restored backup. Exits
with 1 if there are any, or if a complaint still differs or could not be compared. If it is interrupted, the next run
continues where it was.
"""

import time
from typing import Any

from django.core.management.base import BaseCommand

from blockchain.indexer.reconcile import cache_reconcile
from blockchain.management.outcome import complaints_agree
from blockchain.management.progress import progress_bar
from blockchain.management.service import one_line_errors, registry_checked
from blockchain.recovery.filings import lost_filings


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors(), progress_bar("complaints") as progress:
            result = cache_reconcile(registry=registry_checked(wait=False), progress=progress)
        self.stdout.write(
            f"{result.complaints} complaints compared, {result.repaired} repaired, {result.undone} writes start again"
        )
        lost = lost_filings()
        for filing in lost:
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(filing.timestamp))
            self.stdout.write(
                f"not in this database: {filing.complaint_id}, filed by {filing.actor} in block {filing.block_number} "
                f"({when}), {filing.links} links"
            )
        complaints_agree(differing=result.differing, uncompared=result.uncompared, lost=len(lost))
