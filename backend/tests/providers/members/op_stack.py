"""Optimism, Base and others of their kind."""

from typing import Any

from tests.providers.invented import Invented
from tests.providers.member import Call

L1_FEE = 123_456_789_012_345


class Provider(Invented):
    does = "`l1Fee` in receipts, which the balance has lost besides gas times price"
    seen = "rotki 6033, status 18780"

    def fee_of(self, receipt: dict[str, Any]) -> int:
        return L1_FEE + int(receipt["gasUsed"], 16)

    def billed(self, receipt: dict[str, Any]) -> dict[str, Any]:
        more = {"l1GasPrice": "0x3b9aca07", "l1GasUsed": "0x640", "l1BaseFeeScalar": "0x44d", "l1BlobBaseFee": "0x1"}
        return receipt | more | {"l1Fee": hex(self.fee_of(receipt)), "blobGasUsed": "0x0"}

    def own(self, call: Call) -> Any:
        # An L2 wants next to none.
        return "0xf4240" if call["method"] == "eth_maxPriorityFeePerGas" else super().own(call)
