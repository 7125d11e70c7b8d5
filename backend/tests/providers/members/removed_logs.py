"""A node that also tells of logs that a reorg removed."""

from typing import Any

from tests.providers.member import Call, Member


class Provider(Member):
    does = "logs of a block that is gone come with `removed: true`, and each log twice"
    seen = "geth 24078, graph-node 776"

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] != "eth_getLogs":
            return result
        gone = [
            log | {"removed": True, "blockHash": "0x" + "ee" * 32, "transactionHash": "0x" + "dd" * 32}
            for log in result
        ]
        return gone + result + result
