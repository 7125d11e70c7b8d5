"""What a node may answer: each method's own shape, and nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.chain.answers import CHECKS, OddAnswer, answer_checked

HASH, OTHER_HASH = "0x" + "ab" * 32, "0x" + "cd" * 32
HEADER = {"number": "0x7", "hash": HASH, "parentHash": OTHER_HASH, "timestamp": "0x5"}
RECEIPT = {"status": "0x1", "blockNumber": "0x7", "blockHash": HASH, "gasUsed": "0x5208", "logs": []}
NUMBERS = [
    "eth_chainId",
    "eth_getTransactionCount",
    "eth_getBalance",
    "eth_gasPrice",
    "eth_maxPriorityFeePerGas",
    "eth_estimateGas",
]
DATA = ["eth_call", "eth_getCode"]
# What JSON can say.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_checks__every_method__has_one_of_the_shapes_below() -> None:
    others = {"eth_getLogs", "eth_getBlockByNumber", "eth_getTransactionReceipt", "eth_feeHistory"}
    assert CHECKS.keys() == {*NUMBERS, *DATA, *others, "eth_getBlockByHash"}
    assert CHECKS["eth_getBlockByHash"] is CHECKS["eth_getBlockByNumber"]


@pytest.mark.parametrize("method", NUMBERS)
def test_answer_checked__number__is_taken_as_it_is(method: str) -> None:
    largest = "0x" + "f" * 64 if method in ("eth_chainId", "eth_getBalance") else hex(2**63 - 1)
    for value in ("0x0", "0x1F", largest):
        assert answer_checked(method, value) == value


@pytest.mark.parametrize("method", NUMBERS)
@pytest.mark.parametrize("value", [None, 7, True, "", "7", "0x", "-0x1", "0xg", "0x1\n", "0x" + "f" * 65, ["0x1"], {}])
def test_answer_checked__no_number__is_odd(method: str, value: Any) -> None:
    with pytest.raises(OddAnswer, match="is not a number"):
        answer_checked(method, value)


@pytest.mark.parametrize("method", DATA)
def test_answer_checked__data__is_taken_as_it_is(method: str) -> None:
    for value in ("0x", "0x00", "0xAbcd"):
        assert answer_checked(method, value) == value


@pytest.mark.parametrize("method", DATA)
@pytest.mark.parametrize("value", [None, 7, "", "0", "0x0", "0x123", "0xzz", "0x00\n", b"\0", []])
def test_answer_checked__no_data__is_odd(method: str, value: Any) -> None:
    with pytest.raises(OddAnswer, match="is not hex data"):
        answer_checked(method, value)


@pytest.mark.parametrize("value", [None, {}, "0x", 0])
def test_answer_checked__no_list_of_logs__is_odd(value: Any) -> None:
    assert answer_checked("eth_getLogs", []) == []
    with pytest.raises(OddAnswer, match="is not a list"):
        answer_checked("eth_getLogs", value)


def test_answer_checked__block_that_the_node_lacks__none() -> None:
    assert answer_checked("eth_getBlockByNumber", None) is None


def test_answer_checked__header_with_more_in_it__is_taken_as_it_is() -> None:
    header = HEADER | {"baseFeePerGas": "0x9", "logsBloom": "0x", "transactions": []}
    assert answer_checked("eth_getBlockByNumber", dict(header)) == header


def test_answer_checked__base_fee_of_null__is_none() -> None:
    assert answer_checked("eth_getBlockByNumber", HEADER | {"baseFeePerGas": None}) == HEADER


def test_answer_checked__receipt_that_is_whole__is_taken_as_it_is() -> None:
    assert answer_checked("eth_getTransactionReceipt", RECEIPT) == RECEIPT


@pytest.mark.parametrize("value", [None, {}, {**RECEIPT, "blockHash": None}, {"status": None, "blockHash": None}])
def test_answer_checked__receipt_of_a_pending_transaction__none(value: Any) -> None:
    assert answer_checked("eth_getTransactionReceipt", value) is None


MEMBERS = [("eth_getBlockByNumber", HEADER, name) for name in HEADER] + [
    ("eth_getTransactionReceipt", RECEIPT, name) for name in RECEIPT if name != "blockHash"
]


@pytest.mark.parametrize(("method", "whole", "name"), MEMBERS)
@pytest.mark.parametrize("value", [None, 5, "", "latest", {}])
def test_answer_checked__member_of_another_shape__is_odd(method: str, whole: Any, name: str, value: Any) -> None:
    with pytest.raises(OddAnswer):
        answer_checked(method, whole | {name: value})
    with pytest.raises(OddAnswer):
        answer_checked(method, {key: each for key, each in whole.items() if key != name})


@pytest.mark.parametrize(
    ("method", "name"), [("eth_getBlockByNumber", "hash"), ("eth_getTransactionReceipt", "blockHash")]
)
@pytest.mark.parametrize("value", [HASH[:-1], HASH + "0", HASH[2:], "0x" + "zz" * 32, 7])
def test_answer_checked__hash_of_another_length__is_odd(method: str, name: str, value: Any) -> None:
    whole = HEADER if name == "hash" else RECEIPT
    with pytest.raises(OddAnswer, match="is not a hash"):
        answer_checked(method, whole | {name: value})


@pytest.mark.parametrize("value", ["0x", [], 7, "null"])
def test_answer_checked__no_object_at_all__is_odd(value: Any) -> None:
    for method in ("eth_getBlockByNumber", "eth_getTransactionReceipt"):
        with pytest.raises(OddAnswer, match="is not an object"):
            answer_checked(method, value)


def test_answer_checked__very_long_answer__is_shown_in_part() -> None:
    with pytest.raises(OddAnswer) as raised:
        answer_checked("eth_call", "secret" * 10_000)
    assert len(str(raised.value)) < 60


@settings(max_examples=40)
@given(st.sampled_from(sorted(CHECKS)), json_values)
def test_answer_checked__anything__is_itself_none_or_odd(method: str, value: Any) -> None:
    try:
        checked = answer_checked(method, value)
    except OddAnswer:
        return
    assert checked is None or checked is value


@pytest.mark.parametrize("value", [None, 7, "anything", [{}]])
def test_answer_checked__method_that_is_not_known__is_taken_as_it_is(value: Any) -> None:
    assert answer_checked("web3_clientVersion", value) is value


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"reward": None, "gasUsedRatio": None},
        {"reward": [["0x1"], None], "gasUsedRatio": [0.5, 0]},
        {"reward": [["0x1"]]},
    ],
)
def test_answer_checked__fee_history__is_taken_as_it_is(value: Any) -> None:
    assert answer_checked("eth_feeHistory", value) == value


@pytest.mark.parametrize(
    "value", [None, 7, [], {"reward": "0x1"}, {"reward": [["1"]]}, {"reward": ["0x1"]}, {"gasUsedRatio": ["much"]}]
)
def test_answer_checked__no_fee_history__is_odd(value: Any) -> None:
    with pytest.raises(OddAnswer):
        answer_checked("eth_feeHistory", value)


@pytest.mark.parametrize("value", [7, "", "7", [], {}])
def test_answer_checked__header_with_a_base_fee_that_is_no_number__is_odd(value: Any) -> None:
    with pytest.raises(OddAnswer, match="is not a number"):
        answer_checked("eth_getBlockByNumber", HEADER | {"baseFeePerGas": value})
