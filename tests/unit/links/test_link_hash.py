"""The link function, for verifiers."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.support.entries import complaint_id, data_hash
from tests.support.links import link
from tests.support.registry import Registry
from tests.support.spec import MAX_UINT24, MAX_UINT40, ZERO_ADDRESS, ZERO_HASH, EventType

LINK = {
    "head": b"\x11" * 22,
    "complaint": complaint_id(1),
    "sequence": 7,
    "event_type": EventType.ESCALATED,
    "actor": "0x" + "22" * 20,
    "timestamp": 1_234_567_890,
    "data": data_hash(1),
}
OTHER = {
    "head": b"\x11" * 21 + b"\x12",
    "complaint": complaint_id(2),
    "sequence": 8,
    "event_type": EventType.SLA_RESUMED,
    "actor": "0x" + "22" * 19 + "23",
    "timestamp": 1_234_567_891,
    "data": data_hash(2),
}


def test_link_hash__its_encoding__is_seven_whole_words(registry: Registry) -> None:
    words = encode(
        ["bytes32", "bytes32", "uint256", "uint256", "uint256", "uint256", "bytes32"],
        [
            b"\x11" * 22 + bytes(10),
            LINK["complaint"],
            LINK["sequence"],
            LINK["event_type"],
            int(str(LINK["actor"]), 16),
            LINK["timestamp"],
            LINK["data"],
        ],
    )
    assert registry.call("linkHash", *LINK.values()) == keccak(words)[:22]


@pytest.mark.parametrize("changed", LINK)
def test_link_hash__one_value_changed__is_another(registry: Registry, changed: str) -> None:
    values = LINK | {changed: OTHER[changed]}
    result = registry.call("linkHash", *values.values())
    assert result == link(*values.values())
    assert result != registry.call("linkHash", *LINK.values())


@pytest.mark.parametrize(
    "values",
    [
        (bytes(22), ZERO_HASH, 0, 0, ZERO_ADDRESS, 0, ZERO_HASH),
        (b"\xff" * 22, b"\xff" * 32, MAX_UINT24, 15, "0x" + "ff" * 20, MAX_UINT40, b"\xff" * 32),
    ],
    ids=["zeros", "greatest"],
)
def test_link_hash__extreme_values__is_the_specifications(registry: Registry, values: tuple[object, ...]) -> None:
    assert registry.call("linkHash", *values) == link(*values)
