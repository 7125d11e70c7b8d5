"""Which requests the web server takes for ones that ask the blockchain node."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from report_hub.web_worker import Arrival

COMPLAINT = {"external_id": "8ZK3M0QW5T2X"}
ASKING = [
    reverse("complaint_registry:health"),
    reverse("complaint_registry:statistics"),
    reverse("statistics"),
    reverse("complaint_registry:audit-trail", kwargs={"source": "s", **COMPLAINT}),
    reverse("complaint_registry:evidence-verify", kwargs={"source": "s", **COMPLAINT}),
    reverse("report:audit-trail", kwargs=COMPLAINT),
    reverse("report:evidence-verify", kwargs=COMPLAINT),
    reverse("entry-signature", kwargs={"entry_id": "5"}),
    reverse("admin:complaint_registry_complaint_trail", args=[5]),
]


def asks_node(target: str) -> bool:
    return Arrival(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).asks_node


@pytest.mark.parametrize("path", ASKING)
def test_asks_node__however_it_is_spelled__true(path: str) -> None:
    spelled = "".join(f"%{ord(letter):02x}" if letter != "/" else letter for letter in path)
    for target in (path, f"{path}?after=5", spelled, path[:-1] + "%2F", f"http://localhost{path}", f"{path}#x"):
        assert asks_node(target), target


def test_asks_node__all_other_paths__false() -> None:
    patterns = [each.pattern for each in get_resolver().url_patterns if isinstance(each, URLPattern)]
    others = [f"/{pattern}" for pattern in patterns]
    others += ["/", "/livez", "/readyz", "/api/reports/", "/api/reports/8ZK3M0QW5T2X/", "/api/blockchain/entries/5/"]
    others += ["/api/blockchain/reports/8ZK3M0QW5T2X/status/", "/api/blockchain/reports/8ZK3M0QW5T2X/evidence/"]
    others += ["/api/reports/?next=/audit-trail/", "/api/healthy/", "", "*"]
    assert [target for target in others if asks_node(target) and target not in ASKING] == []


@pytest.mark.parametrize("received", [b"", b"GET", b"GET /audit-trail/", b"\0\0\0", b"GET  /health/ HTTP/1.1\r\n\r\n"])
def test_asks_node__no_request__breaks_nothing(received: bytes) -> None:
    assert isinstance(Arrival(received).asks_node, bool)
