"""Reads complaints again whose events differ from the contract."""

from collections.abc import Iterable

from blockchain.chain.contract import Registry
from blockchain.indexer.cursor import cursor_held
from blockchain.indexer.scan import Scanner
from blockchain.indexer.store import complaints_fold, links_insert
from blockchain.models import ChainEvent, ScanCursor

# Complaints in one filter of eth_getLogs.
COMPLAINTS_PER_FILTER = 50


def complaints_read_again(complaint_ids: Iterable[str], *, registry: Registry, cursor: ScanCursor) -> None:
    """Replaces the events of complaints by what the chain has up to the cursor, and all that follows from them.

    Raises `ChainUnavailable`, or `CursorMoved` if the cursor is elsewhere by then; then the rest is as it was.
    """
    ordered = sorted(complaint_ids)
    for start in range(0, len(ordered), COMPLAINTS_PER_FILTER):
        some = ordered[start : start + COMPLAINTS_PER_FILTER]
        scanner = Scanner(registry, complaint_ids=some)
        ranges = scanner.read(registry.deployment.block_number, cursor.block_number)
        links = [link for found in ranges for link in found.links]
        with cursor_held(cursor):
            ChainEvent.objects.filter(complaint_id__in=some).delete()
            links_insert(links)
            # Where the node says that there is nothing, the next comparison asks again.
            complaints_fold(some, deployment=registry.deployment, keep_empty=True)
