"""`/`: what this is, how to check it, and where to go on. For people; it has nothing that is secret."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from blockchain.chain.artifact import ArtifactError, deployment


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page. It loads nothing and runs nothing."""
    nonce = secrets.token_urlsafe(16)
    response = render(request, "home.html", {"nonce": nonce, "deployment": _deployment(), "server": _server(request)})
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _deployment() -> Any:
    """The contract, which the operator publishes anyway; None before there is one."""
    try:
        return deployment()
    except ArtifactError:
        return None


def _server(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
