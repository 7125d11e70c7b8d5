"""Lives of a registry at random, with strangers, reorgs and rebuilds: at the end the cache is what the chain says."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.models import ChainEvent, Complaint, Transaction, Write
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType, is_entry
from tests.chain_fixtures import Chain
from tests.indexer.conftest import Filing, assert_as_on_chain, mined, mined_as_ours, record
from tests.indexer.test_reorg import reorged

State = Write.State
LIVES, STEPS = 12, 25
KINDS = (EventType.COMMENTED, EventType.ASSIGNED, EventType.NOTED, EventType.SLA_PAUSED, EventType.SLA_RESUMED)


class Life:
    """One registry, and what happens to it."""

    def __init__(self, chain: Chain, file: Filing, settings: Any, seed: int) -> None:
        self.chain, self.file, self.settings, self.random = chain, file, settings, random.Random(seed)
        self.complaints: list[Complaint] = []
        self.depth = self.reorgs = 0

    def step(self) -> None:
        steps: list[Callable[[], Any]] = [
            self.filed,
            self.recorded,
            self.landed,
            self.landed,
            self.escalated,
            self.read,
        ]
        self.settings.BLOCKCHAIN_CONFIRMATIONS = self.random.choice([0, 0, 1, 3])
        self.random.choice([*steps, self.read, self.reorged, self.reorged, self.reconciled, self.rebuilt])()

    def filed(self) -> None:
        self.complaints.append(self.file())

    def recorded(self) -> None:
        for complaint in self.complaints:
            complaint.refresh_from_db()
            paused = complaint.accepted_status == 2
            kind = self.random.choice(KINDS)
            if (kind is EventType.SLA_RESUMED) == paused or kind in KINDS[:3]:
                record(complaint, kind)

    def landed(self) -> None:
        """What the relay would send, as its own or as another one's; also what started again."""
        open_again = list(Transaction.objects.filter(state=Transaction.State.OPEN))
        for ours in open_again:
            Write.objects.filter(transaction=ours, state=State.SENT).update(state=State.PENDING)
            Write.objects.filter(transaction=ours).update(transaction=None)
            ours.attempts.all().delete()
            ours.delete()
        if not Write.objects.filter(state=State.PENDING).exists():
            return
        if self.random.random() < 0.3:
            mined(self.chain)
            # As if the links were read at once: what is in somebody else's transaction shows in its events alone.
            events_sync(registry=self.chain.registry)
        else:
            mined_as_ours(self.chain, confirmed=self.random.random() < 0.7)
        self.depth += 1

    def escalated(self) -> None:
        self.chain.anvil.warp(self.chain.anvil.time() + self.random.choice([60, 86_400, 40 * 86_400]))
        ids = [unhex(complaint.complaint_id) for complaint in self.complaints]
        self.chain.write("batchCheckAndEscalate", ids, sender=self.chain.stranger)
        self.depth += 2

    def read(self) -> None:
        events_sync(registry=self.chain.registry)

    def reconciled(self) -> None:
        result = cache_reconcile(registry=self.chain.registry)
        assert (result.differing, result.uncompared) == (0, 0)

    def rebuilt(self) -> None:
        cache_rebuild(registry=self.chain.registry)

    def reorged(self) -> None:
        """Never as deep as the deployment."""
        depth = self.random.randint(1, 4)
        if depth < self.depth:
            reorged(self.chain, depth)
            self.depth -= depth
            self.reorgs += 1


@pytest.mark.parametrize("seed", range(LIVES))
def test_indexer__any_life__ends_with_what_the_chain_says(chain: Chain, file: Filing, settings: Any, seed: int) -> None:
    life = Life(chain, file, settings, seed)
    life.filed()
    life.landed()
    for _ in range(STEPS):
        life.step()
    settings.BLOCKCHAIN_CONFIRMATIONS = 0
    life.read()
    assert not Complaint.objects.exclude(frozen_reason="").exists()
    for complaint in life.complaints:
        links = assert_as_on_chain(chain, complaint)
        entries = sum(map(is_entry, links))
        writes = list(Write.objects.filter(complaint=complaint).order_by("nonce"))
        assert [write.event_type for write in writes[:entries]] == [link for link in links if is_entry(link)]
        assert {write.state for write in writes[:entries]} <= {State.CONFIRMED}
        assert {write.state for write in writes[entries:]} <= {State.PENDING, State.SENT}
        places = [(write.sequence, write.tx_hash, write.block_hash) for write in writes[:entries]]
        events = ChainEvent.objects.filter(complaint_id=complaint.complaint_id).exclude(event_type=EventType.ESCALATED)
        assert places == list(events.order_by("sequence").values_list("sequence", "tx_hash", "block_hash"))
