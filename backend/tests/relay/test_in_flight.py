"""Several transactions in flight: dropped, stuck, refused, replaced, left behind by another key."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers.local import LocalSigner
from blockchain.models import Attempt, Complaint, RelayLease, Transaction, Write
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import RELAY_KEY, Chain
from tests.faults.rpc_proxy import RpcProxy
from tests.relay.conftest import age, assert_recorded_once, manual_mining, recorded, role_call, states

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]
State = Write.State
# Account 3 of anvil's mnemonic.
OLD_KEY = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"


def test_run__four_in_flight__a_complaint_is_in_one_of_them_at_most(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint]
) -> None:
    recorded(four_open[0], EventType.COMMENTED)
    assert relay.run_once() is Outcome.WAITING
    assert Transaction.objects.count() == 4
    assert four_open[0].writes.get(nonce=1).state == State.PENDING
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    assert_recorded_once(chain, *four_open)


def test_run__lowest_is_dropped__same_bytes_are_sent_again(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint]
) -> None:
    lowest = Attempt.objects.order_by("transaction__nonce")[0]
    chain.anvil.rpc("anvil_dropTransaction", lowest.tx_hash)
    chain.anvil.mine()
    relay.run_once()
    assert states(four_open[0]) == {State.SENT}
    age()
    relay.run_once()
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    lowest.refresh_from_db()
    assert lowest.succeeded
    assert_recorded_once(chain, *four_open)


def test_run__stuck_by_fees__all_are_raised_and_none_is_signed_meanwhile(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint], settings: Any
) -> None:
    settings.BLOCKCHAIN_RELAY_IN_FLIGHT = 5
    Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=91))
    relay.run_once()
    assert Transaction.objects.count() == 4
    for first, second in [tuple(each.attempts.order_by("attempt_number")) for each in Transaction.objects.all()]:
        assert second.max_fee_per_gas * 100 >= first.max_fee_per_gas * 110
        assert second.max_priority_fee_per_gas * 100 >= first.max_priority_fee_per_gas * 110
        sent = [TypedTransaction.from_bytes(HexBytes(each.raw)).as_dict() for each in (first, second)]
        assert sent[0]["nonce"] == sent[1]["nonce"]
        assert sent[0]["data"] == sent[1]["data"]
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    assert_recorded_once(chain, *four_open)


def test_run__dropped_with_its_fees_at_the_cap__same_bytes_are_sent_again(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint], settings: Any
) -> None:
    settings.BLOCKCHAIN_MAX_FEE_GWEI = max(each.max_fee_per_gas for each in Attempt.objects.all()) / 10**9
    for attempt in Attempt.objects.all():
        chain.anvil.rpc("anvil_dropTransaction", attempt.tx_hash)
    age()
    Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=91))
    assert relay.run_once() is Outcome.BLOCKED
    assert int(chain.anvil.rpc("txpool_status")["pending"], 16) == 4
    assert Attempt.objects.count() == 4
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    assert_recorded_once(chain, *four_open)


def test_run__key_without_ether__fees_are_not_raised_and_ether_helps(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (filed,) = complaints(1)
    balance = chain.anvil.rpc("eth_getBalance", chain.relay_account, "latest")
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, "0x1")
    for _ in range(3):
        assert relay.run_once() is Outcome.BLOCKED
        age()
        Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=91))
    assert Attempt.objects.count() == 1
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, balance)
    drain()
    assert_recorded_once(chain, filed)


def test_run__refused_again_and_again__an_empty_transfer_takes_its_nonce(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint]
) -> None:
    third = Attempt.objects.order_by("transaction__nonce")[2]
    others = list(Attempt.objects.exclude(pk=third.pk))
    for attempt in Attempt.objects.all():
        chain.anvil.rpc("anvil_dropTransaction", attempt.tx_hash)
    # More gas than a block has: no node takes it, at any price.
    account = Account.from_key(RELAY_KEY)
    fields = {
        "chainId": 31337,
        "nonce": third.transaction.nonce,
        "to": chain.address,
        "value": 0,
        "data": third.transaction.data,
        "gas": 10**9,
        "maxFeePerGas": 10**9 * 3,
        "maxPriorityFeePerGas": 10**9,
        "type": 2,
    }
    signed = account.sign_transaction(fields)
    Attempt.objects.filter(pk=third.pk).update(raw=signed.raw_transaction.to_0x_hex(), tx_hash=signed.hash.to_0x_hex())
    Attempt.objects.filter(pk=third.pk).update(gas_limit=10**6)
    for _ in range(7):
        age()
        relay.run_once()
    cancel = Attempt.objects.get(cancels=True)
    assert cancel.transaction == third.transaction
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    cancel.refresh_from_db()
    assert (cancel.succeeded, cancel.transaction.state) == (True, "confirmed")
    assert all(each.transaction.state == "confirmed" for each in others if not each.refresh_from_db())
    assert_recorded_once(chain, *four_open)


def test_run__nonce_used_from_outside__writes_land_at_another(
    chain: Chain, relay: Relay, drain: Drain, four_open: list[Complaint]
) -> None:
    lowest = Transaction.objects.order_by("nonce")[0]
    chain.anvil.rpc("anvil_dropTransaction", lowest.attempts.get().tx_hash)
    same_key = {"from": chain.relay_account, "to": chain.stranger, "value": "0x1", "nonce": hex(lowest.nonce)}
    chain.anvil.rpc("eth_sendTransaction", same_key)
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    lowest.refresh_from_db()
    assert lowest.state == "replaced"
    assert_recorded_once(chain, *four_open)


def test_run__balance_is_gone__blocked_with_the_reason(chain: Chain, relay: Relay, complaints: File) -> None:
    complaints(1)
    balance = chain.anvil.rpc("eth_getBalance", chain.relay_account, "latest")
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, hex(1000))
    assert relay.run_once() is Outcome.BLOCKED
    assert "balance" in RelayLease.objects.get().blocked_reason
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, balance)
    age()
    relay.run_until_idle(rounds=100)
    assert states() == {State.CONFIRMED}


def test_run__replica_lags_behind__nothing_is_lost_doubled_or_skipped(
    chain: Chain, relay: Relay, complaints: File, settings: Any
) -> None:
    settings.BLOCKCHAIN_RETRY_BASE = 0.01
    filed = complaints(3)
    with RpcProxy(upstream=chain.anvil.url) as proxy:
        # Every other request is answered by a node that is behind, never by the same distance.
        proxy.lag = lambda number: (0, 2, 0, 1, 0)[number % 5]
        lagging = Relay(
            registry=Registry(deployed=chain.registry.deployment, on=Node(url=proxy.url)), signer=relay.signer
        )
        for kind in (EventType.COMMENTED, EventType.SLA_PAUSED, EventType.SLA_RESUMED, EventType.COMMENTED):
            for _ in range(6):
                lagging.run_once()
            for complaint in filed:
                recorded(complaint, kind)
        for _ in range(200):
            lagging.run_once()
            if states() == {State.CONFIRMED}:
                break
    assert_recorded_once(chain, *filed)
    assert Transaction.objects.filter(skipped__gt=0).count() == 0


def test_run__old_key_left_a_transaction_that_was_dropped__it_is_sent_again_and_settled(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, settings: Any
) -> None:
    old = with_old_key(chain)
    (complaint,) = complaints(1)
    with manual_mining(chain):
        old.run_once()
        old.release()
        chain.anvil.rpc("anvil_dropTransaction", Attempt.objects.get().tx_hash)
        recorded(complaint, EventType.COMMENTED)
        assert relay.run_once() is Outcome.IDLE
        age(settings.BLOCKCHAIN_BUMP_AFTER + 1)
        relay.run_once()
    drain()
    assert Transaction.objects.get(signer=old.signer.address).state == "confirmed"
    assert_recorded_once(chain, complaint)


def test_run__old_key_lost_its_roles__its_writes_travel_with_the_new_one(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    old = with_old_key(chain)
    (complaint,) = complaints(1)
    with manual_mining(chain):
        old.run_once()
        old.release()
        fees = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
        revoked = role_call(chain, "revokeRole", "INTAKE_ROLE", old.signer.address)
        chain.anvil.rpc("eth_sendTransaction", revoked | fees)
    drain()
    assert Attempt.objects.get(transaction__signer=old.signer.address).succeeded is False
    assert Attempt.objects.get(transaction__signer=relay.signer.address).succeeded is True
    assert_recorded_once(chain, complaint)


def with_old_key(chain: Chain) -> Relay:
    old = Relay(registry=chain.registry, signer=LocalSigner(OLD_KEY))
    for role in ("INTAKE_ROLE", "RECORDER_ROLE", "SLA_MANAGER_ROLE"):
        chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", role, old.signer.address))
    return old
