"""The budgets: gas used by a real transaction, the 21,000 of every transaction included."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Budget:
    """`limit` must hold; `aim`, where there is one, is worth reaching. Both in gas, for a batch per entry."""

    operation: str
    limit: int
    aim: int | None = None


BUDGETS: Final = (
    Budget("file", 58_600),
    Budget("log, later", 35_800, aim=34_900),
    Budget("signed log, later", 45_400),
    Budget("object", 41_100),
    Budget("anchor evidence", 58_200),
    Budget("set SLA", 35_150),
    Budget("escalate one", 32_400),
    Budget("batch of 100: file", 30_400, aim=28_900),
    Budget("batch of 100: log, later", 12_100, aim=11_400),
    Budget("batch of 100: anchor evidence", 34_900, aim=33_500),
    Budget("batch of 100: set SLA", 12_200),
    Budget("batch of 100: escalate", 11_700),
    Budget("batch: one skipped entry more", 6_400),
    Budget("batch: one entry more behind a skipped one", 3_500),
)
