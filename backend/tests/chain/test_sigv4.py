"""SigV4 against a server that computes each signature again from what arrived, as AWS describes it."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node
from blockchain.chain.sigv4 import SERVICE, SigV4Auth

KEY_ID, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1"
BODY = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}


def hashed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature_of(method: str, path: str, headers: dict[str, str], names: str, body: bytes, scope: str) -> str:
    """The signature of a request, by the four steps of AWS's description."""
    split = urlsplit(path)
    canonical = [method, split.path or "/", "&".join(sorted(split.query.split("&")))]
    canonical += [f"{name}:{headers[name].strip()}" for name in names.split(";")]
    canonical += ["", names, hashlib.sha256(body).hexdigest()]
    to_sign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope]
    to_sign.append(hashlib.sha256("\n".join(canonical).encode()).hexdigest())
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hashed(key, part)
    return hashed(key, "\n".join(to_sign)).hex()


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Answers signed requests, and says 403 to all others."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(200 if self.is_signed(headers, body) else 403)
            self.end_headers()
            self.wfile.write(json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x1", **headers}).encode())

        def is_signed(self, headers: dict[str, str], body: bytes) -> bool:
            kind, _, rest = headers.get("authorization", "").partition(" ")
            parts = dict(part.strip().split("=", 1) for part in rest.split(",")) if rest else {}
            credential, _, scope = parts.get("Credential", "").partition("/")
            if kind != "AWS4-HMAC-SHA256" or credential != KEY_ID or f"{REGION}/{SERVICE}/aws4_request" not in scope:
                return False
            names = parts["SignedHeaders"]
            if not {"host", "x-amz-date"} <= set(names.split(";")):
                return False
            expected = signature_of("POST", self.path, headers, names, body, scope)
            return hmac.compare_digest(parts["Signature"], expected)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_node__with_sigv4__is_let_in(node: str) -> None:
    assert Node(url=f"{node}/v1/node", auth=SigV4Auth(region=REGION)).chain_id() == 1
    with pytest.raises(ChainUnavailable, match="403"):
        Node(url=node).chain_id()


@pytest.mark.parametrize("path", ["", "/", "/v1/node", "/?network=1&b=2"])
def test_sigv4__request_to_a_node__is_accepted(node: str, path: str) -> None:
    assert requests.post(node + path, json=BODY, auth=SigV4Auth(region=REGION), timeout=5).status_code == 200


def test_sigv4__session_of_a_role__sends_its_token(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-role")
    answer = requests.post(node, json=BODY, auth=SigV4Auth(region=REGION), timeout=5)
    assert answer.status_code == 200
    assert answer.json()["x-amz-security-token"] == "of-the-role"


@pytest.mark.parametrize(
    "change",
    [{"region": "eu-west-1"}, {"service": "execute-api"}],
)
def test_sigv4__for_somewhere_else__is_refused(node: str, change: dict[str, str]) -> None:
    auth = SigV4Auth(**{"region": REGION, **change})
    assert requests.post(node, json=BODY, auth=auth, timeout=5).status_code == 403


def test_sigv4__body_changed_on_the_way_or_no_signature__is_refused(node: str) -> None:
    prepared = requests.Request("POST", node, json=BODY, auth=SigV4Auth(region=REGION)).prepare()
    assert isinstance(prepared.body, bytes)
    prepared.body = prepared.body.replace(b"eth_chainId", b"eth_blockNu")
    assert requests.Session().send(prepared, timeout=5).status_code == 403
    assert requests.post(node, json=BODY, timeout=5).status_code == 403


def test_sigv4__no_credentials__one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ChainUnavailable, match=r"^a request to the node can't be signed \(NoCredentialsError\)$"):
        requests.post("http://127.0.0.1:9", json=BODY, auth=SigV4Auth(region=REGION), timeout=1)


def test_sigv4__boto3_not_installed__names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ChainUnavailable, match=r"install complaint-registry\[aws\]"):
        SigV4Auth(region=REGION)
