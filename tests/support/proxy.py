"""An HTTP server in front of a node that changes what it answers, as providers and other kinds of chain do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.rpc import Rpc, RpcError

Json = Any
# Answers a method and its parameters, by asking the node or not. Raises `RpcError` to refuse.
Answer = Callable[[str, list[Json]], Json]


@dataclass(frozen=True)
class Response:
    """What an HTTP server answers: `value` as JSON, or bytes as they are."""

    status: int
    value: Json
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def json_server(handle: Callable[[BaseHTTPRequestHandler, bytes], Response]) -> Iterator[str]:
    """A server on a free port; `handle` makes the response to a request and its body. Yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            response = handle(self, body)
            text = response.value if isinstance(response.value, bytes) else json.dumps(response.value).encode()
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def proxied(answer: Answer) -> Iterator[str]:
    """A JSON-RPC server that `answer` speaks for, one request at a time. Yields its URL."""
    turn = threading.Lock()

    def one(request: Json) -> Json:
        head = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            with turn:
                return head | {"result": answer(request["method"], request.get("params") or [])}
        except RpcError as error:
            return head | {"error": {"code": error.code, "message": error.message, "data": error.data}}

    def handle(_: BaseHTTPRequestHandler, body: bytes) -> Response:
        request = json.loads(body)
        return Response(200, [one(item) for item in request] if isinstance(request, list) else one(request))

    with json_server(handle) as url:
        yield url


def asking(rpc: Rpc) -> Answer:
    """An answer that is the node's own."""
    return lambda method, params: rpc(method, *params)
