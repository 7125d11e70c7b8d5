"""The answers that a node may give. Any other means that the node is faulty, which must not end the process."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_QUANTITY = re.compile("0x[0-9a-fA-F]{1,64}")
_DATA = re.compile("0x(?:[0-9a-fA-F]{2})*")
_HASH = re.compile("0x[0-9a-fA-F]{64}")


class OddAnswer(ValueError):
    """The answer has a shape that no node should give."""


def answer_checked(method: str, result: Any) -> Any:
    """The result of a request, or None for what the node does not have. Raises `OddAnswer`."""
    check = CHECKS.get(method)
    return result if check is None else check(result)


def _quantity(value: Any) -> str:
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise OddAnswer(f"{value!r:.40} is not a number")
    return value


def _number(value: Any) -> str:
    """A quantity that fits into a column: a count, a time, an amount of gas, a price of it."""
    if int(_quantity(value), 16) >> 63:
        raise OddAnswer(f"{value!r:.40} is too large")
    return str(value)


def _data(value: Any) -> str:
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise OddAnswer(f"{value!r:.40} is not hex data")
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise OddAnswer(f"{value!r:.40} is not a hash")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise OddAnswer(f"{value!r:.40} is not a list")
    return value


def _members(value: Any, checks: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise OddAnswer(f"{value!r:.40} is not an object")
    for name, check in checks.items():
        check(value.get(name))
    return value


def _header(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    header = _members(value, {"number": _number, "hash": _hash, "parentHash": _hash, "timestamp": _number})
    if header.get("baseFeePerGas", "0x0") is None:
        # Some say that there is none in this way.
        del header["baseFeePerGas"]
    _quantity(header.get("baseFeePerGas", "0x0"))
    return header


def _receipt(value: Any) -> dict[str, Any] | None:
    # That of a pending transaction is none, whatever else it says.
    if value is None or (isinstance(value, dict) and value.get("blockHash") is None):
        return None
    checks = {"status": _number, "blockNumber": _number, "blockHash": _hash, "gasUsed": _number, "logs": _list}
    receipt = _members(value, checks)
    if receipt.get("effectiveGasPrice") is not None:
        _number(receipt["effectiveGasPrice"])
    return receipt


def _fee_history(value: Any) -> dict[str, Any]:
    history = _members(value, {})
    # Some nodes have no rewards to tell of.
    for each in _list(history.get("reward") or []):
        for reward in _list(each if each is not None else []):
            _quantity(reward)
    for ratio in _list(history.get("gasUsedRatio") or []):
        if not isinstance(ratio, int | float):
            raise OddAnswer(f"{ratio!r:.40} is not a ratio")
    return history


CHECKS: dict[str, Callable[[Any], Any]] = {
    "eth_chainId": _quantity,
    "eth_getTransactionCount": _number,
    "eth_getBalance": _quantity,
    "eth_gasPrice": _number,
    "eth_maxPriorityFeePerGas": _number,
    "eth_feeHistory": _fee_history,
    "eth_estimateGas": _number,
    "eth_call": _data,
    "eth_getCode": _data,
    "eth_getLogs": _list,
    "eth_getBlockByNumber": _header,
    "eth_getBlockByHash": _header,
    "eth_getTransactionReceipt": _receipt,
}
