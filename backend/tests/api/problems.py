"""What every error answer must look like."""

from typing import Any

from django.http import HttpResponse
from django.utils.encoding import escape_uri_path

MEMBERS = {"type", "title", "status", "detail", "instance"}


def assert_problem(response: HttpResponse, status: int, *fields: str, **members: Any) -> dict[str, Any]:
    """Asserts problem details with this status that name exactly these fields, and returns them."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body.keys() >= MEMBERS
    assert body["status"] == status
    assert body["instance"] == escape_uri_path(response.wsgi_request.path)[:300]
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in response.content.decode()
    if fields:
        assert sorted(error["field"] for error in body["errors"]) == sorted(fields)
        assert all(error["message"] for error in body["errors"])
    for name, value in members.items():
        assert body[name.rstrip("_")] == value
    return body
