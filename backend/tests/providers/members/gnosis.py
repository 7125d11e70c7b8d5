"""OpenEthereum, as Gnosis Chain ran it."""

from typing import Any

from tests.providers.member import Call, Member, Refusal
from tests.providers.upstream import Upstream

PENDING_LOOKS = 2


class Provider(Member):
    does = "the receipt of a pending transaction with nulls; `effectiveGasPrice` null; no `eth_feeHistory`"
    seen = "openethereum 445, parity 3482"

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        self.looks: dict[str, int] = {}

    def asked(self, call: Call) -> Call:
        if call["method"] in ("eth_feeHistory", "eth_maxPriorityFeePerGas"):
            raise Refusal(-32601, "Method not found")
        return call

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] != "eth_getTransactionReceipt" or not result:
            return result
        seen = self.looks[result["transactionHash"]] = self.looks.get(result["transactionHash"], 0) + 1
        if seen <= PENDING_LOOKS:
            nulls = dict.fromkeys(("blockHash", "blockNumber", "status", "effectiveGasPrice", "gasUsed", "root"))
            return result | nulls | {"logs": []}
        return result | {"effectiveGasPrice": None, "status": result["status"], "root": None}
