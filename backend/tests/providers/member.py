"""What a provider does otherwise than anvil. Each member of the zoo overrides the few methods that it needs."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.anvil import RpcError
from tests.providers.upstream import Upstream

Call = dict[str, Any]
Answer = dict[str, Any]
# A single request, or a batch.
Asked = Call | list[Call]
# What `own` gives for a request that anvil answers.
NOT_OWN = object()
JSON = {"Content-Type": "application/json"}


class Refusal(Exception):
    """The provider answers one request with this error."""

    def __init__(self, code: int | str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, **more}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer. `cut`: the connection is closed after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    cut: int | None = None


class Member:
    """A provider that behaves as anvil does."""

    # For the table in docs/providers.md. `seen`: where such behaviour was reported.
    does: ClassVar[str] = ""
    seen: ClassVar[str] = ""
    # Whether the whole life is lived under it: all is written, read and compared, and health is green at the end.
    works: ClassVar[bool] = True
    # Whether no round is ever held up by it.
    calm: ClassVar[bool] = True
    # What health says while it lasts (a regular expression), if it does not work.
    notices: ClassVar[str] = ""
    # What it gives reason to log.
    alarms: ClassVar[frozenset[str]] = frozenset()
    # Whether the contract is deployed later than in the first block.
    deployed_late: ClassVar[bool] = False
    # What the operator has to set.
    settings: ClassVar[dict[str, Any]] = {}
    # How long the backend waits for an answer, in seconds.
    patience: ClassVar[float] = 5.0
    # Whether it can't end, since the chain itself is like this.
    lasting: ClassVar[bool] = False

    def __init__(self, node: Upstream) -> None:
        self.node = node

    def refused(self, asked: Asked) -> Reply | None:
        """The answer to a whole HTTP request that is not looked at any further."""
        return None

    def asked(self, call: Call) -> Call:
        """What anvil is asked instead. Raises `Refusal`."""
        return call

    def own(self, call: Call) -> Any:
        """A result that is not anvil's, or `NOT_OWN`. Raises `Refusal`."""
        return NOT_OWN

    def told(self, call: Call, result: Any) -> Any:
        """What is made of a result of anvil's. Raises `Refusal`."""
        return result

    def failed(self, call: Call, error: dict[str, Any]) -> dict[str, Any]:
        """What is made of an error of anvil's."""
        return error

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        """The answer over HTTP."""
        return Reply(body=json.dumps(answers).encode())

    def truth(self, method: str, result: Any) -> Any:
        """A result of anvil's as it would be on a chain that is like this provider: for the check of the truth."""
        return result

    def invented_wei(self, account: str) -> int:
        """What the account paid on such a chain beyond what anvil took."""
        return 0


def calls_of(asked: Asked) -> list[Call]:
    return asked if isinstance(asked, list) else [asked]


def error_reply(code: int | str, message: str, *, status: int = 200, asked: Asked | None = None) -> Reply:
    """One error object, for a batch too."""
    same = asked["id"] if isinstance(asked, dict) else None
    return Reply(
        status, json.dumps({"jsonrpc": "2.0", "id": same, "error": {"code": code, "message": message}}).encode()
    )


def span_of(call: Call) -> int:
    """How many blocks an `eth_getLogs` is about; 1 for one by hash."""
    query = call["params"][0]
    return 1 if "blockHash" in query else int(query["toBlock"], 16) - int(query["fromBlock"], 16) + 1


def answered(member: Member, asked: Asked) -> Reply:
    """Serves one HTTP request."""
    if (whole := member.refused(asked)) is not None:
        return whole
    answers: dict[int, Answer] = {}
    forwarded: list[tuple[int, Call]] = []
    calls = calls_of(asked)
    for place, call in enumerate(calls):
        try:
            found = member.own(call)
            if found is NOT_OWN:
                forwarded.append((place, member.asked(call)))
            else:
                answers[place] = _of(call, result=found)
        except Refusal as refusal:
            answers[place] = _of(call, error=refusal.error)
        except RpcError as error:
            answers[place] = _of(call, error={"code": -32000, "message": str(error)})
    for (place, _), answer in zip(forwarded, member.node.forward([call for _, call in forwarded]), strict=True):
        answers[place] = _changed(member, calls[place], answer)
    ordered = [answers[place] for place in range(len(calls))]
    return member.reply(asked, ordered if isinstance(asked, list) else ordered[0])


def _changed(member: Member, call: Call, answer: Answer) -> Answer:
    if "error" in answer:
        return _of(call, error=member.failed(call, answer["error"]))
    try:
        return _of(call, result=member.told(call, answer["result"]))
    except Refusal as refusal:
        return _of(call, error=refusal.error)


def _of(call: Call, **content: Any) -> Answer:
    return {"jsonrpc": "2.0", "id": call["id"], **content}
