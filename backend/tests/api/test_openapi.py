"""The OpenAPI schema: complete, committed, and shown without a CDN."""

import re
import unicodedata
from io import StringIO
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from blockchain.common.openapi import text_pattern
from blockchain.common.serializers import TextField

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
            assert all(
                "application/problem+json" in answer["content"]
                for status, answer in errors.items()
                if status not in ("414", "431")
            ), name
        public = ("/health/", "/statistics/", "/proofs/{complaint_id}/")
        anonymous = name.startswith(("post /api/token/", "post /api/logout/")) or name.endswith(public)
        assert ({} in operation.get("security", [{}])) == anonymous, name
    assert schema["components"]["securitySchemes"]["jwtAuth"]["scheme"] == "bearer"


def test_schema__request_bodies__say_what_is_refused(schema):
    """No unknown member, no text without a bound or a pattern."""
    for name, component in schema["components"]["schemas"].items():
        if not name.endswith("Request") or component["type"] != "object":
            continue
        assert component["additionalProperties"] is False, name
        for field, value in component["properties"].items():
            if value.get("type") == "string" and "enum" not in value and "format" not in value:
                assert "pattern" in value, f"{name}.{field}"


def test_schema__operations_with_a_body__say_how_it_is_refused(schema):
    for name, operation in operations(schema):
        if "requestBody" in operation:
            assert {"400", "401", "413", "415"} <= operation["responses"].keys(), name


def test_schema__every_operation__can_be_asked_for_a_type_it_has_not_and_be_unavailable(schema):
    for name, operation in operations(schema):
        assert "503" in operation["responses"], name
        # A file keeps its type, whatever is accepted.
        is_file = any(each in name for each in ("/content/", "/receipt/", "/proofs/"))
        assert ("406" in operation["responses"]) == (not is_file), name


@pytest.mark.parametrize("multiline", [True, False])
@settings(deadline=None)
@given(text=st.text(max_size=20) | st.text("a \n\t\x00\x85\u200b\u202e\u3164\u2800é", max_size=4))
def test_text_pattern__any_text__as_the_field_judges_it(multiline, text):
    field = TextField(multiline=multiline)
    try:
        field.run_validation(text)
        accepted = True
    except serializers.ValidationError:
        accepted = False
    validator = jsonschema_rs.validator_for({"type": "string", "pattern": text_pattern(multiline=multiline)})
    # Each knows the characters of a version of Unicode of its own.
    if not any(unicodedata.category(character) == "Cn" for character in text):
        assert validator.is_valid(text) == accepted


def test_docs__page__loads_nothing_from_elsewhere(nobody_client):
    page = nobody_client.get("/api/docs/").content.decode()
    assert "/api/schema/" in page
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page)


def test_docs__page__says_its_language(nobody_client):
    page = nobody_client.get("/api/docs/").content.decode()
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
