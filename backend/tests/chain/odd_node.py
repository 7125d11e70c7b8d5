"""A node that answers what a test wants, over HTTP; what it leaves alone is asked of a real one."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

Request = dict[str, Any]
# Gets the request, single or batch, and a function that asks the real node; gives what is answered.
Answer = Callable[[Request | list[Request], Callable[[Any], Any]], Any]


class OddNode:
    """In front of the node at `behind`, while the `with` block lasts."""

    def __init__(self, behind: str, answer: Answer) -> None:
        def ask(request: Any) -> Any:
            return requests.post(behind, json=request, timeout=10).json()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps(answer(request, ask)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self.url

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def each(answer: Callable[[Request, Any], Any]) -> Answer:
    """Alters the response (the whole object, with its id) to each single request, also within a batch."""

    def altered(request: Request | list[Request], ask: Callable[[Any], Any]) -> Any:
        response = ask(request)
        if isinstance(request, dict):
            return answer(request, response)
        by_id = {one["id"]: one for one in response}
        return [answer(one, by_id[one["id"]]) for one in request]

    return altered
