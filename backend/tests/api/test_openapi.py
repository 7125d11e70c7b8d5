"""The OpenAPI schema: complete, committed, and shown without a CDN."""

import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema() -> dict:
    out = StringIO()
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=out)
    return yaml.safe_load(out.getvalue())


def operations(schema: dict):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if path != "/api/schema/":
                yield f"{method} {path}", operation


def test_schema__committed__is_the_generated_one(schema):
    assert yaml.safe_load(COMMITTED.read_text()) == schema, "not that of the code: run `make openapi`"


def test_schema__every_operation__has_problem_details_and_security(schema):
    for name, operation in operations(schema):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert errors, name
        if not name.endswith("/health/"):
            assert all("application/problem+json" in answer["content"] for answer in errors.values()), name
        anonymous = name.startswith(("post /api/token/", "post /api/logout/")) or name.endswith("/health/")
        assert ({} in operation.get("security", [{}])) == anonymous, name
    assert schema["components"]["securitySchemes"]["jwtAuth"]["scheme"] == "bearer"


def test_docs__page__loads_nothing_from_elsewhere(nobody_client):
    page = nobody_client.get("/api/docs/").content.decode()
    assert "/api/schema/" in page
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page)
