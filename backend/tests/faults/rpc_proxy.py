"""A JSON-RPC node that misbehaves: a proxy in front of anvil, with faults by script."""

import json
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

FORWARD_SECONDS = 30
HTML = b"<html><body><h1>Bad gateway</h1></body></html>"


class Fault(Enum):
    """What happens to one HTTP request."""

    REPLY_DROPPED = "the request is forwarded, the answer is lost"
    NOT_FORWARDED = "the connection is closed at once"
    BLACK_HOLE = "no answer ever"
    TRUNCATED = "half of the answer"
    STATUS_429 = "429 with a JSON-RPC error"
    STATUS_500 = "500 with a JSON-RPC error"
    STATUS_502 = "502 with HTML"
    HTML_200 = "200 with HTML"
    REDIRECT = "307 to somewhere else"
    INTERNAL_ERROR = "200 with JSON-RPC error -32603"
    LIMIT_EXCEEDED = "200 with JSON-RPC error -32005"
    SINGLE_ERROR = "200 with one error object, for a batch too"
    NO_IDS = "200 with errors without ids"
    EMPTY = "200 with nothing"
    NULL = "200 with null as every result"


@dataclass
class Rule:
    """One fault, for requests that name one of `methods` (all, if none are given), at most `times` times."""

    fault: Fault
    methods: frozenset[str]
    times: int | None
    hits: int = 0


@dataclass
class RpcProxy:
    """Forwards to `upstream` until told otherwise. As a context manager it serves; `url` is where."""

    upstream: str
    # Blocks that the node is behind, for the n-th request; a load balancer gives each request to another node.
    lag: Callable[[int], int] = field(default=lambda number: 0)
    # Blocks that the node is behind which answers one call, by its method; of a batch, each call may go elsewhere.
    lag_of: Callable[[str], int] = field(default=lambda method: 0)
    requests: int = 0
    seen: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, fault: Fault, *methods: str, times: int | None = 1) -> Rule:
        """From now on; rules are tried in the order in which they were given."""
        rule = Rule(fault=fault, methods=frozenset(methods), times=times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def heal(self) -> None:
        """Faults no more; who waits in a black hole gets a closed connection."""
        with self._lock:
            self._rules.clear()
        self.lag = lambda number: 0
        self.lag_of = lambda method: 0
        self._released.set()
        self._released = threading.Event()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        """Serves one POST."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        fault, number = self._fault_for([call["method"] for call in calls])
        if fault in (Fault.NOT_FORWARDED, Fault.BLACK_HOLE):
            if fault is Fault.BLACK_HOLE:
                self._released.wait(FORWARD_SECONDS)
            handler.close_connection = True
        elif fault in ANSWERS:
            status, answer = ANSWERS[fault](asked)
            self._answer(handler, status, answer)
        else:
            answer = self._forward(asked, self.lag(number))
            if fault is Fault.REPLY_DROPPED:
                handler.close_connection = True
            elif fault is Fault.TRUNCATED:
                self._answer(handler, 200, answer, send=len(answer) // 2)
                handler.close_connection = True
            else:
                self._answer(handler, 200, answer)

    def _fault_for(self, methods: list[str]) -> tuple[Fault | None, int]:
        with self._lock:
            self.requests += 1
            self.seen += methods
            for rule in self._rules:
                if (not rule.methods or rule.methods & set(methods)) and (rule.times is None or rule.hits < rule.times):
                    rule.hits += 1
                    return rule.fault, self.requests
            return None, self.requests

    def _forward(self, asked: Any, behind: int) -> bytes:
        calls = asked if isinstance(asked, list) else [asked]
        lags = [max(behind, self.lag_of(call["method"])) for call in calls]
        if not any(lags):
            return self._post(asked)
        head = int(self._result("eth_blockNumber"), 16)
        answers = [self._answer_behind(call, max(0, head - lag)) for call, lag in zip(calls, lags, strict=True)]
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _answer_behind(self, call: dict[str, Any], head: int) -> dict[str, Any]:
        """What a node would say that has not seen more than block `head`."""
        method, params = call["method"], list(call["params"])
        params = [hex(head) if each in ("latest", "pending") else each for each in params]
        if method == "eth_getBlockByNumber" and int(params[0], 16) > head:
            return _result_of(call, None)
        if method == "eth_getLogs":
            params = [params[0] | {"toBlock": hex(min(_number(params[0].get("toBlock", hex(head)), head), head))}]
            if int(params[0]["fromBlock"], 16) > head:
                return _result_of(call, [])
        if method in ("eth_call", "eth_getTransactionCount", "eth_getBalance") and _is_beyond(params[-1], head):
            return _unknown_block(call)
        for each in params:
            if isinstance(each, dict) and "blockHash" in each:
                block = self._result("eth_getBlockByHash", each["blockHash"], False)
                if block is None or int(block["number"], 16) > head:
                    return _unknown_block(call)
        answer: dict[str, Any] = json.loads(self._post(call | {"params": params}))
        found = answer.get("result")
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") and found and found["blockNumber"]:
            return answer if int(found["blockNumber"], 16) <= head else _result_of(call, None)
        return answer

    def _result(self, method: str, *params: Any) -> Any:
        return json.loads(self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))["result"]

    def _post(self, asked: Any) -> bytes:
        request = urllib.request.Request(
            self.upstream, json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=FORWARD_SECONDS) as answer:
            read: bytes = answer.read()
        return read

    @staticmethod
    def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, send: int | None = None) -> None:
        handler.send_response(status)
        if status == 307:
            handler.send_header("Location", "http://127.0.0.1:9/")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:send])


def _number(tag: str, head: int) -> int:
    return head if tag in ("latest", "pending") else int(tag, 16)


def _is_beyond(block: Any, head: int) -> bool:
    return isinstance(block, str) and block.startswith("0x") and int(block, 16) > head


def _unknown_block(call: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call["id"], "error": _error(-32000, "unknown block")}


def _result_of(call: dict[str, Any], result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call["id"], "result": result}


def _each(asked: Any, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    return json.dumps([answer(call) for call in asked] if isinstance(asked, list) else answer(asked)).encode()


def _error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _errors(asked: Any, code: int, message: str) -> bytes:
    return _each(asked, lambda call: {"jsonrpc": "2.0", "id": call["id"], "error": _error(code, message)})


def _one_error(code: int, message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": _error(code, message)}).encode()


ANSWERS: dict[Fault, Callable[[Any], tuple[int, bytes]]] = {
    Fault.STATUS_429: lambda asked: (429, _one_error(-32005, "too many requests")),
    Fault.STATUS_500: lambda asked: (500, _errors(asked, -32603, "internal error")),
    Fault.STATUS_502: lambda asked: (502, HTML),
    Fault.HTML_200: lambda asked: (200, HTML),
    Fault.REDIRECT: lambda asked: (307, b""),
    Fault.INTERNAL_ERROR: lambda asked: (200, _errors(asked, -32603, "internal error")),
    Fault.LIMIT_EXCEEDED: lambda asked: (200, _errors(asked, -32005, "limit exceeded")),
    Fault.SINGLE_ERROR: lambda asked: (200, _one_error(-32603, "internal error")),
    Fault.NO_IDS: lambda asked: (
        200,
        _each(asked, lambda call: {"jsonrpc": "2.0", "id": None, "error": _error(-32603, "internal error")}),
    ),
    Fault.EMPTY: lambda asked: (200, b""),
    Fault.NULL: lambda asked: (200, _each(asked, lambda call: _result_of(call, None))),
}


def _handler(proxy: RpcProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            try:
                proxy.handle(self)
            except OSError:
                # The client went away, or anvil did.
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler
