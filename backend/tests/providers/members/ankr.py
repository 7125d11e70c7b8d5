"""Ankr: HTTP 400 and a text."""

from tests.providers.member import Asked, Member, Reply, calls_of, span_of

MOST_BLOCKS = 7


class Provider(Member):
    does = "`eth_getLogs` over more than 7 blocks: HTTP 400 without JSON"
    seen = "boundless 1665"

    def refused(self, asked: Asked) -> Reply | None:
        logs = [call for call in calls_of(asked) if call["method"] == "eth_getLogs"]
        if any(span_of(call) > MOST_BLOCKS for call in logs):
            return Reply(400, b"block range is too wide", {"Content-Type": "text/plain"})
        return None
