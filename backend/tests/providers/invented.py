"""A chain that takes more than gas times price: what it invents it takes off the balance."""

from typing import Any

from tests.providers.member import Call, Member
from tests.providers.upstream import Upstream


class Invented(Member):
    """A member whose receipts carry a further fee: `fee_of` says how much, `billed` how it is shown."""

    lasting = True

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        self._start = int(node.rpc("eth_blockNumber"), 16)
        # By block, which no reorg replaces here: sender and fee of its transactions.
        self._fees: dict[int, list[tuple[str, int]]] = {}

    def fee_of(self, receipt: dict[str, Any]) -> int:
        """wei."""
        raise NotImplementedError

    def billed(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """The receipt as this chain gives it."""
        raise NotImplementedError

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getTransactionReceipt" and result:
            return self.billed(result)
        if call["method"] == "eth_getBalance":
            return hex(max(0, int(result, 16) - self.invented_wei(call["params"][0])))
        return result

    def invented_wei(self, account: str) -> int:
        head = int(self.node.rpc("eth_blockNumber"), 16)
        for number in range(self._start + 1, head + 1):
            if number not in self._fees:
                receipts = self.node.rpc("eth_getBlockReceipts", hex(number)) or []
                self._fees[number] = [(receipt["from"].lower(), self.fee_of(receipt)) for receipt in receipts]
        return sum(
            fee
            for number in range(self._start + 1, head + 1)
            for of, fee in self._fees[number]
            if of == account.lower()
        )
