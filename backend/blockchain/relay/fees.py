"""The fees of a transaction: EIP-1559 if the chain supports it, otherwise a gas price."""

from dataclasses import dataclass
from typing import Any

from blockchain.chain.node import Node
from blockchain.conf import settings
from blockchain.models import Attempt
from blockchain.relay.errors import RelayBlocked

GWEI = 10**9
# Nodes replace a transaction only if both fees are at least 10 % higher.
BUMP_NUMERATOR, BUMP_DENOMINATOR = 1125, 1000


@dataclass(frozen=True, kw_only=True)
class Fees:
    """Fees in wei per gas. For a legacy transaction, both are its gas price."""

    max_fee: int
    priority_fee: int
    legacy: bool = False

    def fields(self) -> dict[str, Any]:
        """The fee fields of a transaction."""
        if self.legacy:
            return {"gasPrice": self.max_fee}
        return {"type": 2, "maxFeePerGas": self.max_fee, "maxPriorityFeePerGas": self.priority_fee}


def fees_suggest(*, node: Node, header: dict[str, Any], replacing: Attempt | None = None, known: bool = True) -> Fees:
    """Fees for the next blocks: enough for a doubled base fee, and to replace an attempt at the same nonce.

    `known`: whether a pool may have that attempt, which then has to be outbid. Raises `RelayBlocked` if the fees exceed
    `BLOCKCHAIN_MAX_FEE_GWEI`.
    """
    cap = int(settings.BLOCKCHAIN_MAX_FEE_GWEI * GWEI)
    legacy = "baseFeePerGas" not in header
    least = int(node.request("eth_gasPrice"), 16) if legacy else int(header["baseFeePerGas"], 16)
    if least > cap:
        raise RelayBlocked(f"the chain requires {least / GWEI:.6g} gwei, more than BLOCKCHAIN_MAX_FEE_GWEI")
    priority_fee = least if legacy else int(settings.BLOCKCHAIN_PRIORITY_FEE_GWEI * GWEI)
    max_fee = least if legacy else min(2 * least + priority_fee, cap)
    if replacing is not None:
        max_fee = max(max_fee, _raised(replacing.max_fee_per_gas))
        priority_fee = max(priority_fee, _raised(replacing.max_priority_fee_per_gas))
        if max_fee > cap and known:
            raise RelayBlocked(f"transaction {replacing.tx_hash} is stuck and its fees are at BLOCKCHAIN_MAX_FEE_GWEI")
    max_fee = min(max_fee, cap)
    return Fees(max_fee=max_fee, priority_fee=min(priority_fee, max_fee), legacy=legacy)


def _raised(fee: int) -> int:
    return -(-fee * BUMP_NUMERATOR // BUMP_DENOMINATOR)
