"""A plan that is used up again and again."""

import json
import random

from tests.providers.member import Asked, Call, Member, Refusal, Reply
from tests.providers.upstream import Upstream

# One of so many.
REQUESTS, CALLS = 15, 200


class Provider(Member):
    does = "one request of 15: HTTP 429; one call of 200, within batches too: −32005, −32016 or 429"
    seen = "grants-stack-indexer 156, ensnode 1022"
    calm = False

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        self.chance = random.Random(1)

    def refused(self, asked: Asked) -> Reply | None:
        if self.chance.randrange(REQUESTS):
            return None
        error = {"jsonrpc": "2.0", "id": None, "error": {"code": 429, "message": "Too Many Requests"}}
        return Reply(429, json.dumps(error).encode(), {"Content-Type": "application/json", "Retry-After": "1"})

    def asked(self, call: Call) -> Call:
        if self.chance.randrange(CALLS) == 0:
            raise Refusal(self.chance.choice([-32005, -32016, 429]), "over rate limit")
        return call
