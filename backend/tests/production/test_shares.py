"""Which requests the web server takes for ones that ask the blockchain node, and how it refuses requests itself."""

import json

import pytest
from django.urls import URLPattern, get_resolver, resolve, reverse

from report_hub.web.arrival import Arrival
from report_hub.web.refusals import BUSY, TOO_SLOW

COMPLAINT = {"external_id": "8ZK3M0QW5T2X"}
ASKING = {
    reverse("complaint_registry:health"): "GET",
    reverse("complaint_registry:statistics"): "GET",
    reverse("statistics"): "GET",
    reverse("complaint_registry:audit-trail", kwargs={"source": "s", **COMPLAINT}): "GET",
    reverse("complaint_registry:evidence-verify", kwargs={"source": "s", **COMPLAINT}): "POST",
    reverse("report:audit-trail", kwargs=COMPLAINT): "GET",
    reverse("report:evidence-verify", kwargs=COMPLAINT): "POST",
    reverse("entry-signature", kwargs={"entry_id": "5"}): "PUT",
    reverse("admin:complaint_registry_complaint_trail", args=[5]): "GET",
}


def asks_node(target: str, method: str = "GET") -> bool:
    return Arrival(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).asks_node


@pytest.mark.parametrize(("path", "method"), ASKING.items())
def test_asks_node__however_it_is_spelled__true(path: str, method: str) -> None:
    spelled = "".join(f"%{ord(letter):02x}" if letter != "/" else letter for letter in path)
    for target in (path, f"{path}?after=5", spelled, path[:-1] + "%2F", f"http://localhost{path}", f"{path}#x"):
        assert asks_node(target, method), target


@pytest.mark.parametrize(("path", "method"), ASKING.items())
def test_asks_node__method_that_is_not_served__false(path: str, method: str) -> None:
    view = getattr(resolve(path).func, "cls", None)
    assert view is None or {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)} == {
        method.lower()
    }
    assert asks_node(path, "HEAD") == (method == "GET")
    assert not any(asks_node(path, other) for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {method})


def test_asks_node__all_other_paths__false() -> None:
    patterns = [each.pattern for each in get_resolver().url_patterns if isinstance(each, URLPattern)]
    others = [f"/{pattern}" for pattern in patterns]
    others += ["/", "/livez", "/readyz", "/api/reports/", "/api/reports/8ZK3M0QW5T2X/", "/api/blockchain/entries/5/"]
    others += ["/api/blockchain/reports/8ZK3M0QW5T2X/status/", "/api/blockchain/reports/8ZK3M0QW5T2X/evidence/"]
    others += ["/api/reports/?next=/audit-trail/", "/api/healthy/", "", "*", "http://[/health/"]
    others += ["/x/statistics", "/x/health/", "/statistics/audit-trail/", "/api/blockchain/reports/a/b/audit-trail/"]
    for method in ("GET", "POST", "PUT"):
        assert [target for target in others if asks_node(target, method) and target not in ASKING] == []


@pytest.mark.parametrize("received", [b"", b"GET", b"GET /audit-trail/", b"\0\0\0", b"GET  /health/ HTTP/1.1\r\n\r\n"])
def test_asks_node__no_request__breaks_nothing(received: bytes) -> None:
    assert isinstance(Arrival(received).asks_node, bool)


@pytest.mark.parametrize(
    ("refusal", "status", "title"), [(BUSY, 503, "Service Unavailable"), (TOO_SLOW, 408, "Request Timeout")]
)
def test_refusal__of_the_worker_itself__is_a_problem_with_a_sentence(refusal: bytes, status: int, title: str) -> None:
    head, _, body = refusal.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ") for field in fields)
    assert line == f"HTTP/1.1 {status} {title}"
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Content-Length"]) == len(body)
    assert headers.get("Retry-After") == ("30" if status == 503 else None)
    problem = json.loads(body)
    assert (problem["type"], problem["status"], problem["title"]) == ("about:blank", status, title)
    assert problem["detail"].endswith(".")
