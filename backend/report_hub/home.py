"""The start page at `/`: what this service is, how to check it, and where to go next. It shows nothing secret."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from blockchain.chain.artifact import ArtifactError, deployment


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page. It loads no other files and runs no scripts."""
    nonce = secrets.token_urlsafe(16)
    response = render(request, "home.html", {"nonce": nonce, "deployment": _deployment(), "server": _server(request)})
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _deployment() -> Any:
    """The deployment, which is public anyway; None if no contract is configured yet."""
    try:
        return deployment()
    except ArtifactError:
        return None


def _server(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
