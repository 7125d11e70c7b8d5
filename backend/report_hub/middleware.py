"""Middleware: redirects, cache headers and odd queries."""

import logging
from collections.abc import Callable
from typing import Final

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


class AdminQueryMiddleware:
    """Answers odd queries of the admin's pages with 400: Django's admin uses the named fields and values unchecked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """400 for a field that does not exist and, if the request changes nothing, for an impossible value."""
        match = request.resolver_match
        if match is None or "admin" not in match.app_names or not request.GET:
            return None
        expected = (FieldDoesNotExist, ValueError, OverflowError) if request.method in SAFE else (FieldDoesNotExist,)
        if not isinstance(error, expected):
            return None
        logger.warning("odd query refused", extra={"path": request.path, "error": f"{type(error).__name__}: {error}"})
        return bad_request(request, BadRequest("the query names a field or a value that does not exist"))
