"""Middleware: redirects, cache headers and odd requests to the admin."""

import logging
from collections.abc import Callable
from typing import Final

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware import common

from blockchain.common.problem_details import bad_request

logger = logging.getLogger("report_hub.admin")

# Methods that change nothing (RFC 9110, 9.2.1).
SAFE: Final = ("GET", "HEAD", "OPTIONS")


class PermanentRedirect(HttpResponsePermanentRedirect):
    """A redirect that keeps method and body."""

    status_code = 308


class CommonMiddleware(common.CommonMiddleware):
    """Django's own, except that the redirect to the trailing slash keeps method and body, so a POST stays a POST."""

    response_redirect_class = PermanentRedirect


class NoStoreMiddleware:
    """Forbids proxies to store responses of the API, which hold tokens, salts and complaints."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/") and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


class AdminRequestMiddleware:
    """Answers odd requests of the admin with 400: Django uses the fields, values and rows that they name unchecked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """400 for an action on a row that can't exist: databases differ in what they make of its key."""
        return self._refusal(request, "a selected row") if _is_admin(request) and _selects_no_row(request) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """400 for a field that does not exist, and for an impossible value if the request changes nothing."""
        expected: tuple[type[Exception], ...] = (FieldDoesNotExist,)
        if request.method in SAFE:
            expected += (ValueError, OverflowError)
        if not (_is_admin(request) and request.GET and isinstance(error, expected)):
            return None
        return self._refusal(request, f"{type(error).__name__}: {error}")

    @staticmethod
    def _refusal(request: HttpRequest, what: str) -> HttpResponse:
        logger.warning("odd request refused", extra={"path": request.path, "error": what})
        return bad_request(request, BadRequest("the request names a field, a value or a row that does not exist"))


def _is_admin(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and "admin" in match.app_names


def _selects_no_row(request: HttpRequest) -> bool:
    """Whether an action is to work on something that is no key of a row: all keys here are numbers of 64 bits."""
    selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return not all(value.isdecimal() and len(value) < 20 and int(value) < 2**63 for value in selected)
