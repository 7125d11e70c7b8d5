"""Health over HTTP: up or down for everybody, details for staff."""

import pytest

from tests.api.problems import assert_problem

URL = "/api/blockchain/health/"
PARTS = ["chain", "contract", "relay", "indexer", "storage"]


@pytest.fixture
def health(monkeypatch) -> dict:
    report = {part: {"up": True, "detail": f"detail of {part}"} for part in PARTS}
    monkeypatch.setattr("blockchain.api.health.health_report", lambda: report)
    return report


@pytest.mark.parametrize("actor", ["nobody", "complainant"])
def test_health__not_staff__up_or_down_only(request, health, actor):
    response = request.getfixturevalue(f"{actor}_client").get(URL)
    assert response.status_code == 200
    assert response.json() == {part: {"up": True} for part in PARTS}


def test_health__staff__details(health, staff_client):
    assert staff_client.get(URL).json() == health


@pytest.mark.parametrize("part", PARTS)
def test_health__one_part_down__503_says_which(health, nobody_client, part):
    health[part]["up"] = False
    response = nobody_client.get(URL)
    assert response.status_code == 503
    assert [name for name, state in response.json().items() if not state["up"]] == [part]


def test_health__nothing_reachable__503_with_every_part(nobody_client):
    response = nobody_client.get(URL)
    assert response.status_code == 503
    assert sorted(response.json()) == sorted(PARTS)
    assert response.json()["chain"] == {"up": False}


def test_health__bad_token__401(health, nobody_client):
    nobody_client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert_problem(nobody_client.get(URL), 401)
