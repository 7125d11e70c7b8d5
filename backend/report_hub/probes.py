"""The probes `/livez` and `/readyz`, for service managers and load balancers. Neither depends on the chain."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from blockchain.evidence.errors import EvidenceError
from blockchain.evidence.store import evidence_store
from blockchain.models import Complaint

CACHE_KEY = "readyz"
# How long a success is cached: anyone may call the probe, and each check uses the evidence store.
CACHE_SECONDS = 2


class ProbeMiddleware:
    """Answers the probes before the middleware that checks the host name and TLS, so they work without these."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = probe()
        response["Cache-Control"] = "no-store"
        return response


def livez() -> HttpResponse:
    """200: this process answers. Uses no other component."""
    return HttpResponse("live\n", content_type="text/plain")


def readyz() -> HttpResponse:
    """200 if requests can be served: the database answers, and the evidence store accepts files. 503 otherwise."""
    if cache.get(CACHE_KEY) or _is_ready():
        return HttpResponse("ready\n", content_type="text/plain")
    return HttpResponse("not ready\n", status=503, content_type="text/plain", headers={"Retry-After": "5"})


def _is_ready() -> bool:
    try:
        # Queries a table, so a database without the migrations is not ready either.
        Complaint.objects.order_by().exists()
        evidence_store().check()
    except (DatabaseError, EvidenceError, OSError):
        return False
    cache.set(CACHE_KEY, True, CACHE_SECONDS)
    return True


PROBES = {"/livez": livez, "/readyz": readyz}
