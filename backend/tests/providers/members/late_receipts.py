"""geth while it still indexes transactions."""

from typing import Any

from tests.providers.member import Call, Member, Refusal

LOOKS = 2


class Provider(Member):
    does = 'receipts of new transactions are refused: "transaction indexing is in progress"'
    seen = "geth 28873"
    calm = False

    def __init__(self, node: Any) -> None:
        super().__init__(node)
        self.looks: dict[str, int] = {}

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getTransactionReceipt" and result:
            tx_hash = call["params"][0]
            self.looks[tx_hash] = self.looks.get(tx_hash, 0) + 1
            if self.looks[tx_hash] <= LOOKS:
                raise Refusal(-32000, "transaction indexing is in progress")
        return result
