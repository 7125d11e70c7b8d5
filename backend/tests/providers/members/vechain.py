"""A chain with a legacy market behind a bridge that says so with null."""

from typing import Any

from tests.providers.member import Call, Member, Refusal


class Provider(Member):
    does = "`baseFeePerGas` null, no `eth_feeHistory`, no `eth_maxPriorityFeePerGas`; receipts without a price"
    seen = "vechain 38"

    def asked(self, call: Call) -> Call:
        if call["method"] in ("eth_feeHistory", "eth_maxPriorityFeePerGas"):
            raise Refusal(-32601, "Method not found")
        return call

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getBlockByNumber" and result:
            return result | {"baseFeePerGas": None}
        if call["method"] == "eth_getTransactionReceipt" and result:
            return {name: value for name, value in result.items() if name != "effectiveGasPrice"}
        return result
