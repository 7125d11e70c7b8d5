"""Errors that know their own status: each renders as a problem (RFC 9457) that says nothing it must not."""

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions
from rest_framework.response import Response

import blockchain
import report
from blockchain.acceptance import EventDiffers
from blockchain.chain.artifact import ArtifactError
from blockchain.chain.errors import ChainUnavailable, ContractReverted, NodeError, WrongChain
from blockchain.common.conditional import PreconditionFailed
from blockchain.common.errors import NAMESPACE, ConflictError, ProblemError, UnavailableError
from blockchain.common.problem_details import CONTENT_TYPE, MAX_ERRORS, MAX_TEXT, clean, exception_handler, problem
from blockchain.common.ranges import RangeNotSatisfiable
from blockchain.evidence.errors import (
    EvidenceCorrupt,
    EvidenceEmpty,
    EvidenceMissing,
    EvidenceStoreUnavailable,
    EvidenceTooLarge,
)
from blockchain.protocol.kinds import EventType, Status
from blockchain.recording import ComplaintFrozen, EntryReserved, EvidenceAnchored, TransitionForbidden
from blockchain.systems.events import ComplaintExists, ComplaintUnknown, NameTaken
from report.idempotency import InFlight, KeyReused
from report.lifecycle import TransitionRefused

PATH = "/api/reports/"
TYPES = {
    "chain-unavailable": "Chain unavailable",
    "complaint-frozen": "Complaint frozen",
    "event-differs": "Refused",
    "idempotency-key-reused": "Idempotency-Key used before",
    "objection-number": "Refused",
    "precondition-failed": "Changed meanwhile",
    "recording-refused": "Refused",
    "request-in-flight": "Request in flight",
    "statistics-unavailable": "Statistics unavailable",
    "transition-refused": "Transition refused",
    "validation-failed": "Validation failed",
}
# Error, status, the end of its type, its sentence, and its own members.
ERRORS: list[tuple[ProblemError, int, str, str, dict[str, Any]]] = [
    *(
        (error, 503, "chain-unavailable", "The blockchain node is currently unavailable. Please try again later.", {})
        for error in (
            ChainUnavailable("hunter2"),
            WrongChain("hunter2"),
            NodeError(code=-32000, message="hunter2", data="0x"),
            ContractReverted(name="StaleNonce", arguments={"given": "hunter2"}),
            ArtifactError("hunter2"),
        )
    ),
    (
        EvidenceStoreUnavailable("hunter2"),
        503,
        "",
        "The evidence store is unavailable, so nothing was saved or read; please try again later.",
        {},
    ),
    *(
        (error, 500, "", "The stored file is missing or is not the one that was uploaded, so it is not sent.", {})
        for error in (EvidenceMissing("hunter2"), EvidenceCorrupt("hunter2"))
    ),
    (
        EvidenceEmpty("the file is empty"),
        400,
        "validation-failed",
        "The file is empty.",
        {"errors": [{"field": "file", "message": "The submitted file is empty."}]},
    ),
    (EvidenceTooLarge(), 413, "", "The file is larger than 104857600 bytes.", {}),
    (EventDiffers(), 409, "event-differs", "An event with this id but different contents was already recorded.", {}),
    (ComplaintUnknown(), 404, "", "There is no such complaint; its first event must be CREATED.", {}),
    (ComplaintExists(), 409, "recording-refused", "This complaint was already filed with another event.", {}),
    (
        NameTaken(),
        409,
        "recording-refused",
        "A name that differs from this one only in letter case is already in use.",
        {},
    ),
    (
        TransitionForbidden(status=Status.CLOSED, event_type=EventType.COMMENTED),
        409,
        "transition-refused",
        "A complaint that is CLOSED does not accept COMMENTED.",
        {"from": "closed", "to": "commented"},
    ),
    (
        TransitionRefused(source="closed", target="on_hold"),
        409,
        "transition-refused",
        "A report that is closed can't become on_hold.",
        {"from": "closed", "to": "on_hold"},
    ),
    (ComplaintFrozen("a link is unknown"), 409, "complaint-frozen", "A link is unknown.", {}),
    (EvidenceAnchored("it was anchored"), 409, "recording-refused", "It was anchored.", {}),
    (
        EntryReserved(until=datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        409,
        "recording-refused",
        "An entry of this complaint is waiting for its signature until 2026-03-01 12:30:00 UTC.",
        {},
    ),
    (KeyReused(), 422, "idempotency-key-reused", "This Idempotency-Key was used for another request.", {}),
    (
        PreconditionFailed(),
        412,
        "precondition-failed",
        "This has changed since you read it, so nothing was done: read it again, then retry.",
        {},
    ),
    (RangeNotSatisfiable(size=7), 416, "", "The range contains none of the file's 7 bytes.", {}),
    (InFlight(), 409, "request-in-flight", "A request with this Idempotency-Key is still being answered.", {}),
]


def rendered(error: Exception, path: str = PATH) -> Response:
    response = exception_handler(error, {"request": RequestFactory().get(path)})
    assert response is not None
    return response


@pytest.mark.parametrize(
    ("error", "status", "type_", "detail", "members"), ERRORS, ids=[type(each[0]).__name__ for each in ERRORS]
)
def test_exception_handler__error_of_ours__is_the_problem_that_it_knows(
    error: ProblemError, status: int, type_: str, detail: str, members: dict[str, Any]
) -> None:
    response = rendered(error)
    assert response.data == {
        "type": f"{NAMESPACE}{type_}" if type_ else "about:blank",
        "title": TYPES[type_] if type_ else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": PATH,
        **members,
    }
    assert (response.status_code, response.content_type) == (status, CONTENT_TYPE)
    retry_after = "1" if type_ == "request-in-flight" else "30" if status == 503 else None
    assert response.headers.get("Retry-After") == retry_after


def subclasses(of: type[ProblemError]) -> Iterator[type[ProblemError]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def test_problem_error__every_class_that_is_raised__has_a_status_and_a_title_for_its_type() -> None:
    for package in (blockchain, report):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".management." not in module.name:
                importlib.import_module(module.name)
    found = {each for each in subclasses(ProblemError) if each.__module__.startswith(("blockchain.", "report."))}
    assert {type(error) for error, *_ in ERRORS} <= found
    # Those that others derive from are not raised themselves.
    for each in (each for each in found if not each.__subclasses__()):
        assert 400 <= each.status < 600, each
        assert each.type_ == "about:blank" or TYPES[each.type_.removeprefix(NAMESPACE)] == each.title, each
        assert ("Retry-After" in each.headers) == (each.status == 503 or each is InFlight), each
        assert each.status != 503 or issubclass(each, UnavailableError), each
        assert each.status != 409 or issubclass(each, ConflictError), each


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ChainUnavailable("no answer"), logging.WARNING),
        (EvidenceCorrupt("no answer"), logging.ERROR),
        (InFlight(), None),
    ],
)
def test_exception_handler__our_own_fault__is_in_the_log_with_its_message(
    error: ProblemError, level: int | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("blockchain"), "propagate", True)
    rendered(error)
    logged = [(record.levelno, record.__dict__["error"], record.__dict__["path"]) for record in caplog.records]
    assert logged == ([] if level is None else [(level, "no answer", PATH)])


def test_exception_handler__what_nobody_foresaw__is_left_to_django() -> None:
    assert exception_handler(RuntimeError("hunter2"), {"request": RequestFactory().get(PATH)}) is None


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Http404("There is no such report."), 404, "There is no such report."),
        (Http404(), 404, "Nothing matches the given URI"),
        (PermissionDenied("hunter2"), 403, "Request forbidden -- authorization will not help"),
        (exceptions.NotAuthenticated(), 401, "Authentication credentials were not provided."),
        (exceptions.MethodNotAllowed("PUT"), 405, 'Method "PUT" not allowed.'),
        (exceptions.Throttled(wait=7), 429, "Request was throttled. Expected available in 7 seconds."),
        (exceptions.AuthenticationFailed({"detail": "No token.", "messages": []}), 401, "No token."),
        (exceptions.AuthenticationFailed({"code": "x"}), 401, "No permission -- see authorization schemes"),
        (exceptions.ParseError("x" * 1_000), 400, "x" * MAX_TEXT),
    ],
)
def test_exception_handler__error_of_the_framework__is_a_problem(error: Exception, status: int, detail: str) -> None:
    response = rendered(error)
    assert (response.data["type"], response.data["status"], response.data["detail"]) == ("about:blank", status, detail)
    assert response.data["title"] == HTTPStatus(status).phrase
    assert response.has_header("Retry-After") == (status == 429)


def test_exception_handler__validation__names_fields_once_and_bounds_them() -> None:
    detail = {"title": ["one", "two"], "items": [{}, {"x": ["three"]}], "\ud800": ["four"], "non_field_errors": ["all"]}
    data = rendered(exceptions.ValidationError(detail)).data
    assert data["type"] == f"{NAMESPACE}validation-failed"
    assert data["detail"] == "Invalid fields: title, items.1.x, ?."
    assert [(each["field"], each["message"]) for each in data["errors"]] == [
        ("title", "one"),
        ("title", "two"),
        ("items.1.x", "three"),
        ("?", "four"),
        ("", "all"),
    ]
    many = rendered(exceptions.ValidationError({f"f{number}" * 400: ["x" * 999] for number in range(999)})).data
    assert len(many["errors"]) == MAX_ERRORS
    assert {len(many["detail"]), len(many["errors"][0]["field"]), len(many["errors"][0]["message"])} == {MAX_TEXT}


def test_exception_handler__validation_of_the_whole_body__says_so() -> None:
    data = rendered(exceptions.ValidationError(["It can't be read."])).data
    assert (data["detail"], data["errors"]) == (
        "The request is invalid.",
        [{"field": "", "message": "It can't be read."}],
    )


def test_problem__path_of_any_characters__is_an_encoded_reference() -> None:
    request = RequestFactory().get("/api/")
    request.path = "/api/ä b\n" + "x" * 1_000
    assert problem(request, 404)["instance"].startswith("/api/%C3%A4%20b%0Axxx")
    assert len(problem(request, 404)["instance"]) == MAX_TEXT


@pytest.mark.parametrize(
    ("text", "expected"), [("a" * 301, "a" * 300), ("a\ud800b", "a?b"), ("Straße \U0001f600", "Straße \U0001f600")]
)
def test_clean__any_text__is_bounded_and_encodable(text: str, expected: str) -> None:
    assert clean(text) == expected
