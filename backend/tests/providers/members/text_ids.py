"""A gateway that gives ids as text, and answers a batch in another order."""

import json

from tests.providers.member import Answer, Asked, Member, Reply


class Provider(Member):
    does = "ids come back as text, and batches in reverse order"
    seen = "tendermint 3881, jsonrpsee 644, geth 31939"

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        if isinstance(answers, list):
            return Reply(body=json.dumps([each | {"id": str(each["id"])} for each in reversed(answers)]).encode())
        return Reply(body=json.dumps(answers | {"id": str(answers["id"])}).encode())
