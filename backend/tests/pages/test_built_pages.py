"""`/verify/`, `/verify/online/` and `/file/`: the built files, byte for byte, with their policy as a header."""

import hashlib
import re
from pathlib import Path

import pytest
from django.test import Client

from report_hub import built_pages

VERIFIER = Path(__file__).resolve().parents[3] / "verifier"
PAGES = {"/verify/": "verify.html", "/verify/online/": "verify-online.html", "/file/": "file.html"}


@pytest.mark.parametrize("path", PAGES)
def test_built_page__anybody__gets_the_file_of_the_source_code(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.content == (VERIFIER / PAGES[path]).read_bytes()


@pytest.mark.parametrize("path", PAGES)
def test_built_page__policy__is_that_in_the_file_and_forbids_frames(client: Client, path: str) -> None:
    answer = client.get(path)
    (own,) = re.findall(r'http-equiv=Content-Security-Policy content="([^"]+)"', answer.content.decode())
    assert answer["Content-Security-Policy"] == f"{own}; frame-ancestors 'none'"
    assert "default-src 'none'; script-src 'sha256-" in own
    connects = {"/verify/": [], "/verify/online/": ["https:"], "/file/": ["'self'"]}
    assert re.findall(r"connect-src ([^;]+)", own) == connects[path]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize("path", PAGES)
def test_built_page__known_already__304(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_built_page__nobody_has_built_it__503_says_where_it_is(
    client: Client, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built_pages, "FOLDER", tmp_path)
    answer = client.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert f"verifier/{PAGES[path]}" in answer.content.decode()


def test_built_page__without_a_policy__is_not_served(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built_pages, "FOLDER", tmp_path)
    (tmp_path / "verify.html").write_text("<!doctype html><script>alert(1)</script>")
    assert client.get("/verify/").status_code == 503


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("path", PAGES)
def test_built_page__other_methods__405(client: Client, path: str, method: str) -> None:
    assert getattr(client, method)(path).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_built_page__slash_forgotten__redirected(client: Client, path: str) -> None:
    answer = client.get(path.rstrip("/"))
    assert (answer.status_code, answer["Location"]) == (308, path)
