"""What HTTP asks of every endpoint: headers in any spelling, problems of one type, nothing read in two ways."""

from typing import Any

import jwt
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import User
from report.models import IssueReport
from tests.api.problems import assert_problem

URL = "/api/reports/"


@pytest.mark.parametrize("accept", ["text/html", "application/octet-stream", "application/yaml", "a/b", "*/*", ""])
@pytest.mark.parametrize("path", [URL, "/api/nothing/", "/api/blockchain/reports/x/evidence/1/content/", "/api/docs/"])
def test_error__any_accept__is_a_problem_of_its_own_type(staff_client: APIClient, path: str, accept: str) -> None:
    response = staff_client.delete(path, HTTP_ACCEPT=accept)
    assert_problem(response, response.status_code)
    assert response.status_code in (404, 405, 406)


@pytest.mark.parametrize("accept", ["application/octet-stream", "image/png", "text/plain", "*/*"])
def test_content__any_accept__is_the_file(complainant_client: APIClient, report: IssueReport, accept: str) -> None:
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    stored = complainant_client.post(url, {"file": SimpleUploadedFile("a.txt", b"content")}, format="multipart").json()
    response = complainant_client.get(stored["ipfs_url"], HTTP_ACCEPT=accept)
    assert response.status_code == 200
    assert b"".join(response) == b"content"  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
@pytest.mark.parametrize("method", ["options", "post", "put", "trace"])
def test_schema__other_methods__405(path: str, method: str, staff_client: APIClient) -> None:
    response = staff_client.generic(method.upper(), path)
    assert_problem(response, 405)
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("version", ['"\r\nX: y', "\x7f", "\U0001f4a9", "x" * 5000])
def test_schema__version_in_the_query__is_in_no_header(version: str, staff_client: APIClient) -> None:
    response = staff_client.get("/api/schema/", {"version": version})
    assert response.status_code == 200
    assert response["Content-Disposition"] == 'inline; filename="ComplaintRegistry.yaml"'


@pytest.mark.parametrize("media_type", ["application/vnd.oai.openapi", "application/json"])
def test_schema__asked_for_again__is_neither_made_nor_sent_again(
    media_type: str, nobody_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = nobody_client.get("/api/schema/", headers={"Accept": media_type})
    assert (first.status_code, first["Content-Type"].partition(";")[0]) == (200, media_type)
    assert first["Cache-Control"] == "no-cache"
    for made in ("generators.SchemaGenerator.get_schema", "renderers.OpenApiYamlRenderer.render"):
        monkeypatch.delattr(f"drf_spectacular.{made}")
    again = nobody_client.get("/api/schema/", headers={"Accept": f"{media_type}; indent=8"})
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])
    kept = nobody_client.get("/api/schema/", headers={"Accept": media_type, "If-None-Match": first["ETag"]})
    assert (kept.status_code, kept.content, kept["ETag"]) == (304, b"", first["ETag"])
    other = nobody_client.get("/api/schema/", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other["Vary"].lower().split(", ")[0]) == (200, "accept")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_token__scheme_in_any_case__is_taken(db: None, complainant: User, scheme: str) -> None:
    authorization = f"{scheme} {AccessToken.for_user(complainant)}"
    assert Client().get("/api/users/me/", HTTP_AUTHORIZATION=authorization).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "no-uuid"},
        {"sub": None},
        {"sub": 5},
        {"sub": []},
        {"sub": {}},
        {"sub": "\x00"},
        {"sub": "\ud800"},
        {"exp": 10**30},
        {"exp": 253_402_300_800},
        {"exp": -1},
        {"exp": []},
        {"jti": []},
        {"token_type": []},
        {"hash_password": {}},
    ],
)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_token__verifies_and_is_nonsense__401(
    nobody_client: APIClient, complainant: User, settings: Any, kind: str, claims: dict[str, Any]
) -> None:
    genuine = (AccessToken if kind == "access" else RefreshToken).for_user(complainant)
    token = jwt.encode(genuine.payload | claims, settings.SIMPLE_JWT["SIGNING_KEY"], algorithm="HS256")
    if kind == "access":
        response = nobody_client.get("/api/users/me/", HTTP_AUTHORIZATION=f"Bearer {token}")
        # The name of the user decides, and nothing else of these.
        assert response.status_code == 401 or claims.keys() <= {"exp", "jti"}
    else:
        response = nobody_client.post("/api/token/refresh/", {"refresh": token}, format="json")
        assert response.status_code == 401 or claims.keys() <= {"exp"}
    assert response.status_code < 500


@pytest.mark.parametrize("value", ["2.0", "+2", " 2", "2e0", "٢", "true", "", "0x2"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_list__number_in_another_spelling__400(staff_client: APIClient, name: str, value: str) -> None:
    assert_problem(staff_client.get(URL, {name: value}), 400, name)


def test_list__parameter_twice__400(staff_client: APIClient) -> None:
    assert_problem(staff_client.get(f"{URL}?page_size=1&page_size=2"), 400, "page_size")


def test_create__key_twice__400(complainant_client: APIClient) -> None:
    body = '{"issue_title": "a", "issue_title": "b", "location": "c", "issue_description": "d"}'
    assert_problem(complainant_client.post(URL, body, content_type="application/json"), 400)
