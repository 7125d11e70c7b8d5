"""`/`: the page for who follows the printed address."""

import re
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from tests.chain_fixtures import Chain


def test_home__anybody__says_what_it_is_and_every_link_leads_somewhere(client: Client, db: None) -> None:
    page = client.get("/")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    links = re.findall(r'href="([^"]+)"', page.content.decode())
    assert "/api/docs/" in links
    assert "/admin/" in links
    for link in links:
        assert client.get(link, follow=True).status_code in (200, 503), link


def test_home__policy__allows_its_own_style_and_nothing_else(client: Client, db: None) -> None:
    page = client.get("/")
    policy, text = page["Content-Security-Policy"], page.content.decode()
    (nonce,) = re.findall(r"style-src 'nonce-([^']+)'", policy)
    assert f'<style nonce="{nonce}">' in text
    assert "default-src 'none'" in policy
    assert "<script" not in text
    assert " style=" not in text
    assert client.get("/")["Content-Security-Policy"] != policy
    assert len(page.content) < 8_192


def test_home__deployed__names_contract_and_chain_and_no_secret(client: Client, chain: Chain, db: None) -> None:
    text = client.get("/").content.decode()
    assert chain.registry.address in text
    assert str(chain.registry.deployment.chain_id) in text
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "BLOCKCHAIN_PRIVATE_KEY", "BLOCKCHAIN_NODE_URLS"):
        secret = str(getattr(project, name, ""))
        assert not secret or secret not in text, name


def test_home__no_contract__still_answers(client: Client, db: None, settings: Any, tmp_path: Any) -> None:
    settings.BLOCKCHAIN_DEPLOYMENT = tmp_path / "none.json"
    assert b"No contract is configured yet" in client.get("/").content


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_home__other_methods__405(client: Client, method: str, db: None) -> None:
    assert getattr(client, method)("/").status_code == 405


def test_admin__view_site__leads_home(admin_client: Client) -> None:
    assert b'<a href="/">View site</a>' in admin_client.get("/admin/").content
