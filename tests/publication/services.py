"""Sourcify and Etherscan, as their references have them: what they refuse, how they are slow, and what they compare."""

import json
import re
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.publication.verifier import RefusedError, compare, recompiled
from tests.support.proxy import Response
from tests.support.rpc import Rpc

Json = dict[str, Any]


class FakeService:
    """`moods` are answered first, one a request. A job is finished when it has been asked for `pending` times."""

    def __init__(self, rpc: Rpc, *, chain_id: int = 31337) -> None:
        self._rpc = rpc
        self.chain_id = chain_id
        self.moods: list[Response] = []
        self.pending = 0
        self.requests: list[tuple[str, str, bytes]] = []
        self.jobs: dict[str, Json] = {}
        self.verified: set[str] = set()

    def handle(self, request: BaseHTTPRequestHandler, body: bytes) -> Response:
        self.requests.append((request.command, request.path, body))
        if self.moods:
            return self.moods.pop(0)
        return self.answer(request, body)

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> Response:
        raise NotImplementedError

    def is_pending(self, job: Json) -> bool:
        job["asked"] = job.get("asked", 0) + 1
        return job["asked"] <= self.pending

    def begin(self, address: str, check: Callable[[], None]) -> str:
        """A job, at whose end `check` decides."""
        name = str(uuid.uuid4())
        self.jobs[name] = {"address": address, "check": check}
        return name

    def outcome(self, job: Json) -> RefusedError | None:
        try:
            job["check"]()
        except RefusedError as refused:
            return refused
        self.verified.add(job["address"])
        return None


class FakeSourcify(FakeService):
    """`services/server/src/apiv2.yaml` of argotorg/sourcify."""

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> Response:
        verify = re.fullmatch(r"/v2/verify/(\d{1,20})/(0x[0-9a-fA-F]{40})", request.path)
        if request.command == "POST" and verify:
            return self._verify(request, body, chain_id=verify[1], address=verify[2])
        if request.command == "GET" and (match := re.fullmatch(r"/v2/verify/([0-9a-f-]{36})", request.path)):
            return self._job(match[1])
        return self._error(404, "route_not_found", "No such route")

    def _verify(self, request: BaseHTTPRequestHandler, body: bytes, *, chain_id: str, address: str) -> Response:
        if request.headers.get("Content-Type") != "application/json":
            return self._error(415, "invalid_parameter", "unsupported media type")
        if int(chain_id) != self.chain_id:
            return self._error(400, "unsupported_chain", f"Chain {chain_id} not found")
        values = json.loads(body)
        for name in ("stdJsonInput", "compilerVersion", "contractIdentifier"):
            if name not in values:
                return self._error(400, "invalid_parameter", f"must have required property '{name}'")
        given = values["stdJsonInput"]
        if not given.get("language") or not given.get("sources"):
            return self._error(400, "invalid_parameter", "Standard JSON input must contain a language and sources.")
        if any(not source.get("content") for source in given["sources"].values()):
            return self._error(400, "invalid_parameter", "Standard JSON input must contain a content field.")
        if ":" not in values["contractIdentifier"]:
            return self._error(400, "invalid_parameter", "The contractIdentifier must consist of path and name.")
        creation = values.get("creationTransactionHash")
        if creation is not None and not re.fullmatch(r"0x[0-9a-fA-F]{64}", creation):
            return self._error(400, "invalid_parameter", "creationTransactionHash must match pattern")
        if address in self.verified:
            return self._error(409, "already_verified", f"Contract {address} on chain {chain_id} is already verified")

        def check() -> None:
            made = recompiled(given, version=values["compilerVersion"], identifier=values["contractIdentifier"])
            compare(self._rpc, made, address=address, creation=creation)

        return Response(202, {"verificationId": self.begin(address, check)})

    def _job(self, name: str) -> Response:
        if (job := self.jobs.get(name)) is None:
            return self._error(404, "job_not_found", f"No verification job found for id {name}")
        contract: Json = {"match": None, "creationMatch": None, "runtimeMatch": None}
        if self.is_pending(job):
            return Response(200, {"isJobCompleted": False, "verificationId": name, "contract": contract})
        refused = self.outcome(job)
        if refused is None:
            contract = dict.fromkeys(contract, "exact_match")
        answer = {"isJobCompleted": True, "verificationId": name, "contract": contract}
        if refused is not None:
            answer["error"] = {"customCode": refused.code, "message": str(refused)}
        return Response(200, answer)

    def _error(self, status: int, code: str, message: str) -> Response:
        return Response(status, {"customCode": code, "message": message, "errorId": str(uuid.uuid4())})


class FakeEtherscan(FakeService):
    """docs.etherscan.io: /v2/api, a form in the body, every refusal a text with HTTP status 200."""

    key = "EXPLORERKEY0123456789EXPLORERKEY01"

    def __init__(self, rpc: Rpc, *, creations: dict[str, str]) -> None:
        """`creations`: the transaction that made the contract, by address; an explorer has them all."""
        super().__init__(rpc)
        self._creations = creations

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> Response:
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query, strict_parsing=True))
        if parts.path != "/v2/api":
            return Response(404, {"message": "not found"})
        if query.get("chainid") != str(self.chain_id):
            return self._no("Missing or unsupported chainid parameter (required for v2 api)")
        if query.get("module") != "contract":
            return self._no("Error! Missing Or invalid Module name")
        action = query.get("action")
        if action == "verifysourcecode" and request.command == "POST":
            if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
                return self._no("Error! Missing Or invalid content type")
            form = dict(parse_qsl(body.decode(), strict_parsing=True))
            return self._keyed(form) or self._verify(form)
        if action == "checkverifystatus" and request.command == "GET":
            return self._keyed(query) or self._status(query)
        return self._no("Error! Missing Or invalid Action name")

    def _keyed(self, values: dict[str, str]) -> Response | None:
        if values.get("apikey") == self.key:
            return None
        return self._no(f"Invalid API Key (#err2)|{values.get('apikey')}")

    def _verify(self, form: dict[str, str]) -> Response:
        address = form.get("contractaddress", "")
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", address):
            return self._no("Error! Missing Or invalid contractaddress")
        if form.get("codeformat") != "solidity-standard-json-input" or ":" not in form.get("contractname", ""):
            return self._no("Error! Missing Or invalid codeformat or contractname")
        if not form.get("compilerversion", "").startswith("v"):
            return self._no("Error! Invalid compiler version")
        arguments = form.get("constructorArguements", "")
        if not re.fullmatch(r"[0-9a-f]*", arguments):
            return self._no("Error! Invalid constructor arguments provided.")
        if self._rpc("eth_getCode", address, "latest") == "0x":
            return self._no(f"Unable to locate ContractCode at {address}")
        if address in self.verified:
            return self._no("Contract source code already verified")

        def check() -> None:
            given, version = json.loads(form["sourceCode"]), form["compilerversion"]
            made = recompiled(given, version=version, identifier=form["contractname"])
            compare(
                self._rpc, made, address=address, creation=self._creations[address], arguments=bytes.fromhex(arguments)
            )

        return self._yes(self.begin(address, check))

    def _status(self, query: dict[str, str]) -> Response:
        if (job := self.jobs.get(query.get("guid", ""))) is None:
            return self._no("Error! Invalid GUID")
        if self.is_pending(job):
            return self._no("Pending in queue")
        if self.outcome(job) is not None:
            return self._no("Fail - Unable to verify")
        return self._yes("Pass - Verified")

    def _yes(self, text: str) -> Response:
        return Response(200, {"status": "1", "message": "OK", "result": text})

    def _no(self, text: str) -> Response:
        return Response(200, {"status": "0", "message": "NOTOK", "result": text})
