"""What a receipt says was paid: pure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.chain.paid import BASE_FEE, price_of, shares, wei_of

GAS = {"gasUsed": "0x64"}


@given(st.integers(0, 10**30), st.integers(1, 2_000))
def test_shares__any_total__nothing_is_lost_and_the_first_get_the_rest(total: int, number: int) -> None:
    found = shares(total, number)
    assert sum(found) == total
    assert len(found) == number
    assert found == sorted(found, reverse=True)
    assert found[0] - found[-1] <= 1


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        ({"effectiveGasPrice": "0x7"}, 7),
        ({}, 15),
        ({"effectiveGasPrice": None}, 15),
        ({"effectiveGasPrice": "0x0"}, 15),
        ({"effectiveGasPrice": "seven"}, 15),
        ({"effectiveGasPrice": hex(2**255)}, 15),
        ({BASE_FEE: 19}, 20),
    ],
)
def test_price_of__named_or_not__that_of_the_chain(receipt: dict[str, Any], expected: int) -> None:
    assert price_of({BASE_FEE: 10} | receipt, max_fee=20, tip=5) == expected


def test_price_of__legacy_transaction_without_a_named_price__its_own() -> None:
    assert price_of({}, max_fee=20, tip=20) == 20


ISTHMUS = {"operatorFeeScalar": hex(2_500_000), "operatorFeeConstant": "0x9"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 300),
        ({"l1Fee": "0x5"}, 305),
        ({"l1Fee": None}, 300),
        ({"l1Fee": 5}, 305),
        # Part of the gas already; and none of ours.
        ({"gasUsedForL1": "0x32", "blobGasUsed": "0x20000", "blobGasPrice": "0x1"}, 300),
        ({"l1Fee": "0x5"} | ISTHMUS, 305 + 250 + 9),
        ({"l1Fee": "0x5", "daFootprintGasScalar": "0x190"} | ISTHMUS, 305 + 100 * 2_500_000 * 100 + 9),
    ],
)
def test_wei_of__receipts_of_rollups__all_that_was_taken(more: dict[str, Any], expected: int) -> None:
    assert wei_of(GAS | more, price=3) == expected
