"""OP Stack since Jovian: the operator's fee per gas is a hundred times its scalar."""

from typing import Any

from tests.providers.members import op_isthmus
from tests.providers.members.op_isthmus import CONSTANT, L1_FEE, SCALAR


class Provider(op_isthmus.Provider):
    does = "`l1Fee` and an operator's fee of 100 times its scalar; `daFootprintGasScalar` tells the fork"
    seen = "OP Stack specification, Jovian"

    def fee_of(self, receipt: dict[str, Any]) -> int:
        return L1_FEE + int(receipt["gasUsed"], 16) * SCALAR * 100 + CONSTANT

    def billed(self, receipt: dict[str, Any]) -> dict[str, Any]:
        return super().billed(receipt) | {"daFootprintGasScalar": "0x190"}
