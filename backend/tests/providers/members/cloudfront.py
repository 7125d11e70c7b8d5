"""A content network in front of the node."""

import random

from tests.providers.member import Answer, Asked, Member, Reply
from tests.providers.upstream import Upstream

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class Provider(Member):
    does = "one answer of nine is an HTML page with 502, or with 200, or is cut off in the middle"
    seen = "Infura, Cloudflare"
    calm = False

    def __init__(self, node: Upstream) -> None:
        super().__init__(node)
        self.chance = random.Random(1)

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        true = super().reply(asked, answers)
        match self.chance.randrange(27):
            case 0:
                return Reply(502, HTML, {"Content-Type": "text/html"})
            case 1:
                return Reply(200, HTML, {"Content-Type": "text/html"})
            case 2:
                return Reply(200, true.body, true.headers, cut=len(true.body) // 2)
        return true
