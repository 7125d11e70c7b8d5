"""The final output of the commands that read the chain."""

from django.core.management.base import CommandError, OutputWrapper

from blockchain.indexer.sync import SyncResult


def sync_outcome_write(result: SyncResult, stdout: OutputWrapper) -> None:
    """Prints the result. Raises `CommandError` if the events differ from the contract, or could not be compared."""
    more = [
        f", {result.rewound} blocks rewound" if result.rewound else "",
        f", {result.undone} writes start again" if result.undone else "",
    ]
    stdout.write(f"{result.events} events in {result.blocks} blocks{''.join(more)}")
    complaints_agree(differing=result.differing, uncompared=result.uncompared, unconfirmed=result.unconfirmed)


def complaints_agree(*, differing: int, uncompared: int, lost: int = 0, unconfirmed: int = 0) -> None:
    """Raises `CommandError` unless all numbers are zero: what was not compared does not count as agreeing."""
    faults = [
        f"{differing} complaints differ from the contract" if differing else "",
        f"{uncompared} complaints could not be compared with the contract" if uncompared else "",
        f"{unconfirmed} blocks were read from one node, and no other one could be asked about them"
        if unconfirmed
        else "",
        f"{lost} filings by this system's keys are not in this database (`manage.py recover --receipt FILE`)"
        if lost
        else "",
    ]
    if any(faults):
        raise CommandError(f"{'; '.join(filter(None, faults))}; see the log")
