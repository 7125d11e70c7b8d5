"""Fee markets, from outside: what the relay offers, and what it does when a node asks for more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from blockchain.models import Attempt, Complaint
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fees.conftest import Filing, told
from tests.fees.node import MarketNode, Refusal, not_there, offer, tips, wants, without_base_fee
from tests.relay.conftest import assert_recorded_once

GWEI = 10**9
Drain = Callable[[], Outcome]
BOR = "transaction underpriced: gas tip cap {has}, minimum needed {least}"


def tips_offered() -> list[int]:
    return list(Attempt.objects.order_by("pk").values_list("max_priority_fee_per_gas", flat=True))


@pytest.mark.parametrize(
    ("offered", "expected"),
    [((0.00002, 0.00001, 0.3), 1_000_000), ((0.5, 2, 30), 2 * GWEI), ((900, 900, 900), 50 * GWEI)],
    ids=["floor", "median", "cap"],
)
def test_run__tips_of_others__the_median_within_floor_and_cap(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing, offered: tuple[float, ...], expected: int
) -> None:
    market.instead["eth_feeHistory"] = tips(*offered)
    filed = filing("T1")
    drain()
    assert tips_offered() == [expected]
    assert_recorded_once(chain, filed)


@pytest.mark.parametrize(
    ("history", "suggestion", "expected"),
    [
        (not_there, lambda params: hex(3 * GWEI), 3 * GWEI),
        (lambda params: {"oldestBlock": "0x1", "reward": None}, lambda params: hex(3 * GWEI), 3 * GWEI),
        (tips(), lambda params: hex(3 * GWEI), 3 * GWEI),
        (not_there, not_there, 1_000_000),
        (lambda params: {"reward": "many"}, lambda params: "0xzz", 1_000_000),
    ],
    ids=["no_history", "no_rewards", "empty_blocks", "neither", "odd_answers"],
)
def test_run__node_without_history__the_suggestion_or_the_floor(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing, history: Any, suggestion: Any, expected: int
) -> None:
    market.instead |= {"eth_feeHistory": history, "eth_maxPriorityFeePerGas": suggestion}
    filed = filing("T1")
    drain()
    assert tips_offered() == [expected]
    assert_recorded_once(chain, filed)


def test_run__node_wants_a_tip_of_25_gwei__obeyed_in_the_same_round_and_remembered(
    chain: Chain, market: MarketNode, relay: Relay, drain: Drain, filing: Filing
) -> None:
    market.instead |= {"eth_feeHistory": tips(1), "eth_sendRawTransaction": wants(25 * GWEI, BOR)}
    first = filing("T1")
    assert relay.run_once() is Outcome.WORKED
    assert tips_offered() == [GWEI, 25 * GWEI]
    drain()
    second = filing("T2")
    drain()
    assert tips_offered() == [GWEI, 25 * GWEI, 25 * GWEI]
    assert_recorded_once(chain, first, second)


def test_run__node_wants_more_than_the_cap__health_names_the_number_and_the_setting(
    chain: Chain, market: MarketNode, relay: Relay, drain: Drain, filing: Filing, settings: Any
) -> None:
    market.instead |= {"eth_feeHistory": tips(1), "eth_sendRawTransaction": wants(60 * GWEI, BOR)}
    filed = filing("T1")
    assert [relay.run_once() for _ in range(3)] == [Outcome.BLOCKED] * 3
    said = told(chain)
    assert "the node requires a tip of 60 gwei, more than BLOCKCHAIN_MAX_TIP_GWEI (50 gwei)" in said["problem"]
    assert "set BLOCKCHAIN_MAX_TIP_GWEI to at least 60;" in said["remedy"]
    assert max(tips_offered()) <= 50 * GWEI
    settings.BLOCKCHAIN_MAX_TIP_GWEI = 60
    drain()
    assert_recorded_once(chain, filed)


def test_run__node_says_too_low_without_a_number__the_price_that_it_suggests(
    chain: Chain, market: MarketNode, relay: Relay, drain: Drain, filing: Filing
) -> None:
    besu = wants(5 * GWEI, "Gas price below configured minimum gas price")
    market.instead |= {
        "eth_feeHistory": tips(1),
        "eth_sendRawTransaction": besu,
        "eth_gasPrice": lambda params: hex(9 * GWEI),
    }
    filed = filing("T1")
    assert relay.run_once() is Outcome.WORKED
    drain()
    assert 5 * GWEI <= max(tips_offered()) <= 9 * GWEI
    assert_recorded_once(chain, filed)


@pytest.mark.parametrize("least", [0, 7 * GWEI], ids=["price", "minimum"])
def test_run__chain_without_a_base_fee__pays_the_gas_price_or_the_minimum_that_is_named(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing, least: int
) -> None:
    market.changed["eth_getBlockByNumber"] = without_base_fee
    text = "Gas price '{has}' is below configured minimum gas price '{least}'"
    market.instead |= {"eth_gasPrice": lambda params: hex(3 * GWEI), "eth_sendRawTransaction": wants(least, text)}
    filed = filing("T1")
    drain()
    paid = Attempt.objects.get(succeeded=True)
    assert paid.max_fee_per_gas == paid.max_priority_fee_per_gas >= max(3 * GWEI, least)
    assert paid.effective_gas_price == paid.max_fee_per_gas
    assert_recorded_once(chain, filed)


def test_run__pool_wants_a_replacement_to_double__done_once_and_not_again_and_again(
    chain: Chain, market: MarketNode, relay: Relay, filing: Filing
) -> None:
    chain.anvil.rpc("evm_setAutomine", False)
    filed: Complaint = filing("T1")
    relay.run_once()
    pooled = Attempt.objects.get()

    def pool(params: list[Any]) -> None:
        if offer(params[0])["maxFeePerGas"] < 2 * pooled.max_fee_per_gas:
            raise Refusal("replacement transaction underpriced")

    market.instead["eth_sendRawTransaction"] = pool
    Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=91))
    for _ in range(4):
        relay.run_once()
    assert Attempt.objects.count() == 3
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    relay.run_until_idle()
    assert_recorded_once(chain, filed)
