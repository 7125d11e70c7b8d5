"""What an indexer missed is found by comparing with the contract, and repaired."""

from collections.abc import Callable

import pytest

from blockchain.indexer.reconcile import cache_reconcile
from blockchain.models import ChainEvent, ScanCursor
from blockchain.relay.loop import Outcome
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.indexer.test_events_sync import cache_contents
from tests.relay.conftest import drain, links_on_chain, relay

__all__ = ["drain", "relay"]

Drain = Callable[[], Outcome]


def test_cache_reconcile__cache_agrees__repairs_nothing(chain: Chain, drain: Drain, report: IssueReport) -> None:
    drain()
    result = cache_reconcile(on=chain.registry)
    assert (result.complaints, result.repaired, result.differing) == (1, 0, 0)
    cursor = ScanCursor.objects.get()
    assert cursor.reconciled == 1
    assert cursor.reconciled_at is not None


@pytest.mark.parametrize("damage", ["missing", "altered", "invented"])
def test_cache_reconcile__damaged_cache__is_read_again(
    chain: Chain, drain: Drain, report: IssueReport, damage: str
) -> None:
    drain()
    links_on_chain(chain, report)
    before = cache_contents()
    event = ChainEvent.objects.get(sequence=2)
    if damage == "missing":
        event.delete()
    elif damage == "altered":
        ChainEvent.objects.filter(pk=event.pk).update(timestamp=event.timestamp - 1)
    else:
        event.pk, event.sequence, event.log_index = None, 3, 99
        event.save()
    result = cache_reconcile(on=chain.registry)
    assert (result.repaired, result.differing) == (1, 0)
    assert cache_contents()["events"] == before["events"]
