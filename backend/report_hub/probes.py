"""`/livez` and `/readyz`: for whoever starts, watches or balances web servers. Neither tells how the chain is doing."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from blockchain.evidence.errors import EvidenceError
from blockchain.evidence.store import evidence_store
from blockchain.models import Complaint

CACHE_KEY = "readyz"
# Anybody may ask, and the store is touched each time.
CACHE_SECONDS = 2


class ProbeMiddleware:
    """Answers the probes before anything else: neither a host name nor the redirect to TLS stands in the way."""

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
    """200: this process answers. It asks nothing and nobody."""
    return HttpResponse("live\n", content_type="text/plain")


def readyz() -> HttpResponse:
    """200 if requests can be served: the database answers, and the evidence store takes files; else 503."""
    if cache.get(CACHE_KEY) or _is_ready():
        return HttpResponse("ready\n", content_type="text/plain")
    return HttpResponse("not ready\n", status=503, content_type="text/plain", headers={"Retry-After": "5"})


def _is_ready() -> bool:
    try:
        # Of a table, so that a database without the migrations is not ready either.
        Complaint.objects.order_by().exists()
        evidence_store().check()
    except (DatabaseError, EvidenceError, OSError):
        return False
    cache.set(CACHE_KEY, True, CACHE_SECONDS)
    return True


PROBES = {"/livez": livez, "/readyz": readyz}
