"""The margin on gas estimates as a pure decision over the last transactions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.models import Attempt
from blockchain.relay.errors import OutOfGas
from blockchain.relay.margin import GROWS_AT_MOST, GROWTH, Margin, Run, margin_next

BASE = 1.25


def run(margin: float = BASE, *, used: int = 80_000, succeeded: bool = True, ran_out: bool = False) -> Run:
    return Run(margin=margin, gas_limit=100_000, gas_used=used, succeeded=succeeded, ran_out=ran_out)


def out(margin: float) -> Run:
    return run(margin, used=100_000, succeeded=False, ran_out=True)


def test_margin_next__out_of_gas_again_and_again__grows_by_half_then_gives_up_with_the_numbers() -> None:
    runs: list[Run] = []
    for _ in range(GROWS_AT_MOST + 1):
        runs.insert(0, out(margin_next(runs, base=BASE).factor))
    with pytest.raises(OutOfGas) as raised:
        margin_next(runs, base=BASE)
    assert [run.margin for run in reversed(runs)] == [BASE * GROWTH**number for number in range(GROWS_AT_MOST + 1)]
    assert "grown to 4.22 times" in str(raised.value)
    assert "100000 of 100000 gas" in str(raised.value)
    assert "set BLOCKCHAIN_GAS_MARGIN above 4.22" in raised.value.remedy
    assert margin_next(runs, base=4.3).factor == 4.3


def test_margin_next__several_in_flight_run_out_together__grows_once_and_one_is_tried() -> None:
    assert margin_next([out(BASE)] * 4, base=BASE) == Margin(factor=BASE * GROWTH, is_trial=True)


def test_margin_next__one_runs_out_of_a_margin_that_had_grown__grows_further() -> None:
    assert margin_next([out(4.0), run(4.0, used=90_000)], base=BASE).factor == 6.0


def test_margin_next__larger_margin_suffices__stays_as_large_as_needed() -> None:
    found = margin_next([run(2.0, used=90_000), out(BASE)], base=BASE)
    assert found == Margin(factor=pytest.approx(1.98))


@given(st.lists(st.builds(run, st.floats(1, 5), used=st.integers(0, 90_000), succeeded=st.just(False)), max_size=20))
def test_margin_next__failures_for_other_reasons__change_nothing(runs: list[Run]) -> None:
    assert margin_next(runs, base=BASE) == Margin(factor=BASE)


@given(st.lists(st.builds(run, used=st.integers(0, 88_000)), max_size=20))
def test_margin_next__enough_gas__is_the_setting(runs: list[Run]) -> None:
    assert margin_next(runs, base=BASE).factor == pytest.approx(BASE)


@pytest.mark.parametrize(
    ("succeeded", "used", "expected"),
    [
        (False, 100_000, True),
        (False, 98_438, True),
        (False, 98_000, False),
        (True, 100_000, False),
        (None, None, False),
    ],
)
def test_ran_out_of_gas__receipt__all_or_nearly_all_is_used(
    succeeded: bool | None, used: int | None, expected: bool
) -> None:
    assert Attempt(succeeded=succeeded, gas_used=used, gas_limit=100_000).ran_out_of_gas is expected
