"""The check that ends every fault test: nothing lost, doubled or out of order, and a cache that is true."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from blockchain.conf import settings
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.sync import events_sync
from blockchain.models import ChainEvent, ChainState, Complaint, RelayLease, Write
from tests.chain_fixtures import Chain
from tests.faults.raw import PAUSED, RESUMED, History, RawLink, history_read
from tests.indexer.conftest import cache_contents

State = Write.State


def history(chain: Chain) -> History:
    """The chain's own word, read past the backend."""
    ids = list(Complaint.objects.values_list("complaint_id", flat=True))
    return history_read(chain.anvil.rpc, chain.address, complaint_ids=ids)


def assert_on_chain_once(chain: Chain, *, except_for: Sequence[str] = ()) -> History:
    """Every write of every complaint is on the chain exactly once, under its own nonce, and nothing else is.

    `except_for`: complaint ids of which somebody else wrote links.
    """
    read = history(chain)
    complaints = list(Complaint.objects.exclude(complaint_id__in=except_for))
    assert read.links.keys() - {each.complaint_id for each in complaints} <= {*except_for}, "nobody here filed it"
    for complaint in complaints:
        writes = list(Write.objects.filter(complaint=complaint).order_by("nonce"))
        assert [write.nonce for write in writes] == list(range(complaint.next_nonce)), complaint
        wanted = [(write.nonce, *_said(write)) for write in writes]
        found = [(link.nonce, *_said(link)) for link in read.entries(complaint.complaint_id)]
        assert found == wanted, f"{complaint}: lost, doubled or out of order"
    return read


def assert_everything_recorded_once(chain: Chain, *, except_for: Sequence[str] = ()) -> History:
    """As `assert_on_chain_once`; and the database knows it, and says the same after a rebuild of the cache."""
    # Escalations and what strangers wrote are final then, too; no write of ours waits for that.
    chain.anvil.mine(settings.BLOCKCHAIN_CONFIRMATIONS + 1)
    read = assert_on_chain_once(chain, except_for=except_for)
    events_sync(registry=chain.registry)
    writes = Write.objects.exclude(complaint__complaint_id__in=except_for)
    unconfirmed = [
        (str(write), write.error_code, write.error_detail) for write in writes.exclude(state=State.CONFIRMED)
    ]
    assert unconfirmed == []
    assert not ChainState.objects.filter(agrees=False).exists()
    if not except_for:
        assert not Complaint.objects.exclude(frozen_reason="").exists()
        assert not RelayLease.objects.exclude(stopped_reason="").exists()
    events = sorted(RawLink(*row) for row in ChainEvent.objects.values_list(*RawLink._fields[:-1]))
    assert events == sorted(link._replace(nonce=None) for links in read.links.values() for link in links)
    for write in writes.select_related("complaint"):
        link = read.entries(write.complaint.complaint_id)[write.nonce]
        place = (write.sequence, write.tx_hash, write.block_number, write.block_hash, write.log_index)
        assert place == (link.sequence, link.tx_hash, link.block_number, link.block_hash, link.log_index), write
    before = cache_contents()
    cache_rebuild(registry=chain.registry)
    after = cache_contents()
    differing = {key: _differing(before[key], after[key]) for key in before if before[key] != after[key]}
    assert not differing, differing
    return read


def _differing(before: list[Any], after: list[Any]) -> list[Any]:
    """The first rows that differ, by what differs in them; for the message."""
    pairs = [(one or {}, other or {}) for one, other in zip_longest(before, after) if one != other]
    return [
        {key: (one.get(key), other.get(key)) for key in one | other if one.get(key) != other.get(key)}
        for one, other in pairs[:3]
    ]


def _said(said: Write | RawLink) -> tuple[int, str]:
    # What a pause or a resumption commits to is the chain's own word: the seconds, or the time.
    return said.event_type, "" if said.event_type in (PAUSED, RESUMED) else said.data
