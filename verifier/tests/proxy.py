"""A node in front of the real one, which keeps what it was asked, and may lie or know the newest block only."""

import json
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Proxy:
    """`said`: the requests as text. `lies`: gives other block hashes. `newest_only`: proves no older block.

    `alters`: makes another result of a method and its true result.
    """

    def __init__(
        self,
        target: str,
        *,
        lies: bool = False,
        newest_only: bool = False,
        spoils_proofs: bool = False,
        alters: Callable[[str, Any], Any] | None = None,
    ) -> None:
        self.target, self.lies, self.newest_only, self.spoils = target, lies, newest_only, spoils_proofs
        self.alters = alters
        self.said: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.said.append(body.decode())
                answer = json.dumps(proxy.answer(json.loads(body))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer of this node."""
        if self.newest_only and request["method"] in ("eth_getProof", "eth_call"):
            block = request["params"][-1]
            if block != "latest" and int(block, 16) != int(
                self.ask({**request, "method": "eth_blockNumber", "params": []})["result"], 16
            ):
                return {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "error": {"code": -32000, "message": "distance to target block exceeds window"},
                }
        answer = self.ask(request)
        if self.lies and request["method"] == "eth_getBlockByNumber":
            answer["result"]["hash"] = "0x" + "66" * 32
        if self.alters:
            answer["result"] = self.alters(request["method"], answer["result"])
        if self.spoils and request["method"] == "eth_getProof":
            answer["result"]["storageProof"][0]["proof"].pop()
        return answer

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The real node's answer."""
        made = urllib.request.Request(self.target, json.dumps(request).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(made, timeout=20) as response:
            found: dict[str, Any] = json.loads(response.read())
        return found

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
