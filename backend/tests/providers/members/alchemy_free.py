"""Alchemy's free tier."""

from tests.providers.member import Call, Member, Refusal, span_of

# 10 in truth, with which the first range of a test would do.
MOST_BLOCKS = 8


class Provider(Member):
    does = "`eth_getLogs` over more than 10 blocks (here 8): error −32600"
    seen = "ponder 724"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getLogs" and span_of(call) > MOST_BLOCKS:
            raise Refusal(
                -32600,
                "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on "
                "your parameters, this block range should work: [0x0, 0x9]",
            )
        return call
