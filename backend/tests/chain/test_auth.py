"""Each kind of authentication, against a server that lets nobody in without it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from blockchain.chain.auth import BearerFileAuth, HeaderAuth
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node
from blockchain.chain.nodes import nodes_new
from blockchain.common import redaction

TOKEN = "token-0123456789abcdef"


@contextmanager
def guarded(allowed: Callable[[Any, str], bool]) -> Iterator[int]:
    """A node that answers with chain 1 whom `allowed` lets in, by headers and path; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ok = allowed(self.headers, self.path)
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0x1"} if ok else {"no": self.path})
            self.send_response(200 if ok else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_header__named_in_a_setting__is_sent(settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_HEADER = f"X-Api-Key: {TOKEN}"
    with guarded(lambda headers, _: headers["X-Api-Key"] == TOKEN) as port:
        url = f"http://127.0.0.1:{port}"
        assert Node(url=url, auth=HeaderAuth()).chain_id() == 1
        with pytest.raises(ChainUnavailable):
            Node(url=url).chain_id()


def test_bearer__file_replaced__is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("an-old-one\n")
    with guarded(lambda headers, _: headers["Authorization"] == f"Bearer {TOKEN}") as port:
        node = Node(url=f"http://127.0.0.1:{port}", auth=BearerFileAuth(path=str(file)))
        with pytest.raises(ChainUnavailable):
            node.chain_id()
        new = tmp_path / "new"
        new.write_text(f"{TOKEN}\n")
        new.replace(file)
        assert node.chain_id() == 1


@pytest.mark.parametrize("content", [None, "", "two words", "line\nline", "\xff"])
def test_bearer__no_token_in_the_file__is_said_without_it(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ChainUnavailable, match="token file") as caught:
        Node(url="http://127.0.0.1:1", auth=BearerFileAuth(path=str(file))).chain_id()
    assert not content or content not in str(caught.value)


def test_basic__in_the_url__is_sent(settings: Any) -> None:
    with guarded(lambda headers, _: headers["Authorization"] == "Basic dXNlcjpodW50ZXIy") as port:
        assert Node(url=f"http://user:hunter2@127.0.0.1:{port}/").chain_id() == 1


def test_nodes_new__each_with_its_own__sends_no_key_to_another_node(settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_HEADER = f"X-Api-Key: {TOKEN}"
    settings.BLOCKCHAIN_NODE_AUTH = [None, {"BACKEND": "blockchain.chain.auth.HeaderAuth"}]
    with (
        guarded(lambda headers, _: "X-Api-Key" not in headers) as first,
        guarded(lambda headers, _: headers["X-Api-Key"] == TOKEN) as second,
    ):
        settings.BLOCKCHAIN_NODE_URLS = [f"http://127.0.0.1:{port}" for port in (first, second)]
        assert [node.chain_id() for node in nodes_new()] == [1, 1]


@pytest.mark.parametrize(
    "path", [f"/?billingtoken={TOKEN}", f"/v3/{TOKEN}", f"/rpc?apikey={TOKEN}", f"/?x=1&token={TOKEN}"]
)
def test_url__with_a_token__is_in_no_message(path: str, settings: Any) -> None:
    with guarded(lambda _, asked: asked == path) as port:
        settings.BLOCKCHAIN_NODE_URLS = [f"http://127.0.0.1:{port}{path}"]
        redaction._secrets.cache_clear()
        (node,) = nodes_new()
        assert node.chain_id() == 1
    try:
        with pytest.raises(ChainUnavailable) as caught:
            node.chain_id()
        assert TOKEN not in str(caught.value) + repr(node) + node.name
        # What libraries say of it has no scheme before it.
        assert TOKEN not in redaction.redact(f"Max retries exceeded with url: {path}")
    finally:
        redaction._secrets.cache_clear()


def test_url__node_that_answers_with_our_url__is_redacted(settings: Any) -> None:
    with guarded(lambda *_: False) as port:
        settings.BLOCKCHAIN_NODE_URLS = [f"http://127.0.0.1:{port}/v3/{TOKEN}"]
        redaction._secrets.cache_clear()
        (node,) = nodes_new()
        with pytest.raises(ChainUnavailable) as caught:
            node.chain_id()
    redaction._secrets.cache_clear()
    assert TOKEN not in str(caught.value)
