"""What the commands that read the chain say at their end."""

from django.core.management.base import CommandError, OutputWrapper

from blockchain.indexer.sync import SyncResult


def sync_outcome_write(result: SyncResult, stdout: OutputWrapper) -> None:
    """Says what was read. Raises `CommandError` if that does not agree with the contract, or could not be compared."""
    more = [
        f", {result.rewound} blocks rewound" if result.rewound else "",
        f", {result.undone} writes start again" if result.undone else "",
    ]
    stdout.write(f"{result.events} events in {result.blocks} blocks{''.join(more)}")
    complaints_agree(differing=result.differing, uncompared=result.uncompared)


def complaints_agree(*, differing: int, uncompared: int) -> None:
    """Raises `CommandError` unless both numbers of complaints are zero: silence of a node is no agreement."""
    faults = [
        f"{differing} complaints differ from the contract" if differing else "",
        f"{uncompared} complaints could not be compared with the contract" if uncompared else "",
    ]
    if any(faults):
        raise CommandError(f"{'; '.join(filter(None, faults))}; see the log")
