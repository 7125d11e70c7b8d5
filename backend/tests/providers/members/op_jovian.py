"""OP Stack since Jovian: the operator's fee per gas is a hundred times its scalar."""

from typing import Any

from tests.providers.invented import Invented

L1_FEE, SCALAR, CONSTANT = 77_000_000_001, 3, 7


class Provider(Invented):
    does = "`l1Fee` and an operator's fee of 100 times its scalar; `daFootprintGasScalar` tells the fork"
    seen = "OP Stack specification, Jovian"

    def fee_of(self, receipt: dict[str, Any]) -> int:
        return L1_FEE + int(receipt["gasUsed"], 16) * SCALAR * 100 + CONSTANT

    def billed(self, receipt: dict[str, Any]) -> dict[str, Any]:
        return receipt | {
            "l1Fee": hex(L1_FEE),
            "operatorFeeScalar": hex(SCALAR),
            "operatorFeeConstant": hex(CONSTANT),
            "daFootprintGasScalar": "0x190",
        }
