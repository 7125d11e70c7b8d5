"""Several transactions in flight, and reorgs that undo them."""

from collections.abc import Callable
from typing import Any

from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, Complaint, Transaction, Write
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.relay.conftest import age, assert_recorded_once, links_on_chain, manual_mining, recorded, role_call, states

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]
State = Write.State


def test_run__reorg_drops_transactions_within_the_confirmations__land_again_once(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, small_batches: None, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 5
    filed = complaints(8)
    drain()
    assert states() == {State.MINED}
    chain.anvil.rpc("anvil_reorg", 4, [])
    for _ in range(8):
        age()
        relay.run_once()
    drain()
    chain.anvil.mine(6)
    drain()
    assert_recorded_once(chain, *filed)


def test_run__reorg_after_which_the_same_transaction_reverts__nothing_is_shown_as_confirmed(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    (complaint,) = complaints(1)
    drain()
    recorded(complaint, EventType.SLA_PAUSED)
    drain()
    assert states() == {State.MINED}
    attempt = Attempt.objects.order_by("-transaction__nonce")[0]
    revoked = role_call(chain, "revokeRole", "SLA_MANAGER_ROLE", chain.relay_account)
    chain.anvil.rpc("anvil_reorg", 1, [[revoked, 0], [attempt.raw, 0]])
    assert chain.anvil.rpc("eth_getTransactionReceipt", attempt.tx_hash)["status"] == "0x0"
    chain.anvil.mine(5)
    for _ in range(6):
        drain()
    assert [write.state for write in complaint.writes.order_by("nonce")] == [State.CONFIRMED, State.PENDING]
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "SLA_MANAGER_ROLE", chain.relay_account))
    drain()
    chain.anvil.mine(5)
    drain()
    assert_recorded_once(chain, complaint)


def test_run__two_are_dropped_and_the_first_then_reverts__the_order_holds(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 4
    (complaint,) = complaints(1)
    drain()
    recorded(complaint, EventType.SLA_PAUSED)
    drain()
    recorded(complaint, EventType.COMMENTED)
    drain()
    assert states() == {State.MINED}
    _, pause, comment = Attempt.objects.order_by("transaction__nonce")
    revoked = role_call(chain, "revokeRole", "SLA_MANAGER_ROLE", chain.relay_account)
    chain.anvil.rpc("anvil_reorg", 2, [[revoked, 0], [pause.raw, 0], [comment.raw, 1]])
    chain.anvil.mine(6)
    for _ in range(6):
        drain()
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "SLA_MANAGER_ROLE", chain.relay_account))
    settings.BLOCKCHAIN_RETRY_BASE = 0.01
    Write.objects.update(next_attempt_at=None)
    for _ in range(3):
        drain()
        chain.anvil.mine(6)
        drain()
    kinds = [link.event_type for link in links_on_chain(chain, complaint)]
    assert kinds == [EventType.CREATED, EventType.SLA_PAUSED, EventType.COMMENTED]
    assert_recorded_once(chain, complaint)


def test_run__reorg_deeper_than_the_confirmations__starts_again(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, small_batches: None
) -> None:
    filed = complaints(6)
    drain()
    assert states() == {State.CONFIRMED}
    chain.anvil.rpc("anvil_reorg", 3, [])
    for _ in range(10):
        age()
        relay.run_once()
    drain()
    assert_recorded_once(chain, *filed)


def test_run__reorg_deeper_than_the_confirmations_of_a_reverted_transaction__goes_on(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    recorded(complaint, EventType.SLA_PAUSED)
    with manual_mining(chain):
        relay.run_once()
        fees = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
        revoked = role_call(chain, "revokeRole", "SLA_MANAGER_ROLE", chain.relay_account)
        chain.anvil.rpc("eth_sendTransaction", revoked | fees)
    relay.run_once()
    relay.run_once()
    assert (Attempt.objects.get().succeeded, Transaction.objects.get().state) == (False, "confirmed")
    chain.anvil.rpc("anvil_reorg", 2, [])
    for _ in range(10):
        age()
        relay.run_once()
    assert drain() is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_run__nonce_below_is_free_after_a_deep_reorg__it_is_filled(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    first = complaints(1)
    drain()
    chain.anvil.rpc("eth_sendTransaction", {"from": chain.relay_account, "to": chain.stranger, "value": "0x1"})
    second = complaints(1)
    drain()
    # The transfer between them is gone for good.
    chain.anvil.rpc("anvil_reorg", 3, [])
    for _ in range(12):
        age()
        relay.run_once()
    drain()
    assert_recorded_once(chain, *first, *second)


def test_run__indexer_and_relay_after_a_deep_reorg__agree(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    filed = complaints(3)
    drain()
    events_sync(registry=chain.registry)
    chain.anvil.rpc("anvil_reorg", 1, [])
    events_sync(registry=chain.registry)
    assert State.CONFIRMED not in states()
    for _ in range(5):
        age()
        relay.run_once()
    drain()
    events_sync(registry=chain.registry)
    assert_recorded_once(chain, *filed)
