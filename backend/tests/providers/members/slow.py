"""A node that takes its time, and now and then too long."""

import time

from tests.providers.member import Answer, Asked, Member, Reply

EVERY = 60


class Provider(Member):
    does = "answers take 10 ms, and every 60th longer than the client waits"
    seen = "geth under load"
    calm = False

    requests = 0
    patience = 0.5
    # More than the client waits, in seconds.
    pause = 0.6

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        self.requests += 1
        time.sleep(self.pause if self.requests % EVERY == 0 else 0.01)
        return super().reply(asked, answers)
