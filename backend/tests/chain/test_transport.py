"""HTTP to a node: within a total time and size, whatever the node does; unpacked; and never to another address."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from blockchain.chain import transport
from blockchain.chain.breaker import TimedOut
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node

ANSWER = json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x7a69"}).encode()
Answering = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answering(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def answer(handler: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def test_request__node_sends_a_byte_now_and_then__ends_after_the_total_time() -> None:
    def dripping(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10000")
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass

    started = time.monotonic()
    with serving(dripping) as url, pytest.raises(TimedOut):
        Node(url=url, timeout=0.2).request("eth_chainId")
    # 200 bytes would have taken 10 s.
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_request__answer_beyond_the_bound__is_unavailable(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 100_000)
    body = ANSWER + b" " * 200_000

    def long(handler: BaseHTTPRequestHandler) -> None:
        if packed:
            answer(handler, gzip.compress(body), Content_Encoding="gzip")
        else:
            answer(handler, body)

    with serving(long) as url, pytest.raises(ChainUnavailable):
        Node(url=url).request("eth_chainId")


def test_request__packed_answer__is_unpacked() -> None:
    body = ANSWER + b" " * 200_000
    with serving(lambda handler: answer(handler, gzip.compress(body), Content_Encoding="gzip")) as url:
        assert Node(url=url).chain_id() == 0x7A69


def test_request__answer_cut_off__is_unavailable() -> None:
    def cut_off(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, ANSWER[:10], Content_Length=str(len(ANSWER)))
        handler.close_connection = True

    with serving(cut_off) as url, pytest.raises(ChainUnavailable):
        Node(url=url, timeout=1).request("eth_chainId")


def test_request__redirect__is_not_followed() -> None:
    asked = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("X-Key"))
        answer(handler, ANSWER)

    with (
        serving(elsewhere) as other,
        serving(lambda handler: answer(handler, b"", status=307, Location=other)) as url,
        pytest.raises(ChainUnavailable, match="307"),
    ):
        Node(url=url, headers={"X-Key": "secret"}).request("eth_chainId")
    assert asked == []


def test_request__error_page__is_named_and_bounded() -> None:
    page = b"<html>upstream is down" + b"x" * 1000
    with (
        serving(lambda handler: answer(handler, page, status=502)) as url,
        pytest.raises(ChainUnavailable, match="502: <html>upstream is down") as caught,
    ):
        Node(url=url).request("eth_chainId")
    assert len(str(caught.value)) < 400
