"""The margin on gas estimates: grows when a transaction runs out of gas, follows what was needed, and gives up."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from blockchain.conf import settings
from blockchain.models import Attempt, Transaction
from blockchain.relay.errors import OutOfGas

# After each transaction that ran out of gas; and so often, since each is paid for.
GROWTH: Final = 1.5
GROWS_AT_MOST: Final = 3
# How much more than the most that was needed lately; the newest transactions that count.
HEADROOM: Final = 1.1
LATELY: Final = 20


@dataclass(frozen=True, kw_only=True)
class Run:
    """One mined transaction: the factor on its estimate, its gas limit, and what became of it."""

    margin: float
    gas_limit: int
    gas_used: int
    succeeded: bool
    ran_out: bool


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The factor for the next transaction. `is_trial`: the last one ran out, so only one at a time is sent."""

    factor: float
    is_trial: bool = False


def margin_next(runs: Sequence[Run], *, base: float) -> Margin:
    """The margin after these transactions, newest first. Pure. Raises `OutOfGas` once it has grown often enough.

    Transactions that failed for another reason show nothing. `base` is the setting: what exceeds all margins so far is
    tried, whatever happened.
    """
    since = itertools.takewhile(lambda run: not run.succeeded, runs)
    # Several may have been in flight with the same margin.
    tried = {run.margin: run for run in since if run.ran_out}
    worst = tried[max(tried)] if tried else None
    needed = max((run.margin * run.gas_used / run.gas_limit * HEADROOM for run in runs if run.succeeded), default=0.0)
    if worst is None or base > worst.margin:
        return Margin(factor=max(base, needed))
    if len(tried) > GROWS_AT_MOST:
        raise OutOfGas(
            f"transactions run out of gas although the margin has grown to {worst.margin:.3g} times the node's "
            f"estimate; the last used {worst.gas_used} of {worst.gas_limit} gas",
            remedy="Check eth_estimateGas of the node, or use another node. Then set BLOCKCHAIN_GAS_MARGIN above "
            f"{worst.margin:.3g}; the relay tries again with that margin.",
        )
    return Margin(factor=max(worst.margin * GROWTH, needed), is_trial=True)


def margin_of(signer: str) -> Margin:
    """The margin for the next transaction of a key. Raises `OutOfGas`.

    What others signed does not count: a wallet of theirs may decide how much gas it uses.
    """
    mined = Attempt.objects.filter(transaction__signer=signer, succeeded__isnull=False, cancels=False)
    others = (Transaction.Kind.SIGNED, Transaction.Kind.OBJECT)
    ours = mined.exclude(transaction__kind__in=others).select_related("transaction")
    newest = ours.defer("raw", "transaction__data").order_by("-transaction__nonce")[:LATELY]
    runs = [
        Run(
            margin=each.transaction.gas_margin,
            gas_limit=each.gas_limit,
            gas_used=each.gas_used or 0,
            succeeded=bool(each.succeeded),
            ran_out=each.ran_out_of_gas,
        )
        for each in newest
    ]
    return margin_next(runs, base=settings.BLOCKCHAIN_GAS_MARGIN)
