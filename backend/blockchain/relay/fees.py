"""What a transaction pays: EIP-1559 where the chain has it, a gas price where it has not."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from blockchain.chain.node import Node
from blockchain.relay.errors import RelayBlocked

GWEI = 10**9
# Nodes replace a transaction only for at least 10 % more on both fees.
BUMP_NUMERATOR, BUMP_DENOMINATOR = 1125, 1000


@dataclass(frozen=True, kw_only=True)
class Fees:
    """wei per gas. A legacy transaction has its gas price in both."""

    max_fee: int
    priority_fee: int
    legacy: bool = False

    def fields(self) -> dict[str, Any]:
        """The fee fields of a transaction."""
        if self.legacy:
            return {"gasPrice": self.max_fee}
        return {"type": 2, "maxFeePerGas": self.max_fee, "maxPriorityFeePerGas": self.priority_fee}


def fees_suggest(*, node: Node, header: dict[str, Any]) -> Fees:
    """Fees for the next blocks: room for the base fee to double, never above `BLOCKCHAIN_MAX_FEE_GWEI`.

    Raises `RelayBlocked` while even the present base fee is above it.
    """
    cap = int(settings.BLOCKCHAIN_MAX_FEE_GWEI * GWEI)
    if "baseFeePerGas" not in header:
        price = int(node.request("eth_gasPrice"), 16)
        _require_below_cap(price, cap)
        return Fees(max_fee=price, priority_fee=price, legacy=True)
    base_fee = int(header["baseFeePerGas"], 16)
    _require_below_cap(base_fee, cap)
    priority_fee = int(settings.BLOCKCHAIN_PRIORITY_FEE_GWEI * GWEI)
    max_fee = min(2 * base_fee + priority_fee, cap)
    return Fees(max_fee=max_fee, priority_fee=min(priority_fee, max_fee))


def fees_bump(*, previous: Fees, suggested: Fees) -> Fees | None:
    """Fees that replace `previous` at the same nonce; None if the cap leaves no room for the 10 % that nodes want."""
    cap = int(settings.BLOCKCHAIN_MAX_FEE_GWEI * GWEI)
    max_fee = max(_bumped(previous.max_fee), suggested.max_fee)
    priority_fee = max(_bumped(previous.priority_fee), suggested.priority_fee)
    if max_fee > cap:
        return None
    return Fees(max_fee=max_fee, priority_fee=min(priority_fee, max_fee), legacy=previous.legacy)


def _bumped(fee: int) -> int:
    return -(-fee * BUMP_NUMERATOR // BUMP_DENOMINATOR)


def _require_below_cap(fee: int, cap: int) -> None:
    if fee > cap:
        raise RelayBlocked(f"the chain asks {fee / GWEI:.6g} gwei, more than BLOCKCHAIN_MAX_FEE_GWEI")
