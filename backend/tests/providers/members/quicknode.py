"""QuickNode: limits are told over HTTP."""

from tests.providers.member import Asked, Member, Reply, calls_of, error_reply, span_of

MOST_BLOCKS = 5


class Provider(Member):
    does = "`eth_getLogs` over more than 5 blocks: HTTP 413 for the whole request"
    seen = "rindexer 181"

    def refused(self, asked: Asked) -> Reply | None:
        logs = [call for call in calls_of(asked) if call["method"] == "eth_getLogs"]
        if any(span_of(call) > MOST_BLOCKS for call in logs):
            return error_reply(-32614, "eth_getLogs is limited to a 5 range", status=413)
        return None
