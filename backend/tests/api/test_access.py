"""Every endpoint for every actor: complainants see their own, staff all; what is not yours looks like not there."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

ACTORS = ["complainant", "other_complainant", "staff", "nobody"]
MISSING = "0123456789AB"
FILE = object()  # stands for the upload of one
ENTRY = {
    "tracking_id": "{id}",
    "event_type": "COMMENTED",
    "changes": {"comment": "Seen."},
    "actor": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
}
# Of a complaint without a complainant's key.
OBJECTION = dict.fromkeys(("complaint_id", "subject", "data", "salt"), "0x" + "ab" * 32) | {
    "complainant": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "number": 0,
    "signature": "0x" + "ab" * 65,
    "payload": {},
}

# method, path, body, status for: complainant (owner), other complainant, staff, nobody
ENDPOINTS = [
    ("get", "/api/users/me/", None, (200, 200, 200, 401)),
    ("get", "/api/reports/", None, (200, 200, 200, 401)),
    ("post", "/api/reports/", FILED, (201, 201, 201, 401)),
    ("get", "/api/reports/{id}/", None, (200, 404, 200, 401)),
    ("patch", "/api/reports/{id}/", {"status": "in_progress"}, (403, 404, 200, 401)),
    ("put", "/api/reports/{id}/", {}, (405, 405, 405, 401)),
    ("delete", "/api/reports/{id}/", None, (405, 405, 405, 401)),
    ("get", "/api/reports/{id}/comments/", None, (200, 404, 200, 401)),
    ("post", "/api/reports/{id}/comments/", {"text": "Still dark."}, (201, 404, 201, 401)),
    ("get", "/api/blockchain/reports/{id}/status/", None, (200, 404, 200, 401)),
    ("get", "/api/blockchain/reports/{id}/audit-trail/", None, (200, 404, 200, 401)),
    ("get", "/api/blockchain/reports/{id}/objections/", None, (200, 404, 200, 401)),
    ("post", "/api/blockchain/reports/{id}/objections/", OBJECTION, (409, 404, 409, 401)),
    ("get", "/api/blockchain/reports/{id}/evidence/", None, (200, 404, 200, 401)),
    ("post", "/api/blockchain/reports/{id}/evidence/", FILE, (202, 404, 202, 401)),
    ("post", "/api/blockchain/reports/{id}/evidence/verify/", FILE, (503, 404, 503, 401)),
    (
        "get",
        "/api/blockchain/reports/{id}/evidence/00000000-0000-4000-8000-000000000001/content/",
        None,
        (404, 404, 404, 401),
    ),
    ("post", "/api/blockchain/entries/", ENTRY, (403, 404, 201, 401)),
    ("get", "/api/blockchain/entries/{id}-1/", None, (403, 404, 409, 401)),
    ("put", "/api/blockchain/entries/{id}-1/signature/", {"signature": "0x00"}, (403, 404, 409, 401)),
    ("get", "/api/blockchain/health/", None, (200, 200, 200, 200)),
    ("get", "/api/schema/", None, (200, 200, 200, 200)),
    ("get", "/api/docs/", None, (200, 200, 200, 200)),
]
OF_A_REPORT = [(method, path, body) for method, path, body, _ in ENDPOINTS if "{id}" in path and method != "put"]


def ask(client, method, path, body, tracking_id):
    if body is FILE:
        body, kind = {"file": SimpleUploadedFile("light.jpg", b"a photo")}, "multipart"
    else:
        kind = "json" if body is not None else None
        if body is ENTRY:
            body = ENTRY | {"tracking_id": tracking_id}
    return getattr(client, method)(path.format(id=tracking_id), body, format=kind)


@pytest.fixture(autouse=True)
def healthy(monkeypatch, deployment):
    """The deployment is known; its node, at the tests' default address, does not answer."""
    monkeypatch.setattr("blockchain.api.health.health_report", lambda: {"chain": {"up": True, "height": 7}})


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize(("method", "path", "body", "statuses"), ENDPOINTS)
def test_endpoint__each_actor__as_specified(request, report, method, path, body, statuses, actor):
    client = request.getfixturevalue(f"{actor}_client")
    response = ask(client, method, path, body, report.tracking_id)
    expected = statuses[ACTORS.index(actor)]
    assert response.status_code == expected
    if expected >= 400:
        problem = assert_problem(response, expected)
        assert FILED["issue_title"] not in str(problem)
    if expected == 401:
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "tracking_id", [MISSING, "x", "0" * 200, "%00", "%27%20OR%201=1", "ÄÖÜ", "IIIIIIIIIIII"], ids=repr
)
@pytest.mark.parametrize(("method", "path", "body"), [one for one in OF_A_REPORT if one[0] != "delete"])
def test_endpoint__no_such_report__404_like_anothers(staff_client, method, path, body, tracking_id):
    assert_problem(ask(staff_client, method, path, body, tracking_id), 404)


def test_report__anothers_and_none__answer_alike(report, other_complainant_client):
    theirs = other_complainant_client.get(f"/api/reports/{report.tracking_id}/").json()
    none = other_complainant_client.get(f"/api/reports/{MISSING}/").json()
    assert theirs | {"instance": ""} == none | {"instance": ""}


def test_report__id_in_lower_case__found(report, complainant_client):
    path = f"/api/reports/{report.tracking_id.lower()}/"
    assert complainant_client.get(path).json()["tracking_id"] == report.tracking_id


def test_unknown_path_below_api__problem_for_anybody(nobody_client):
    assert_problem(nobody_client.get("/api/nothing/here/"), 404)


def test_unknown_path_elsewhere__html(nobody_client):
    assert nobody_client.get("/nothing/")["Content-Type"].startswith("text/html")
