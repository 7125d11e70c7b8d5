"""What a key paid for a transaction, from its receipt: to the wei what its balance lost. Pure.

Execution costs gas times price. Optimism, Base and other rollups of that kind also take a fee for the data on layer 1,
and some an operator's fee; Arbitrum counts the data as gas (`gasUsedForL1` is part of `gasUsed`). Our transactions
carry no blobs.
"""

from collections.abc import Mapping
from typing import Any, Final

# Where `blockchain.chain.receipts` puts the base fee of the block, in wei per gas, if the receipt has no price.
BASE_FEE: Final = "baseFeePerGasOfBlock"
# The unit of the operator's fee per gas (OP Stack, Isthmus), and its factor since Jovian.
OPERATOR_SCALE, OPERATOR_FACTOR_JOVIAN = 10**6, 100
# Larger numbers are no prices, and no wei; nodes that give them are ill.
MAX_PRICE, MAX_WEI = 2**63 - 1, 2**256 - 1


def has_price(receipt: Mapping[str, Any]) -> bool:
    """Whether the receipt names its price. Zero is none: what a chain without fees charges follows from the block."""
    return 0 < _number(receipt.get("effectiveGasPrice")) <= MAX_PRICE


def price_of(receipt: Mapping[str, Any], *, max_fee: int, tip: int) -> int:
    """The price of gas, in wei. `max_fee` and `tip` are the transaction's; a legacy one has its price in both."""
    if has_price(receipt):
        return _number(receipt["effectiveGasPrice"])
    return min(max_fee, (receipt.get(BASE_FEE) or 0) + tip)


def wei_of(receipt: Mapping[str, Any], *, price: int) -> int:
    """All that the transaction cost, in wei."""
    gas = int(receipt["gasUsed"], 16)
    return gas * price + _number(receipt.get("l1Fee")) + _operator_fee(receipt, gas)


def shares(total: int, number: int) -> list[int]:
    """`total` in so many parts, of which the first are larger by one, so that nothing of it is lost."""
    share, rest = divmod(total, number or 1)
    return [share + (index < rest) for index in range(number)]


def _operator_fee(receipt: Mapping[str, Any], gas: int) -> int:
    scalar, constant = _number(receipt.get("operatorFeeScalar")), _number(receipt.get("operatorFeeConstant"))
    # Only receipts since Jovian have this member.
    if receipt.get("daFootprintGasScalar") is not None:
        return gas * scalar * OPERATOR_FACTOR_JOVIAN + constant
    return gas * scalar // OPERATOR_SCALE + constant


def _number(value: Any) -> int:
    """A number as hex or decimal text or as a number; 0 for anything else."""
    if isinstance(value, bool):
        return 0
    try:
        number = int(value, 0) if isinstance(value, str) else int(value)
        return number if 0 <= number <= MAX_WEI else 0
    except (TypeError, ValueError, OverflowError):
        return 0
