"""A node that does not look at all of the filter."""

from typing import Any

from tests.providers.member import Call, Member

STRANGE = {
    "address": "0x" + "ab" * 20,
    "topics": ["0x" + "11" * 32],
    "data": "0x",
    "blockHash": "0x" + "22" * 32,
    "transactionHash": "0x" + "33" * 32,
    "blockNumber": "0x1",
    "logIndex": "0x0",
}


class Provider(Member):
    does = "`eth_getLogs` gives logs of other contracts, without topics too, in any order"
    seen = "light indexers, sei's synthetic logs"

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getLogs":
            return [STRANGE, *reversed(result), STRANGE | {"topics": []}]
        return result
