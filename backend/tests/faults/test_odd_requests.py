"""Whatever is sent to the real web server, it answers, and never with a 5xx unless it says what is down."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from blockchain.protocol.kinds import ENTRIES
from blockchain.systems.tokens import token_create
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.conftest import Processes
from tests.faults.odd_requests import Known, requests, templates, tokens_of_nonsense
from tests.faults.web import Web
from tests.faults.wire import FORM, form_of, head, send
from tests.fixtures.actors import PASSWORD

SECONDS = 20


class TimeOver(Exception):
    """Enough was asked."""


def assert_nothing_unforeseen(said: str) -> None:
    """Neither Django nor the server met an error that nobody foresaw."""
    assert "Internal Server Error" not in said
    assert "Error handling request" not in said


@pytest.fixture
def web(chain: Chain, processes: Processes) -> Web:
    return Web(processes, THROTTLE_LOGIN="100000/min", THROTTLE_EVIDENCE_UPLOAD="100000/hour")


def session_of(user: User) -> str:
    """A cookie with which `user` is logged in to the admin."""
    session = import_module(django_settings.SESSION_ENGINE).SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}; csrftoken={'a' * 32}"


@pytest.fixture
def known(web: Web, staff: User, complainant: User, report: IssueReport) -> Known:
    admin = User.objects.create_superuser("admin", password=PASSWORD)
    services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
    body = form_of(b"content")
    path = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    stored = send(web.url, head("POST", path, complainant, Content_Type=FORM, Content_Length=str(len(body))) + body)
    assert stored is not None
    assert stored.status == 202
    _, token = token_create(name="city", source="city", event_types=ENTRIES, lifetime=timedelta(days=1))
    good = [
        f"{scheme} {AccessToken.for_user(user)}"
        for user in (staff, complainant, admin)
        for scheme in ("Bearer", "bearer")
    ]
    service, odd = [f"Bearer {token}"], [f"Bearer {each}" for each in tokens_of_nonsense(staff)]
    pk = str(report.pk)
    return Known(
        names={
            "tracking_id": [report.tracking_id],
            "external_id": [report.tracking_id, "7001"],
            "source": ["report", "city"],
            "event_id": ["e1"],
            "pk": [str(stored.json()["id"])],
            "public_id": [str(stored.json()["id"])],
            "evidence_id": [str(stored.json()["id"])],
            "entry_id": [f"{report.tracking_id}-{report.complaint.writes.get(nonce=0).pk}"],
            "object_id": [pk],
            "content_type_id": ["1"],
            "id": [str(admin.pk)],
            "app_label": ["report", "accounts", "complaint_registry"],
            "path": ["x", "admin/css/base.css"],
        },
        authorizations=[*good * 3, *service * 3, *odd, "Basic eDp5", "Bearer", "bearer  x  y", "\xff", ""],
        cookie=session_of(admin),
    )


def test_request__of_any_kind__no_5xx(web: Web, known: Known, processes: Processes) -> None:
    paths = [path for path in templates() if "logout" not in path]
    paths += 4 * [path for path in paths if path.startswith("/api/")]
    assert {"/api/reports/<tracking_id>/", "/admin/login/", "/api/docs/"} <= {*paths}
    until = time.monotonic() + SECONDS
    asked, wrong = 0, []

    # All that can be found in the time, and not one of them made small. The same ones each time, unless told otherwise.
    @seed(int(os.environ.get("SEED") or 1))
    @hypothesis_settings(
        max_examples=10_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(paths, known))
    def any_request(data: bytes) -> None:
        nonlocal asked
        if time.monotonic() > until:
            raise TimeOver
        asked += 1
        answer = send(web.url, data, hang_up=True)
        # None is down. Health says that the chain's parts are not all up, and the statistics that nothing was read yet.
        is_report = any(name in data.split(b"\r\n")[0] for name in (b"/health/", b"/statistics/"))
        if answer is None or (answer.status >= 500 and not (answer.status == 503 and is_report)):
            wrong.append((data, answer))

    with pytest.raises(TimeOver):
        any_request()
    assert asked > 500
    assert wrong == []
    assert_nothing_unforeseen(processes.said(web.process))


def test_request__all_at_once_to_a_fresh_worker__no_5xx(
    web: Web, known: Known, processes: Processes, staff: User
) -> None:
    tracking_id = known.names["tracking_id"][0]
    paths = [
        "/api/schema/",
        "/api/docs/",
        "/api/reports/",
        f"/api/reports/{tracking_id}/",
        f"/api/blockchain/reports/{tracking_id}/audit-trail/",
        f"/api/blockchain/reports/{tracking_id}/status/",
        "/api/blockchain/health/",
        "/admin/login/",
    ]
    with ThreadPoolExecutor(32) as pool:
        answers = [*pool.map(lambda path: send(web.url, head("GET", path, staff), hang_up=True), paths * 8)]
    assert {answer.status for answer in answers if answer is not None} <= {200, 503}
    assert None not in answers
    assert_nothing_unforeseen(processes.said(web.process))
