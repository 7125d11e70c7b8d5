"""What a node asks for when it refuses a transaction because of its fees.

Nothing else is decided by the text of an error: a number in it may raise the fees, within the settings' caps. So a text
that is misread costs at most the caps, and one that is not read leaves the transaction to the usual raises.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

GWEI: Final = 10**9


@dataclass(frozen=True, kw_only=True)
class Demand:
    """The least that a node wants, in wei per gas; 0: it has not said."""

    # The base fee as this node knows it; the tip; and the whole price, tip included.
    base_fee: int = 0
    tip: int = 0
    price: int = 0
    # It has another transaction at this nonce and wants to be paid well for replacing it.
    twice: bool = False

    @property
    def is_named(self) -> bool:
        """Whether it says how much."""
        return bool(self.base_fee or self.tip or self.price or self.twice)


NO_DEMAND: Final = Demand()

N = r"[\s:='\"(]*(\d{1,30})"
# By what the number is. Where a text has several numbers, the expression takes the one that is wanted.
NAMED: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (what, re.compile(text, re.IGNORECASE))
    for what, text in (
        # geth, Bor, BSC, op-geth, Arbitrum, in older and newer forms; reth; coreth; Nethermind.
        ("tip", rf"gas tip cap{N}, minimum needed{N}"),
        ("tip", rf"tip needed{N}, tip permitted{N}"),
        ("tip", rf"minimum required priority fee{N}"),
        ("tip", rf"gas tip cap{N}\)? < pool gas tip cap{N}"),
        ("tip", rf"PriorityFeePerGas too low{N} <{N}"),
        # geth and all that follow it; Nethermind; Ethermint; coreth.
        ("base_fee", rf"less than block base fee.*?base_?fee{N}"),
        ("base_fee", rf"MaxFeePerGas too low.*?BaseFee{N}"),
        ("base_fee", rf"{N} \(gasfeecap\),{N} \(basefee\)"),
        ("base_fee", rf"gas fee cap{N}\)? < pool minimum fee cap{N}"),
        # Nethermind; OpenEthereum; Hedera; Metis; a minimum in whatever words.
        ("price", rf"FeePerGas needs to be higher than{N}"),
        ("price", rf"minimal{N} got{N}"),
        ("price", rf"below configured minimum gas price{N}"),
        ("price", rf"use at least tx\.gasPrice{N}"),
        ("price", rf"minimum gas ?price(?: is| of)?{N}"),
    )
)
# Which of the two numbers of an expression is wanted, where it is not the last.
FIRST: Final = ("tip needed", "minimal")
REPLACEMENT: Final = re.compile(
    r"replacement (transaction|tx) (is )?underpriced|ReplacementNotAllowed|same nonce in the (queue|tx ?pool)",
    re.IGNORECASE,
)
# Without a number.
TOO_LOW: Final = re.compile(
    r"underpriced|fee ?too ?low|(gas ?price|fee).{0,30}(too low|below)|less than block base fee", re.IGNORECASE
)


def demand_of(message: str) -> Demand | None:
    """What a refusal asks for: `NO_DEMAND` if it only says that the fees are too low, None if it is not about fees."""
    if REPLACEMENT.search(message):
        return Demand(twice=True)
    for what, pattern in NAMED:
        if found := pattern.search(message):
            numbers = [int(each) for each in found.groups()]
            wanted = numbers[0] if pattern.pattern.startswith(FIRST) else numbers[-1]
            # "higher than"
            more = 1 if "higher than" in pattern.pattern else 0
            return replace(NO_DEMAND, **{what: wanted + more})  # type: ignore[arg-type]
    return NO_DEMAND if TOO_LOW.search(message) else None
