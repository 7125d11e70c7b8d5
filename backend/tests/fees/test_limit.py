"""The daily limit: nothing is signed that could exceed it, and health says so before it is reached."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from blockchain.health.relay import relay_health
from blockchain.models import Attempt, Write
from blockchain.protocol.kinds import EventType
from blockchain.relay.errors import LimitReached
from blockchain.relay.loop import Outcome, Relay
from blockchain.relay.spending import Spending, ether, spending
from tests.chain_fixtures import Chain
from tests.fees.conftest import Filing, told
from tests.fees.node import MarketNode, tips
from tests.relay.conftest import assert_recorded_once, recorded

Drain = Callable[[], Outcome]
wei = st.integers(0, 10**20)


@given(
    limit=wei,
    spent=wei,
    pending=st.dictionaries(st.integers(1, 4), wei),
    fee=st.integers(0, 10**15),
    cost=wei,
    replacing=st.none() | st.integers(1, 4),
)
def test_require__anything_that_is_allowed__keeps_the_most_that_may_be_spent_within_the_limit(
    limit: int, spent: int, pending: dict[int, int], fee: int, cost: int, replacing: int | None
) -> None:
    now = Spending(limit=limit, spent=spent, pending=pending, data_fee=fee)
    try:
        now.require(cost, replacing=replacing)
    except LimitReached:
        return
    key = 0 if replacing is None else replacing
    later = pending | {key: max(pending.get(key, 0), cost + fee)}
    assert spent + sum(later.values()) <= max(limit, now.used if replacing is not None else 0)


@given(limit=wei, spent=wei, fee=st.integers(0, 10**15), price=st.integers(1, 10**12))
def test_gas_left__a_transaction_of_that_much__is_allowed(limit: int, spent: int, fee: int, price: int) -> None:
    now = Spending(limit=limit, spent=spent, pending={}, data_fee=fee)
    if gas := now.gas_left(max_fee=price):
        now.require(gas * price)
    with pytest.raises(LimitReached):
        now.require((gas + 1) * price + max(0, spent + fee - limit))


def spent() -> int:
    return sum(Attempt.objects.exclude(paid_wei=None).values_list("paid_wei", flat=True))


def test_run__limit_is_reached__waits_and_says_so_and_goes_on_a_day_later(
    chain: Chain, relay: Relay, drain: Drain, filing: Filing, settings: Any
) -> None:
    filed = filing("T1")
    drain()
    (first,) = Attempt.objects.all()
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = (first.paid_wei + first.most_wei // 10) / 10**18
    recorded(filed, EventType.COMMENTED)
    for _ in range(3):
        assert drain() is Outcome.BLOCKED
    assert Attempt.objects.count() == 1
    said = told_of_limit(chain)
    assert f"{ether(first.paid_wei)} ether were spent in the last 24 hours" in said["problem"]
    assert "set BLOCKCHAIN_DAILY_LIMIT_ETHER to at least" in said["remedy"]
    Attempt.objects.update(paid_at=F("paid_at") - timedelta(hours=25))
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = first.most_wei * 2 / 10**18
    drain()
    assert_recorded_once(chain, filed)


@pytest.mark.parametrize(("more", "is_red"), [(0, True), (10, False)], ids=["at 80 %", "below"])
def test_health__limit_is_used_up_by_80_percent__red_from_there_on(
    chain: Chain, drain: Drain, filing: Filing, settings: Any, more: int, is_red: bool
) -> None:
    filing("T1")
    drain()
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = (spent() * 5 // 4 + more) / 10**18
    problems = [each["problem"] for each in relay_health(chain.registry)["problems"]]
    assert any("% of the daily limit" in problem for problem in problems) is is_red


def told_of_limit(chain: Chain) -> dict[str, str]:
    """What health says of the relay that is blocked; the warning at 80 % stands beside it."""
    problems: list[dict[str, str]] = relay_health(chain.registry)["problems"]
    blocked = [each for each in problems if "the relay can't write: the daily limit" in each["problem"]]
    assert len(blocked) == 1
    return blocked[0]


def test_run__many_writes_and_little_left__a_smaller_batch_travels(
    chain: Chain, market: MarketNode, drain: Drain, filing: Filing, settings: Any
) -> None:
    # All of them cost more than that, and one batch of them may.
    market.instead["eth_feeHistory"] = tips(2)
    filed = [filing(f"T{number}") for number in range(30)]
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = 0.0016
    # Each round signs what is left room for, and says that more has to wait.
    assert [drain() for _ in range(5)] == [Outcome.BLOCKED] * 5
    landed = Write.objects.filter(state="confirmed").count()
    assert 0 < landed < 30
    assert spent() <= settings.BLOCKCHAIN_DAILY_LIMIT_ETHER * 10**18
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = 0.0
    drain()
    assert_recorded_once(chain, *filed)


def test_run__stuck_at_the_limit__fees_are_not_raised_beyond_it_and_the_old_bytes_may_land(
    chain: Chain, relay: Relay, drain: Drain, filing: Filing, settings: Any
) -> None:
    chain.anvil.rpc("evm_setAutomine", False)
    filed = filing("T1")
    relay.run_once()
    (sent,) = Attempt.objects.all()
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = sent.most_wei * 1.05 / 10**18
    Attempt.objects.update(created_at=timezone.now() - timedelta(seconds=91))
    assert relay.run_once() is Outcome.BLOCKED
    assert Attempt.objects.count() == 1
    assert "daily limit" in told_of_limit(chain)["problem"]
    chain.anvil.rpc("evm_setAutomine", True)
    chain.anvil.mine()
    drain()
    assert_recorded_once(chain, filed)


def test_relay_health__most_of_the_limit_is_used__red_before_it_stops(
    chain: Chain, drain: Drain, filing: Filing, settings: Any
) -> None:
    filing("T1")
    drain()
    limited = spending()
    assert limited is None
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = spent() / 0.79 / 10**18
    assert not [each for each in relay_health(chain.registry)["problems"] if "daily limit" in each["problem"]]
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = spent() / 0.855 / 10**18
    said = told(chain)
    assert "85 % of the daily limit" in said["problem"]
    assert "BLOCKCHAIN_DAILY_LIMIT_ETHER" in said["remedy"]
