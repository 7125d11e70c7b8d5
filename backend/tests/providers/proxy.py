"""A provider over HTTP: a proxy in front of anvil that answers as a member of the zoo does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.providers.member import Member, Reply, answered, calls_of
from tests.providers.upstream import Upstream


class Provider:
    """Serves while the `with` block lasts; `url` is where."""

    def __init__(self, kind: type[Member], *, upstream: str, port: int = 0) -> None:
        self.node = Upstream(upstream)
        self.member = kind(self.node)
        # How often the backend asked, and what.
        self.requests = 0
        self.methods: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serves in this thread, for ever."""
        self._server.serve_forever()

    def heal(self) -> None:
        """From now on it behaves as anvil does, unless the chain itself is like this."""
        if not self.member.lasting:
            self.member = Member(self.node)

    def reply(self, asked: Any) -> Reply:
        self.requests += 1
        self.methods += [call["method"] for call in calls_of(asked)]
        return answered(self.member, asked)


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one packet: the client's kernel would wait 40 ms for the second one.
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                reply = provider.reply(json.loads(body))
            except OSError:
                # Anvil went away.
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                self.wfile.write(reply.body[: reply.cut])
                self.wfile.flush()
            except OSError:
                self.close_connection = True
            if reply.cut is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler
