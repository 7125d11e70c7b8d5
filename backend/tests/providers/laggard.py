"""A node that has not seen the newest blocks."""

from typing import Any

from tests.providers.member import NOT_OWN, Call, Member, Refusal

STATES = ("eth_call", "eth_getTransactionCount", "eth_getBalance", "eth_getCode", "eth_estimateGas")
LATEST = ("latest", "pending", "safe", "finalized")


class Laggard(Member):
    """A member of which some answers are by a node that is behind."""

    def behind(self, call: Call) -> int:
        """How many blocks behind the node is that answers this call."""
        return 0

    def own(self, call: Call) -> Any:
        if (lag := self.behind(call)) == 0:
            return NOT_OWN
        head = max(0, int(self.node.rpc("eth_blockNumber"), 16) - lag)
        return self._at(call["method"], list(call["params"]), head)

    def _at(self, method: str, params: list[Any], head: int) -> Any:
        if method == "eth_blockNumber":
            return hex(head)
        params = [hex(head) if each in LATEST else each for each in params]
        if method == "eth_getBlockByNumber" and int(params[0], 16) > head:
            return None
        if method == "eth_getLogs" and "fromBlock" in params[0]:
            if int(params[0]["fromBlock"], 16) > head:
                return []
            params = [params[0] | {"toBlock": hex(min(int(params[0]["toBlock"], 16), head))}]
        for each in params:
            if isinstance(each, dict) and "blockHash" in each:
                block = self.node.rpc("eth_getBlockByHash", each["blockHash"], False)
                if block is None or int(block["number"], 16) > head:
                    raise Refusal(-32000, "header not found")
        block = params[-1] if method in STATES and len(params) > 1 else None
        if isinstance(block, str) and block.startswith("0x") and int(block, 16) > head:
            raise Refusal(-32000, "header not found")
        found = self.node.rpc(method, *params)
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") and found and found["blockNumber"]:
            return found if int(found["blockNumber"], 16) <= head else None
        return found
