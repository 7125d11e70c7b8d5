"""Serves the pages that `make page` has built, byte for byte: `/verify/`, `/verify/online/` and `/file/`."""

import hashlib
import logging
import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from report_hub.settings.environment import REPOSITORY_DIR

logger = logging.getLogger(__name__)

FOLDER = REPOSITORY_DIR / "verifier"
# The pages carry their policy themselves, so that it also holds for a page on disk.
POLICY: Final = re.compile(rb'<meta http-equiv=Content-Security-Policy content="([^"\r\n]+)">')


def built_page(name: str) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view of `verifier/NAME`; it answers 503 if the file is missing or has no policy."""

    def view(request: HttpRequest) -> HttpResponseBase:
        content = _content(name)
        policy = content and POLICY.search(content)
        if not content or not policy:
            return _unavailable(name)
        response = HttpResponse(content)
        # A policy in the file can't say who may frame it.
        response["Content-Security-Policy"] = f"{policy[1].decode()}; frame-ancestors 'none'"
        response["Referrer-Policy"] = "no-referrer"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        # Stored, and asked for again each time: a repaired page reaches everybody at once.
        response["Cache-Control"] = "no-cache"
        response["ETag"] = etag = f'"{hashlib.sha256(content).hexdigest()}"'
        return get_conditional_response(request, etag=etag, response=response) or response

    return require_safe(view)


def _content(name: str) -> bytes:
    try:
        return (FOLDER / name).read_bytes()
    except OSError as error:
        logger.warning("page not served", extra={"page": name, "error": str(error)})
        return b""


def _unavailable(name: str) -> HttpResponse:
    text = f"This server does not have the page. The project's source code contains it, as verifier/{name}.\n"
    return HttpResponse(
        text, status=503, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
