"""Arbitrum."""

from typing import Any

from tests.providers.member import Call, Member

L1_OFFSET = 20_000_000


class Provider(Member):
    does = "`gasUsedForL1` is part of `gasUsed`; `l1BlockNumber` is another number; a block's gas limit is 2^50"
    seen = "ethers 3421, nitro's receipts"

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getTransactionReceipt" and result:
            number = int(result["blockNumber"], 16)
            more = {"gasUsedForL1": hex(int(result["gasUsed"], 16) // 3), "timeboosted": False}
            return result | more | {"l1BlockNumber": hex(L1_OFFSET + number)}
        if call["method"] == "eth_getBlockByNumber" and result:
            number = int(result["number"], 16)
            return result | {"l1BlockNumber": hex(L1_OFFSET + number), "sendCount": "0x1", "gasLimit": hex(2**50)}
        return result
