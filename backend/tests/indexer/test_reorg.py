"""Blocks that are gone, before or after the indexer came to them: what the relay took for settled starts again."""

from typing import Any

import pytest

from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, ChainEvent, ChainState, Complaint, ScanCursor, Transaction, Write
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType
from blockchain.recovery.outcome import CONTRADICTED, UNLAWFUL
from tests.chain_fixtures import Chain
from tests.indexer.conftest import Filing, assert_as_on_chain, links_read, mined, mined_as_ours, record, states_of

State = Write.State


def reorged(chain: Chain, depth: int, *transactions: str) -> None:
    """Replaces the newest blocks; the transactions (calldata) come again, in the first of the new blocks."""
    request = {"from": chain.relay_account, "to": chain.address, "gas": hex(5_000_000)}
    chain.anvil.rpc("anvil_reorg", depth, [[{**request, "data": data}, 0] for data in transactions])


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_events_sync__reorg_of_read_blocks__rewinds_and_what_is_gone_starts_again(
    chain: Chain, file: Filing, depth: int
) -> None:
    complaints = []
    for _ in range(5):
        complaints.append(file())
        mined_as_ours(chain)
        events_sync(registry=chain.registry)
    reorged(chain, depth)
    result = events_sync(registry=chain.registry)
    assert result.rewound >= depth
    assert ChainEvent.objects.count() == ChainState.objects.count() == 5 - depth
    assert [states_of(each) for each in complaints] == [[State.CONFIRMED]] * (5 - depth) + [[State.SENT]] * depth
    assert Transaction.objects.filter(state=Transaction.State.OPEN).count() == depth
    assert Attempt.objects.filter(block_hash="").count() == depth
    for complaint in complaints:
        assert_as_on_chain(chain, complaint)


def test_events_sync__landed_in_somebody_elses_transaction_that_is_gone__is_pending_again(
    chain: Chain, complaint: Complaint
) -> None:
    mined(chain)
    links_read(chain, complaint)
    reorged(chain, 1)
    assert links_read(chain, complaint) == []
    assert states_of(complaint) == [State.PENDING]
    mined(chain)
    assert links_read(chain, complaint) == [EventType.CREATED]
    assert states_of(complaint) == [State.CONFIRMED]


def test_events_sync__reorg_before_it_came_and_transaction_gone__opens_it_again(
    chain: Chain, complaint: Complaint
) -> None:
    events_sync(registry=chain.registry)
    ours = mined_as_ours(chain)
    reorged(chain, 1)
    chain.anvil.mine()
    result = events_sync(registry=chain.registry)
    assert (result.rewound, result.undone) == (0, 1)
    ours.refresh_from_db()
    assert ours.state == Transaction.State.OPEN
    assert states_of(complaint) == [State.SENT]


def test_events_sync__reorg_before_it_came_and_same_entries_in_another_block__land_there(
    chain: Chain, complaint: Complaint
) -> None:
    events_sync(registry=chain.registry)
    ours = mined_as_ours(chain)
    before = Write.objects.get()
    reorged(chain, 1, ours.data)
    assert links_read(chain, complaint) == [EventType.CREATED]
    after = Write.objects.get()
    assert after.state == State.CONFIRMED
    assert after.block_hash == ChainEvent.objects.get().block_hash != before.block_hash


@pytest.mark.parametrize("heal", [events_sync, cache_reconcile], ids=["sync", "reconcile"])
def test_indexer__unknown_link_that_froze_a_complaint_is_gone__thawed(
    chain: Chain, complaint: Complaint, heal: Any
) -> None:
    mined(chain)
    events_sync(registry=chain.registry)
    entry = (unhex(complaint.complaint_id), b"\x07" * 32, EventType.COMMENTED, 1)
    chain.write("recordBatch", [entry])
    events_sync(registry=chain.registry)
    assert "COMMENTED" in Complaint.objects.get().frozen_reason
    # It comes again in another block: still frozen.
    reorged(chain, 1, "0x" + chain.registry.encode("recordBatch", [entry]).hex())
    heal(registry=chain.registry)
    assert "COMMENTED" in Complaint.objects.get().frozen_reason
    reorged(chain, 1)
    heal(registry=chain.registry)
    assert Complaint.objects.get().frozen_reason == ""
    record(complaint, EventType.ASSIGNED)
    mined(chain)
    assert links_read(chain, complaint) == [EventType.CREATED, EventType.ASSIGNED]
    assert states_of(complaint) == [State.CONFIRMED] * 2


def test_events_sync__frozen_by_what_was_never_there__thawed(chain: Chain, complaint: Complaint) -> None:
    """As by a node that showed a link which no other node has."""
    mined(chain)
    events_sync(registry=chain.registry)
    Complaint.objects.update(frozen_reason="the chain has a link that this system did not record: number 2")
    events_sync(registry=chain.registry)
    assert Complaint.objects.get().frozen_reason == ""


@pytest.mark.parametrize("reason", [UNLAWFUL, CONTRADICTED])
def test_events_sync__frozen_until_somebody_decides__stays_so(chain: Chain, complaint: Complaint, reason: str) -> None:
    mined(chain)
    events_sync(registry=chain.registry)
    Complaint.objects.update(frozen_reason=reason)
    events_sync(registry=chain.registry)
    assert Complaint.objects.get().frozen_reason == reason


def revoked(chain: Chain) -> str:
    """Calldata that the relay's account takes its own role with."""
    role = chain.registry.call("RECORDER_ROLE")[0]
    return "0x" + chain.registry.encode("renounceRole", role, chain.relay_account).hex()


@pytest.mark.parametrize("heal", ["sync", "reconcile", "rebuild"])
@pytest.mark.parametrize("read_before", [True, False], ids=["read", "unread"])
def test_indexer__confirmed_transaction_reverts_after_a_reorg__starts_again(
    chain: Chain, complaint: Complaint, heal: str, read_before: bool
) -> None:
    """The same bytes are in the new block, after a transaction that takes the role away."""
    mined_as_ours(chain)
    events_sync(registry=chain.registry)
    chain.anvil.mine()
    record(complaint, EventType.COMMENTED)
    ours = mined_as_ours(chain)
    if read_before:
        events_sync(registry=chain.registry)
    reorged(chain, 2, revoked(chain))
    # The reorg puts transactions in without their estimate: this one is mined, and reverts.
    request = {"from": chain.relay_account, "to": chain.address, "data": ours.data, "gas": hex(5_000_000)}
    receipt = chain.anvil.rpc("eth_sendTransactionSync", request)
    assert receipt["status"] == "0x0"
    Attempt.objects.filter(transaction=ours).update(tx_hash=receipt["transactionHash"])
    Write.objects.filter(nonce=1).update(tx_hash=receipt["transactionHash"])
    ChainEvent.objects.filter(event_type=EventType.COMMENTED).update(tx_hash=receipt["transactionHash"])
    {"sync": events_sync, "reconcile": cache_reconcile, "rebuild": cache_rebuild}[heal](registry=chain.registry)
    ours.refresh_from_db()
    assert ours.state == Transaction.State.OPEN
    assert states_of(complaint) == [State.CONFIRMED, State.SENT]
    assert assert_as_on_chain(chain, complaint) == [EventType.CREATED]


@pytest.mark.parametrize("heal", [cache_reconcile, cache_rebuild])
def test_indexer__reverted_transaction_gone_long_after_it_was_read__is_opened_again(
    chain: Chain, complaint: Complaint, heal: Any
) -> None:
    """As of a backup of the chain: no link tells of such a transaction, and the cursor has passed it."""
    mined_as_ours(chain)
    events_sync(registry=chain.registry)
    gone = Transaction.objects.create(signer=chain.stranger, nonce=7, kind="record", data="0x", state="confirmed")
    Attempt.objects.create(
        transaction=gone,
        tx_hash="0x" + "99" * 32,
        raw="0x",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
        succeeded=False,
        block_number=ScanCursor.objects.get().block_number,
        block_hash="0x" + "98" * 32,
        gas_used=1,
        effective_gas_price=1,
    )
    heal(registry=chain.registry)
    gone.refresh_from_db()
    assert gone.state == Transaction.State.OPEN
    assert Attempt.objects.get(transaction=gone).block_hash == ""
    assert states_of(complaint) == [State.CONFIRMED]


def test_events_sync__reverted_transaction_that_stays__is_left_alone(chain: Chain, complaint: Complaint) -> None:
    events_sync(registry=chain.registry)
    request = {"from": chain.stranger, "to": chain.address, "data": "0x12345678", "gas": hex(100_000)}
    receipt = chain.anvil.rpc("eth_sendTransactionSync", request)
    assert receipt["status"] == "0x0"
    from tests.indexer.conftest import settled

    ours = settled(chain, "0x12345678", receipt)
    result = events_sync(registry=chain.registry)
    ours.refresh_from_db()
    assert (result.undone, ours.state) == (0, Transaction.State.CONFIRMED)
