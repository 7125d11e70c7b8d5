"""Fees as pure decisions: what is offered in a market, within the settings' bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.models import Attempt
from blockchain.relay.errors import FeesAtCap
from blockchain.relay.fees import Bounds, Fees, fee_bounds, fees_suggest, is_met
from blockchain.relay.market import Market, tip_of_history
from blockchain.relay.refusals import Demand

GWEI = 10**9
BOUNDS = Bounds(min_tip=10**6, max_tip=50 * GWEI, max_fee=200 * GWEI)
wei = st.integers(0, 400 * GWEI)
demands = st.builds(Demand, base_fee=wei, tip=wei, price=wei, twice=st.booleans())
markets = st.builds(Market, base_fee=wei, tip=st.none() | wei) | st.builds(Market, gas_price=wei)


def attempt(max_fee: int, tip: int) -> Attempt:
    return Attempt(tx_hash="0xstuck", max_fee_per_gas=max_fee, max_priority_fee_per_gas=min(tip, max_fee))


@given(base=st.integers(0, 200 * GWEI), tip=st.none() | wei)
def test_fees_suggest__first_attempt__room_for_the_base_fee_to_double_within_the_cap(
    base: int, tip: int | None
) -> None:
    fees = fees_suggest(market=Market(base_fee=base, tip=tip), bounds=BOUNDS)
    offered = min(max(tip or 0, BOUNDS.min_tip), BOUNDS.max_tip)
    expected = min(2 * base + offered, BOUNDS.max_fee)
    assert fees == Fees(max_fee=max(expected, base), priority_fee=min(offered, fees.max_fee))


@given(market=markets, demand=demands, replacing=st.none() | st.builds(attempt, st.integers(0, 200 * GWEI), wei))
def test_fees_suggest__any_market_and_any_demand__never_above_the_caps(
    market: Market, demand: Demand, replacing: Attempt | None
) -> None:
    try:
        fees = fees_suggest(market=market, bounds=BOUNDS, demand=demand, replacing=replacing)
    except FeesAtCap:
        return
    assert 0 <= fees.priority_fee <= fees.max_fee <= BOUNDS.max_fee
    if replacing is None and not fees.legacy:
        assert fees.priority_fee <= BOUNDS.max_tip
    if replacing is not None:
        assert 10 * fees.max_fee >= 11 * replacing.max_fee_per_gas
        assert fees.max_fee > replacing.max_fee_per_gas
        assert 10 * fees.priority_fee >= 11 * replacing.max_priority_fee_per_gas
        assert fees.priority_fee > replacing.max_priority_fee_per_gas


@given(base=st.integers(0, 60 * GWEI), demand=st.builds(Demand, tip=st.integers(0, 50 * GWEI)))
def test_fees_suggest__demand_within_the_caps__is_met(base: int, demand: Demand) -> None:
    fees = fees_suggest(market=Market(base_fee=base), bounds=BOUNDS, demand=demand)
    assert is_met(demand, attempt(fees.max_fee, fees.priority_fee), base_fee=base)


def test_fees_suggest__cap_below_the_tip__tip_is_no_more_than_the_whole(settings: Any) -> None:
    settings.BLOCKCHAIN_MAX_FEE_GWEI = 1.0
    fees = fees_suggest(market=Market(base_fee=GWEI, tip=3 * GWEI), bounds=fee_bounds())
    assert (fees.max_fee, fees.priority_fee) == (GWEI, GWEI)


CAPPED: dict[str, tuple[dict[str, Any], str, str]] = {
    "base_fee": (
        {"market": Market(base_fee=201 * GWEI)},
        "the chain requires 201 gwei, more than BLOCKCHAIN_MAX_FEE_GWEI (200 gwei)",
        "set BLOCKCHAIN_MAX_FEE_GWEI to at least 201;",
    ),
    "gas_price": (
        {"market": Market(gas_price=200 * GWEI + 1)},
        "the chain requires 200.000000001 gwei, more than BLOCKCHAIN_MAX_FEE_GWEI (200 gwei)",
        "set BLOCKCHAIN_MAX_FEE_GWEI to at least 200.000000001;",
    ),
    "minimum": (
        {"market": Market(gas_price=GWEI), "demand": Demand(price=300 * GWEI)},
        "the node requires 300 gwei, more than BLOCKCHAIN_MAX_FEE_GWEI (200 gwei)",
        "set BLOCKCHAIN_MAX_FEE_GWEI to at least 300;",
    ),
    "tip": (
        {"market": Market(base_fee=GWEI), "demand": Demand(tip=60 * GWEI)},
        "the node requires a tip of 60 gwei, more than BLOCKCHAIN_MAX_TIP_GWEI (50 gwei)",
        "set BLOCKCHAIN_MAX_TIP_GWEI to at least 60;",
    ),
    "stuck": (
        {"market": Market(base_fee=1), "replacing": attempt(200 * GWEI, GWEI)},
        "transaction 0xstuck is stuck and its fees are at BLOCKCHAIN_MAX_FEE_GWEI (200 gwei)",
        "set BLOCKCHAIN_MAX_FEE_GWEI to at least 225;",
    ),
}


@pytest.mark.parametrize("what", CAPPED)
def test_fees_suggest__above_a_cap__names_the_number_the_setting_and_what_it_needs(what: str) -> None:
    given_, reason, remedy = CAPPED[what]
    with pytest.raises(FeesAtCap) as raised:
        fees_suggest(bounds=BOUNDS, **given_)
    assert str(raised.value) == reason
    assert remedy in raised.value.remedy


def test_fields__market__decides_the_kind_of_the_transaction() -> None:
    assert fees_suggest(market=Market(gas_price=3 * GWEI), bounds=BOUNDS).fields() == {"gasPrice": 3 * GWEI}
    assert fees_suggest(market=Market(base_fee=1), bounds=BOUNDS).fields().keys() == {
        "type",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
    }


def test_tip_of_history__empty_blocks__do_not_count() -> None:
    history = {"reward": [["0x0"], ["0x5"], ["0x9"]], "gasUsedRatio": [0, 0.1, 0.9]}
    assert tip_of_history(history) == 5
    assert tip_of_history({"reward": [["0x0"]], "gasUsedRatio": [0]}) is None
    assert tip_of_history({"reward": None}) is None
    assert tip_of_history(None) is None
