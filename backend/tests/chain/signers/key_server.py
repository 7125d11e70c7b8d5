"""A program that keeps keys, over HTTP: what the two that are imitated here have in common."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from eth_account import Account
from eth_account.messages import encode_typed_data


class Refusal(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answer(NamedTuple):
    """What goes out: status and body."""

    status: int
    body: bytes


class KeyServer:
    """Holds keys by lower-case address. `down` stops it, `up` starts it on the same port; `tamper` alters a result."""

    error_status = 200

    def __init__(self, *keys: str, chain_id: int) -> None:
        self.keys = {Account.from_key(key).address.lower(): key for key in keys}
        self.chain_id = chain_id
        self.tamper: Callable[[Any], Any] = lambda result: result
        # Whole answers of the test's own, instead of what the server says.
        self.answer: Callable[[dict[str, Any]], Answer] | None = None
        self.asked: list[dict[str, Any]] = []
        self._port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def call(self, method: str, params: Any) -> Any:
        """The result of a method. Raises `Refusal`."""
        raise NotImplementedError

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Type"] != "application/json":
                    answer = Answer(415, b"invalid content type, only application/json is supported")
                else:
                    answer = outer.respond(json.loads(body))
                self.send_response(answer.status)
                # In chunks, as Go's and Java's servers do with long answers.
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for start in range(0, len(answer.body), 4096):
                    some = answer.body[start : start + 4096]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(some), some))
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def respond(self, request: dict[str, Any]) -> Answer:
        self.asked.append(request)
        if self.answer is not None:
            return self.answer(request)
        told = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            if request.get("jsonrpc") != "2.0":
                raise Refusal(-32600, "invalid request")
            result = self.tamper(self.call(request["method"], request.get("params")))
        except Refusal as refusal:
            told["error"] = {"code": refusal.code, "message": str(refusal)}
            return Answer(self.error_status, json.dumps(told).encode())
        return Answer(200, json.dumps({**told, "result": result}).encode())

    def key_of(self, address: str, refusal: Refusal) -> str:
        try:
            return self.keys[address.lower()]
        except KeyError:
            raise refusal from None


def quantity(value: Any, refusal: Refusal) -> int:
    """A number as JSON-RPC has it: `0x` hex without leading zeros."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise refusal
    digits = value[2:]
    if not digits or (len(digits) > 1 and digits[0] == "0"):
        raise refusal
    try:
        return int(digits, 16)
    except ValueError:
        raise refusal from None


def raw_of(fields: dict[str, Any], key: str) -> str:
    """A transaction as eth_account signs it."""
    return "0x" + bytes(Account.from_key(key).sign_transaction(fields).raw_transaction).hex()


def data_signature_of(typed_data: dict[str, Any], key: str) -> str:
    """Typed data as eth_account signs it: v is 27 or 28."""
    signed = Account.from_key(key).sign_message(encode_typed_data(full_message=typed_data))
    return "0x" + bytes(signed.signature).hex()
