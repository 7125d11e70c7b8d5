"""Estimates that are too low, where a write costs more gas than the table says: paid for a few times only."""

from collections.abc import Callable
from typing import Any

import pytest

from blockchain.models import Attempt, Transaction, Write
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fees.conftest import Filing, told
from tests.fees.node import MarketNode
from tests.relay.conftest import assert_recorded_once, recorded, role_call

Drain = Callable[[], Outcome]


def too_low(part: float) -> Callable[[str], str]:
    """Estimates of a node that finds only a part of the gas."""
    return lambda estimate: hex(int(int(estimate, 16) * part))


@pytest.fixture(autouse=True)
def expensive_chain(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Nothing is known of the gas of an entry but the estimate."""
    settings.BLOCKCHAIN_RETRY_BASE = settings.BLOCKCHAIN_RETRY_CAP = 0.01
    for name, value in (
        ("ENTRY_GAS", {}),
        ("OTHER_ENTRY_GAS", 0),
        ("AGAIN_GAS", 0),
        ("BASE_GAS", 0),
        ("BREACH_GAS", 0),
    ):
        monkeypatch.setattr(f"blockchain.relay.pack.{name}", value)


def patiently(drain: Drain) -> Outcome:
    """Until it is blocked or nothing waits; writes that start again wait for a moment."""
    for _ in range(20):
        Write.objects.update(next_attempt_at=None)
        outcome = drain()
        if outcome is Outcome.BLOCKED or not Write.objects.exclude(state="confirmed").exists():
            return outcome
    raise AssertionError("still waiting")


def test_run__estimate_too_low_for_the_margin__grows_and_lands_and_stays_grown(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing
) -> None:
    market.changed["eth_estimateGas"] = too_low(0.6)
    filed = filing("T1")
    patiently(drain)
    runs = list(Attempt.objects.order_by("pk").values_list("succeeded", "transaction__gas_margin"))
    assert runs == [(False, 1.25), (True, 1.875)]
    assert len({each.transaction.data for each in Attempt.objects.select_related("transaction")}) == 1
    recorded(filed, EventType.COMMENTED)
    patiently(drain)
    assert list(Attempt.objects.order_by("pk").values_list("succeeded", flat=True)) == [False, True, True]
    assert_recorded_once(chain, filed)


def test_run__estimate_far_too_low__gives_up_with_the_numbers_and_goes_on_with_a_larger_margin(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing, settings: Any
) -> None:
    market.changed["eth_estimateGas"] = lambda estimate: hex(60_000)
    filed = [filing(f"T{number}") for number in range(10)]
    assert patiently(drain) is Outcome.BLOCKED
    assert [each.ran_out_of_gas for each in Attempt.objects.all()] == [True] * 4
    assert patiently(drain) is Outcome.BLOCKED
    assert Attempt.objects.count() == 4
    said = told(chain)
    assert "transactions run out of gas although the margin has grown to 4.22 times" in said["problem"]
    assert "set BLOCKCHAIN_GAS_MARGIN above 4.22" in said["remedy"]
    settings.BLOCKCHAIN_GAS_MARGIN = 9.0
    patiently(drain)
    assert_recorded_once(chain, *filed)


def test_run__reverts_for_another_reason__margin_stays(
    chain: Chain, relay: Relay, drain: Drain, filing: Filing
) -> None:
    filed = filing("T1")
    patiently(drain)
    chain.anvil.rpc("evm_setAutomine", False)
    recorded(filed, EventType.COMMENTED)
    relay.run_once()
    first = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "revokeRole", "RECORDER_ROLE", chain.relay_account) | first)
    chain.anvil.mine()
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", chain.relay_account))
    patiently(drain)
    runs = list(Attempt.objects.order_by("pk").values_list("succeeded", "transaction__gas_margin"))
    assert runs == [(True, 1.25), (False, 1.25), (True, 1.25)]
    assert_recorded_once(chain, filed)


def test_run__empty_transfer_takes_more_gas_than_on_ethereum__has_it(
    chain: Chain, market: MarketNode, relay: Relay, drain: Drain, filing: Filing
) -> None:
    """As on Arbitrum, where the bytes of a transaction count as gas."""
    filed = filing("T1")
    chain.anvil.rpc("evm_setAutomine", False)
    relay.run_once()
    Transaction.objects.update(refusals=5)
    market.changed["eth_estimateGas"] = lambda estimate: hex(int(estimate, 16) + 100_000)
    relay.run_once()
    cancel = Attempt.objects.get(cancels=True)
    assert cancel.gas_limit == 121_000 * 1.25
    chain.anvil.mine()
    chain.anvil.rpc("evm_setAutomine", True)
    patiently(drain)
    assert_recorded_once(chain, filed)
