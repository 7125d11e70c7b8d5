"""A node that was started from a snapshot: block 0 is not there."""

from typing import Any

from tests.providers.member import NOT_OWN, Call, Member


class Provider(Member):
    does = "block 0 is null"
    seen = "bsc's pruned ancient store, EIP-4444"
    deployed_late = True

    def own(self, call: Call) -> Any:
        return None if call["method"] == "eth_getBlockByNumber" and call["params"][0] == "0x0" else NOT_OWN
