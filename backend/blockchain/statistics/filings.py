"""All filings in the order of the chain, as the contract commits to them: `docs/specification.md` 2.1."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from blockchain.models import ChainEvent
from blockchain.protocol.hashing import unhex
from blockchain.protocol.keccak import keccak
from blockchain.protocol.kinds import EventType

CHAIN_BYTES = 27


@dataclass(frozen=True, kw_only=True)
class Filings:
    """The contract's slot of the registry, or what the rows give for it. `chain`: 27 bytes."""

    chain: bytes
    count: int


def filings_read() -> Filings:
    """What the rows give."""
    filed = ChainEvent.objects.filter(event_type=EventType.CREATED).order_by("block_number", "log_index")
    return filings_fold(filed.values_list("complaint_id", flat=True).iterator(chunk_size=10_000))


def filings_fold(complaint_ids: Iterable[str]) -> Filings:
    """The registry's chain over these complaints (`0x` hex ids)."""
    chain, count = bytes(CHAIN_BYTES), 0
    for complaint_id in complaint_ids:
        # abi.encode(bytes27, bytes32)
        chain = keccak(chain.ljust(32, b"\0") + unhex(complaint_id))[:CHAIN_BYTES]
        count += 1
    return Filings(chain=chain, count=count)


def places_are_unique() -> bool:
    """Whether no two links have the same place. Some nodes count the logs of each transaction anew; then the order of
    the filings in a block is not known.
    """
    places = ChainEvent.objects.order_by().values_list("block_number", "log_index")
    return not places.annotate(n=Count("pk")).filter(n__gt=1).exists()
