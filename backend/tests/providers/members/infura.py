"""Infura: the number of results is limited, whatever the range."""

from typing import Any

from tests.providers.member import Call, Member, Refusal, span_of

# 10,000 in truth.
MOST_RESULTS = 1


class Provider(Member):
    does = "`eth_getLogs` with more than N results: −32005, the code of a node that is busy"
    seen = "INFURA 237, bsc 1215"

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_getLogs" and len(result) > MOST_RESULTS and span_of(call) > 1:
            raise Refusal(-32005, "query returned more than 10000 results. Try with this block range [0x1, 0x2].")
        return result
