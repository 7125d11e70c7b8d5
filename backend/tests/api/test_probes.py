"""`/livez` and `/readyz`: what takes a web server out of a load balancer, and what does not."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def store_root(settings: Any, tmp_path: Any) -> Any:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


@pytest.mark.parametrize(("path", "said"), [("/livez", b"live\n"), ("/readyz", b"ready\n")])
def test_probes__all_well__200_without_login_and_detail(
    client: Client, db: None, store_root: Any, path: str, said: bytes
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, said, "no-store")
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_readyz__health_is_red__still_ready(client: Client, db: None, store_root: Any, settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1"]
    assert client.get("/api/blockchain/health/").status_code == 503
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes__behind_a_proxy__neither_host_nor_tls_stands_in_the_way(
    client: Client, db: None, store_root: Any, settings: Any, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["complaints.example.org"]
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/api/users/me/", headers={"host": "complaints.example.org"}).status_code == 301


def test_readyz__store_takes_no_files__503_and_alive(client: Client, db: None, store_root: Any) -> None:
    store_root.write_text("no folder")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content, answer["Retry-After"]) == (503, b"not ready\n", "5")
    assert client.get("/livez").status_code == 200
    store_root.unlink()
    assert client.get("/readyz").status_code == 200


def test_livez__database_must_not_be_asked__answers(client: Client) -> None:
    assert client.get("/livez").status_code == 200
