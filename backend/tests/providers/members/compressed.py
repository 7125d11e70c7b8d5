"""A node that compresses its answers."""

import gzip

from tests.providers.member import Answer, Asked, Member, Reply


class Provider(Member):
    does = "answers are compressed (gzip)"
    seen = "most providers"

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        true = super().reply(asked, answers)
        return Reply(200, gzip.compress(true.body, 1), true.headers | {"Content-Encoding": "gzip"})
