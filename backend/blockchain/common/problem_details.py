"""Errors as RFC 9457 problem details: the same shape from REST framework, from Django and from our own exceptions."""

import logging
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.encoding import escape_uri_path
from django.views import defaults
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from blockchain.common.errors import VALIDATION_FAILED, ProblemError
from blockchain.common.retry import unavailable_of

logger = logging.getLogger("blockchain.api")

CONTENT_TYPE = "application/problem+json"

MAX_ERRORS = 50
MAX_TEXT = 300  # characters: a message may repeat what was sent


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. Returns None for an unexpected error, which Django turns into a 500."""
    request = context["request"]
    known = _known(error, request)
    if known is not None:
        return _response(_body_of(known, request), headers=known.headers)
    response = rest_framework_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        errors = [{"field": field, "message": message} for field, message in _flat(error.detail)][:MAX_ERRORS]
        names = ", ".join(dict.fromkeys(item["field"] for item in errors if item["field"]))
        detail = clean(f"Invalid fields: {names}." if names else "The request is invalid.")
        body = problem(request, 400, type_=VALIDATION_FAILED, title="Validation failed", detail=detail, errors=errors)
    else:
        body = problem(request, response.status_code, detail=_detail(error))
    return _response(body, headers=dict(response.items()))


def problem(
    request: HttpRequest | Request,
    status: int,
    *,
    type_: str = "about:blank",
    title: str = "",
    detail: str = "",
    **members: Any,
) -> dict[str, Any]:
    """The members of a problem. `detail` is for the caller: no secrets, and no data of other people."""
    phrase = HTTPStatus(status)
    return {
        "type": type_,
        "title": title or phrase.phrase,
        "status": status,
        "detail": detail or phrase.description or phrase.phrase,
        "instance": escape_uri_path(request.path)[:MAX_TEXT],
        **members,
    }


def clean(text: str) -> str:
    """`text`, shortened and safe to encode, whatever the client sent."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")


class ProblemResponse(Response):
    """JSON as `application/problem+json`, whatever the request accepts and the view renders."""

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]  # as REST framework's own
        self["Content-Type"] = CONTENT_TYPE
        rendered: bytes = JSONRenderer().render(self.data)
        return rendered


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`, also used for a form body above `DATA_UPLOAD_MAX_MEMORY_SIZE`."""
    known, is_too_big = _known(exception, request), isinstance(exception, RequestDataTooBig)
    status = known.status if known is not None else 413 if is_too_big else 400
    body = problem(request, status, detail="The request body is too large." if is_too_big else "")
    return _rendered(request, body, known, page=lambda: _page(defaults.bad_request, request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`."""
    return _json(problem(request, 403)) if _is_api(request) else _page(defaults.permission_denied, request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404`."""
    return _json(problem(request, 404)) if _is_api(request) else _page(defaults.page_not_found, request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`. The log has the error; the response does not."""
    # Django calls this while it handles the error, which a middleware may have raised.
    known = _known(sys.exc_info()[1], request)
    return _rendered(request, problem(request, 500), known, page=lambda: _page(defaults.server_error, request))


def _rendered(
    request: HttpRequest, body: dict[str, Any], known: ProblemError | None, *, page: Callable[[], HttpResponse]
) -> HttpResponse:
    """The problem, from `known` if there is one, else `body`; outside of the API, Django's `page`."""
    if known is not None:
        body = _body_of(known, request)
    response = _json(body) if _is_api(request) else page()
    response.status_code = body["status"]
    for name, value in (known.headers if known is not None else {}).items():
        response[name] = value
    return response


def _page(view: Callable[..., HttpResponse], request: HttpRequest, *arguments: Any) -> HttpResponse:
    """Django's own page. It has no form, so no token is looked for in the body, which may be one that can't be read."""
    request.csrf_processing_done = True  # type: ignore[attr-defined]  # as Django's middleware says it
    return view(request, *arguments)


def _known(error: BaseException | None, request: HttpRequest | Request) -> ProblemError | None:
    """The error as a `ProblemError`, or None if it can't be one. Logs the errors that are the server's fault."""
    known = error if isinstance(error, ProblemError) else unavailable_of(error)
    if known is not None and known.status >= 500:
        level = logging.WARNING if known.status == 503 else logging.ERROR
        logger.log(level, "request failed", extra={"error": str(known), "path": request.path})
    return known


def _body_of(error: ProblemError, request: HttpRequest | Request) -> dict[str, Any]:
    told = {"type_": error.type_, "title": error.title, "detail": clean(error.detail)}
    return problem(request, error.status, **told, **error.members)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _json(body: dict[str, Any]) -> JsonResponse:
    return JsonResponse(body, status=body["status"], content_type=CONTENT_TYPE)


def _response(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return ProblemResponse(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _detail(error: Exception) -> str:
    if isinstance(error, Http404):
        return clean(str(error.args[0])) if error.args else ""
    if isinstance(error, PermissionDenied):
        return ""
    detail = getattr(error, "detail", "")
    if isinstance(detail, dict):  # simplejwt puts its message beside details of each token class
        detail = detail.get("detail", "")
    return clean(str(detail))


def _flat(detail: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """REST framework's nested errors, one message at a time; `field` is a dotted path, empty for the whole body."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            own = "" if key == "non_field_errors" else clean(str(key))
            yield from _flat(value, ".".join(part for part in (field, own) if part))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, (dict, list))
            yield from _flat(value, f"{field}.{index}" if nested and field else field)
    else:
        yield field, clean(str(detail))
