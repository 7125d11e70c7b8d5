"""dRPC's free tier."""

from tests.providers.member import Asked, Member, Reply, error_reply

MOST_CALLS = 3


class Provider(Member):
    does = "batches of more than 3: HTTP 500 with one error object"
    seen = "safe-eth-py 303"

    def refused(self, asked: Asked) -> Reply | None:
        if isinstance(asked, list) and len(asked) > MOST_CALLS:
            return error_reply(31, "Batch of more than 3 requests are not allowed on free tier", status=500)
        return None
