"""OP Stack since Isthmus: the operator takes a fee too."""

from typing import Any

from tests.providers.invented import Invented

L1_FEE, SCALAR, CONSTANT = 77_000_000_001, 5_000_000, 7


class Provider(Invented):
    does = "`l1Fee` and an operator's fee by scalar and constant"
    seen = "OP Stack specification, Isthmus"

    def fee_of(self, receipt: dict[str, Any]) -> int:
        return L1_FEE + int(receipt["gasUsed"], 16) * SCALAR // 10**6 + CONSTANT

    def billed(self, receipt: dict[str, Any]) -> dict[str, Any]:
        return receipt | {
            "l1Fee": hex(L1_FEE),
            "operatorFeeScalar": hex(SCALAR),
            "operatorFeeConstant": hex(CONSTANT),
        }
