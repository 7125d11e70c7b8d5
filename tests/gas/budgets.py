"""The table of spec 2.5: gas used by a real transaction, the 21,000 of every transaction included."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Budget:
    """`aim` is worth reaching, `limit` must hold. Both in gas, for a batch per item."""

    operation: str
    aim: int
    limit: int


BUDGETS: Final = (
    Budget("log, first of a complaint", 51_200, 51_930),
    Budget("log, later", 34_300, 35_136),
    Budget("signed log, later", 43_600, 44_450),
    Budget("anchor evidence", 56_100, 56_875),
    Budget("set SLA", 33_000, 33_844),
    Budget("escalate one", 31_200, 31_814),
    Budget("escalate a batch of 100, per item", 9_800, 10_928),
    Budget("multicall of 100 logs on 100 complaints, per item", 13_300, 14_078),
)
