"""What a public chain is like: hints in its parameter file, none of which the contract is told."""

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from tools.deployment.transactions import FeeBounds

WEI_OF_GWEI = 10**9
MOST_GWEI = 1_000_000
MOST_SECONDS = 600
MOST_BLOCKS = 100_000


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What the keys mean is in docs/deployment.md."""

    block_time: Decimal  # seconds
    confirmations: int  # blocks
    min_tip_gwei: Decimal
    max_tip_gwei: Decimal
    max_fee_gwei: Decimal
    explorer_api: str  # URL

    @property
    def fees(self) -> FeeBounds:
        """In wei."""
        return FeeBounds(
            least_tip=int(self.min_tip_gwei * WEI_OF_GWEI),
            most_tip=int(self.max_tip_gwei * WEI_OF_GWEI),
            most=int(self.max_fee_gwei * WEI_OF_GWEI),
        )


def parse_chain(values: object) -> Chain:
    """Of a parameter file's `chain`. Raises `ValueError`, naming the key."""
    names = [field.name for field in fields(Chain)]
    if not isinstance(values, dict):
        raise ValueError(f"chain: must be a mapping of {', '.join(names)}")
    if unknown := sorted(str(key) for key in values.keys() - set(names)):
        raise ValueError(f"chain: unknown: {', '.join(unknown)}")
    if missing := [name for name in names if name not in values]:
        raise ValueError(f"chain: missing: {', '.join(missing)}")
    confirmations, api = values["confirmations"], values["explorer_api"]
    if isinstance(confirmations, bool) or not isinstance(confirmations, int) or not 0 <= confirmations <= MOST_BLOCKS:
        raise ValueError(f"chain: confirmations: must be 0 to {MOST_BLOCKS} blocks, not {confirmations!r}")
    if not isinstance(api, str) or not re.fullmatch(r"https://[\w.-]+(/[\w./-]*)?", api):
        raise ValueError(f"chain: explorer_api: must be an https:// URL without a query, not {api!r}")
    chain = Chain(
        block_time=_number("block_time", values, most=MOST_SECONDS),
        confirmations=confirmations,
        min_tip_gwei=_number("min_tip_gwei", values, most=MOST_GWEI),
        max_tip_gwei=_number("max_tip_gwei", values, most=MOST_GWEI),
        max_fee_gwei=_number("max_fee_gwei", values, most=MOST_GWEI),
        explorer_api=api,
    )
    if not chain.min_tip_gwei <= chain.max_tip_gwei <= chain.max_fee_gwei:
        raise ValueError("chain: min_tip_gwei, max_tip_gwei and max_fee_gwei: each must be at most the next")
    if not chain.block_time:
        raise ValueError("chain: block_time: must be more than 0")
    return chain


def _number(name: str, values: dict[Any, Any], *, most: int) -> Decimal:
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"chain: {name}: must be a number from 0 to {most}, not {value!r}")
    return Decimal(str(value))
