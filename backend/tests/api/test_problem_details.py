"""Errors that no endpoint of its own brings about: the chain being down, and what Django itself answers."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.test import RequestFactory
from rest_framework.exceptions import ErrorDetail, ValidationError

from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.common import problem_details
from blockchain.common.errors import NAMESPACE
from tests.api.problems import assert_problem

URL = "/api/reports/"


@pytest.fixture
def raising(monkeypatch):
    """Makes the list of reports raise an error."""

    def set_up(error: Exception) -> None:
        def fail(**kwargs):
            raise error

        monkeypatch.setattr("report.selectors.reports_filtered", fail)

    return set_up


@pytest.mark.parametrize(
    "error",
    [
        ChainUnavailable("http://key@node/secret"),
        WrongChain("http://key@node/secret"),
        NodeError(code=-32000, message="http://key@node/secret"),
    ],
)
def test_chain__can_not_be_asked__503_without_details(raising, staff_client, error):
    raising(error)
    response = staff_client.get(URL)
    body = assert_problem(response, 503, type=f"{NAMESPACE}chain-unavailable")
    assert response["Retry-After"] == "30"
    assert "secret" not in str(body)


def test_error__unforeseen__500_without_details(raising, staff_client):
    raising(RuntimeError("secret"))
    staff_client.raise_request_exception = False
    assert "secret" not in str(assert_problem(staff_client.get(URL), 500))


@pytest.mark.parametrize(
    ("error", "status"),
    [(PermissionDenied("secret"), 403), (SuspiciousOperation("secret"), 400), (RequestDataTooBig("secret"), 413)],
)
def test_error__of_django__problem_without_details(raising, staff_client, error, status):
    raising(error)
    staff_client.raise_request_exception = False
    assert "secret" not in str(assert_problem(staff_client.get(URL), status))


def test_host__not_ours__400(nobody_client):
    assert_problem(nobody_client.get(URL, HTTP_HOST="evil.example"), 400)


@pytest.mark.parametrize("name", ["bad_request", "permission_denied", "page_not_found"])
def test_handlers__outside_the_api__html(name):
    request = RequestFactory().get("/admin/nothing/")
    assert getattr(problem_details, name)(request, Exception()).headers["Content-Type"].startswith("text/html")


def test_server_error__outside_the_api__html():
    response = problem_details.server_error(RequestFactory().get("/admin/"))
    assert (response.status_code, response.headers["Content-Type"]) == (500, "text/html; charset=utf-8")


def test_permission_denied__below_the_api__problem():
    response = problem_details.permission_denied(RequestFactory().get("/api/x/"), PermissionDenied())
    assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")


def test_validation__nested_and_of_the_whole_body__flat_list_of_fields(raising, staff_client):
    raising(
        ValidationError(
            {
                "non_field_errors": [ErrorDetail("whole")],
                "outer": {"inner": ["one", "two"]},
                "items": [{}, {"x": ["three"]}],
            }
        )
    )
    errors = assert_problem(staff_client.get(URL), 400)["errors"]
    assert [(error["field"], error["message"]) for error in errors] == [
        ("", "whole"),
        ("outer.inner", "one"),
        ("outer.inner", "two"),
        ("items.1.x", "three"),
    ]


def test_validation__thousands_of_unknown_fields__answer_stays_small(complainant_client):
    body = {f"{'x' * 200}{number}": 1 for number in range(2_000)}
    response = complainant_client.post(URL, body, format="json")
    assert len(assert_problem(response, 400)["errors"]) == 50
    assert len(response.content) < 20_000


def test_cors__only_origins_of_the_setting__are_allowed(settings, nobody_client):
    settings.CORS_ALLOWED_ORIGINS = ["https://complaints.example"]
    for origin, allowed in [("https://complaints.example", True), ("https://evil.example", False)]:
        response = nobody_client.options(URL, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET")
        assert response.has_header("Access-Control-Allow-Origin") == allowed
