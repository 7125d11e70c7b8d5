"""Of what kind a transaction without a write is, and which month a moment belongs to: without a database."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.costs.months import (
    CANCELLED,
    ESCALATIONS,
    OBJECTIONS,
    REVERTED,
    SKIPPED,
    Cost,
    _add,
    _kind_without_write,
    costs_by_month,
)
from blockchain.models import Transaction

Kind = Transaction.Kind
Costs = dict[tuple[str, str], Cost]


def costs_new() -> Costs:
    return defaultdict(lambda: Cost(month="", kind=""))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("cancels", [True, False])
@pytest.mark.parametrize("succeeded", [True, False, None])
def test_kind_without_write__any_transaction__is_of_one_kind(succeeded: bool | None, cancels: bool, kind: str) -> None:
    mined = {"escalate": ESCALATIONS, "object": OBJECTIONS}.get(kind, SKIPPED)
    expected = REVERTED if not succeeded else CANCELLED if cancels else mined
    assert _kind_without_write(succeeded=succeeded, cancels=cancels, kind=kind) == expected


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2026-12"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2027-01"),
        # Still December where it was written, and January already in UTC.
        (datetime(2026, 12, 31, 22, tzinfo=timezone(timedelta(hours=-3))), "2027-01"),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "2028-02"),
    ],
)
def test_add__moment_at_the_edge_of_a_month__is_that_of_utc(at: datetime, month: str) -> None:
    costs = costs_new()
    _add(costs, at, "CREATED", 2, 3)
    assert list(costs.values()) == [Cost(month=month, kind="CREATED", writes=1, gas=2, wei=3)]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10**7), st.integers(0, 10**30)), max_size=8))
def test_add__any_transactions__add_up_by_kind(paid: list[tuple[str, int, int]]) -> None:
    costs, at = costs_new(), datetime(2026, 3, 1, tzinfo=UTC)
    for kind, gas, wei in paid:
        _add(costs, at, kind, gas, wei)
    assert sum(cost.writes for cost in costs.values()) == len(paid)
    assert sum(cost.gas for cost in costs.values()) == sum(gas for _, gas, _ in paid)
    assert sum(cost.wei for cost in costs.values()) == sum(wei for *_, wei in paid)
    assert {cost.kind for cost in costs.values()} == {kind for kind, *_ in paid}


@pytest.mark.parametrize(("gas", "wei"), [(None, 3), (5, None), (None, None)])
def test_add__number_is_missing__counts_as_nothing(gas: int | None, wei: int | None) -> None:
    costs = costs_new()
    _add(costs, datetime(2026, 3, 1, tzinfo=UTC), "CREATED", gas, wei)
    assert list(costs.values()) == [Cost(month="2026-03", kind="CREATED", writes=1, gas=gas or 0, wei=wei or 0)]


def test_add__time_of_the_block_is_not_known__is_left_out() -> None:
    costs = costs_new()
    _add(costs, None, "CREATED", 1, 1)
    assert costs == {}


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-00", "26-03", "2026-03-01", "March"])
def test_costs_by_month__no_month__raises_before_it_asks_the_database(month: Any) -> None:
    with pytest.raises(ValueError, match=r"does not match|unconverted"):
        costs_by_month(month=month)
