"""The fees of a transaction: EIP-1559 if the chain supports it, otherwise a gas price. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from blockchain.conf import settings
from blockchain.models import Attempt
from blockchain.relay.errors import FeesAtCap
from blockchain.relay.market import Market
from blockchain.relay.refusals import GWEI, NO_DEMAND, Demand

# Nodes replace a transaction only if both fees are at least 10 % higher; some want them doubled.
BUMP_NUMERATOR, BUMP_DENOMINATOR = 1125, 1000
MAX_FEE: Final = "BLOCKCHAIN_MAX_FEE_GWEI"
MAX_TIP: Final = "BLOCKCHAIN_MAX_TIP_GWEI"


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


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the settings allow, in wei per gas."""

    min_tip: int
    max_tip: int
    max_fee: int


def fee_bounds() -> Bounds:
    """The bounds of the settings."""
    most = int(settings.BLOCKCHAIN_MAX_FEE_GWEI * GWEI)
    return Bounds(
        min_tip=min(int(settings.BLOCKCHAIN_MIN_TIP_GWEI * GWEI), most),
        max_tip=min(int(settings.BLOCKCHAIN_MAX_TIP_GWEI * GWEI), most),
        max_fee=most,
    )


def fees_suggest(
    *, market: Market, bounds: Bounds, demand: Demand = NO_DEMAND, replacing: Attempt | None = None, known: bool = True
) -> Fees:
    """Fees for the next blocks: enough for a doubled base fee, for what the node demands, and to replace an attempt.

    `known`: whether a pool may have the attempt, which then has to be outbid. Raises `FeesAtCap` if the fees exceed
    `bounds`. Only the tip of a replacement may exceed its own bound, up to that of the whole fee: pools want both to
    rise.
    """
    legacy = market.base_fee is None
    base = max(market.gas_price if market.base_fee is None else market.base_fee, demand.base_fee)
    least = max(base, demand.price, demand.tip) if legacy else max(base, demand.price)
    if least > bounds.max_fee:
        asked = "the node" if least > base else "the chain"
        reason = f"{asked} requires {_gwei(least)} gwei, more than {MAX_FEE}"
        raise _at_cap(reason, MAX_FEE, least, bounds.max_fee)
    if legacy:
        max_fee = priority_fee = least
    else:
        demanded = max(demand.tip, demand.price - base)
        if demanded > bounds.max_tip:
            reason = f"the node requires a tip of {_gwei(demanded)} gwei, more than {MAX_TIP}"
            raise _at_cap(reason, MAX_TIP, demanded, bounds.max_tip)
        priority_fee = max(min(max(market.tip or 0, bounds.min_tip), bounds.max_tip), demanded)
        max_fee = max(min(2 * base + priority_fee, bounds.max_fee), least)
    if replacing is not None:
        max_fee = max(max_fee, _raised(replacing.max_fee_per_gas, demand))
        priority_fee = max(priority_fee, _raised(replacing.max_priority_fee_per_gas, demand))
        if max_fee > bounds.max_fee and known:
            reason = f"transaction {replacing.tx_hash} is stuck and its fees are at {MAX_FEE}"
            raise _at_cap(reason, MAX_FEE, max_fee, bounds.max_fee)
    max_fee = min(max_fee, bounds.max_fee)
    return Fees(max_fee=max_fee, priority_fee=min(priority_fee, max_fee), legacy=legacy)


def is_met(demand: Demand, attempt: Attempt, *, base_fee: int) -> bool:
    """Whether an attempt already pays what is demanded, so that raising its fees would not help."""
    base = max(base_fee, demand.base_fee)
    price = min(attempt.max_fee_per_gas, base + attempt.max_priority_fee_per_gas)
    enough = attempt.max_priority_fee_per_gas >= demand.tip and price >= demand.price
    return enough and attempt.max_fee_per_gas >= demand.base_fee and not demand.twice


def _raised(fee: int, demand: Demand) -> int:
    """More than before, also where it was next to nothing."""
    return max(2 * fee if demand.twice else -(-fee * BUMP_NUMERATOR // BUMP_DENOMINATOR), fee + 1)


def _at_cap(reason: str, setting: str, needed: int, cap: int) -> FeesAtCap:
    return FeesAtCap(
        f"{reason} ({_gwei(cap)} gwei)",
        remedy=f"Wait until the fees fall, or set {setting} to at least {_gwei(needed)}; nothing is lost meanwhile.",
    )


def _gwei(wei: int) -> str:
    """In gwei, exactly: a setting of this value has to suffice."""
    return f"{wei // GWEI}.{wei % GWEI:09d}".rstrip("0").rstrip(".")
