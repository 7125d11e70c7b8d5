"""Request bodies as clients send them, to the web server as production starts it: whole, or refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from blockchain.models import EvidenceFile, Write
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.conftest import Processes
from tests.faults.web import Web
from tests.faults.wire import FORM, Answer, chunked, form_of, head, send
from tests.fixtures.reports import FILED

LIMIT = 100_000  # bytes of a file
JSON = "application/json"


@pytest.fixture(scope="module")
def server(
    deployed_chain: Chain, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Web, Processes]]:
    """One for all tests of this file: none of them leaves it in another state."""
    processes = Processes(chain=deployed_chain, folder=tmp_path_factory.mktemp("bodies"))
    yield Web(processes, EVIDENCE_MAX_BYTES=str(LIMIT), THROTTLE_EVIDENCE_UPLOAD="1000/hour"), processes
    processes.end()


@pytest.fixture
def web(server: tuple[Web, Processes], transactional_db: None) -> Web:
    return server[0]


def answered(answer: Answer | None, status: int) -> dict[str, Any]:
    assert answer is not None
    assert answer.status == status, answer.body
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body


def kept(folder: Path) -> list[Path]:
    """Files in the evidence folder."""
    return [path for path in (folder / "evidence").rglob("*") if path.is_file()]


def test_patch__chunked__changes_the_report(web: Web, staff: User, report: IssueReport) -> None:
    path, body = f"/api/reports/{report.tracking_id}/", json.dumps({"priority": "high"}).encode()
    start = head("PATCH", path, staff, Content_Type=JSON, Transfer_Encoding="chunked")
    assert answered(send(web.url, start + chunked(body, size=3)), 200)["priority"] == "high"
    report.refresh_from_db()
    assert report.priority == "high"


def test_post__chunked__files_the_report(web: Web, complainant: User) -> None:
    start = head("POST", "/api/reports/", complainant, Content_Type=JSON, Transfer_Encoding="chunked")
    filed = answered(send(web.url, start + chunked(json.dumps(FILED).encode(), size=10)), 201)
    assert filed["issue_title"] == FILED["issue_title"]


@pytest.mark.parametrize("transfer", ["declared", "chunked"])
def test_upload__form_of_either_kind__is_stored_whole(
    web: Web, complainant: User, report: IssueReport, transfer: str
) -> None:
    content = bytes(range(256)) * 300
    body, path = form_of(content), f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    if transfer == "chunked":
        data = head("POST", path, complainant, Content_Type=FORM, Transfer_Encoding="chunked") + chunked(body)
    else:
        data = head("POST", path, complainant, Content_Type=FORM, Content_Length=str(len(body))) + body
    assert answered(send(web.url, data), 202)["size"] == len(content)
    assert EvidenceFile.objects.get().size == len(content)


def cut_short(path: str, user: User, body: bytes, content_type: str) -> Iterator[bytes]:
    """The same request, cut short in several ways."""
    half = body[: len(body) // 2]
    yield head("POST", path, user, Content_Type=content_type, Content_Length=str(len(body))) + half
    yield head("POST", path, user, Content_Type=content_type, Content_Length=str(len(body) + 1)) + body
    start = head("POST", path, user, Content_Type=content_type, Transfer_Encoding="chunked")
    yield start + chunked(half, complete=False)
    yield start + chunked(body, complete=False)
    yield start + chunked(body, complete=False) + b"zz\r\n"
    yield start + chunked(body, complete=False) + b"5\r\nab"


def test_post__body_cut_short__400_and_nothing_is_kept(web: Web, complainant: User, report: IssueReport) -> None:
    path = f"/api/reports/{report.tracking_id}/comments/"
    # What there is of it would be a whole comment.
    for data in cut_short(path, complainant, b'{"text": "first"}' + b" " * 40, JSON):
        assert answered(send(web.url, data, hang_up=True), 400)["detail"] == "The request body is incomplete."
    assert Write.objects.count() == 1


def test_upload__cut_short__400_and_nothing_is_kept(
    web: Web, server: tuple[Web, Processes], complainant: User, report: IssueReport
) -> None:
    processes = server[1]
    before = kept(processes.folder)
    path = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    for data in cut_short(path, complainant, form_of(b"x" * 50_000), FORM):
        assert answered(send(web.url, data, hang_up=True), 400)["detail"] == "The request body is incomplete."
    # A form that was cut before it was framed, as by a client that fails to read its file.
    form = form_of(b"x" * 50_000)[:-30]
    whole = head("POST", path, complainant, Content_Type=FORM, Content_Length=str(len(form))) + form
    answered(send(web.url, whole), 400)
    assert not EvidenceFile.objects.exists()
    assert kept(processes.folder) == before
    assert "Traceback" not in processes.said(web.process)


@pytest.mark.parametrize("transfer", ["declared", "chunked"])
@pytest.mark.parametrize(
    ("path", "content_type", "size"),
    [
        ("/api/reports/", JSON, 2**20 + 1),
        ("/api/reports/", JSON, 2**24 + 2**20),
        ("/api/blockchain/reports/{}/evidence/", FORM, LIMIT + 65_537),
        ("/api/blockchain/reports/{}/evidence/", FORM, 2**25),
    ],
)
def test_post__body_above_the_limit__413_and_closed_if_it_says_so(
    web: Web, complainant: User, report: IssueReport, transfer: str, path: str, content_type: str, size: int
) -> None:
    path, body = path.format(report.tracking_id), b" " * size
    if content_type == FORM:
        body = form_of(bytes(size))
    if transfer == "chunked":
        data = head("POST", path, complainant, Content_Type=content_type, Transfer_Encoding="chunked")
        data += chunked(body, size=60_000)
    else:
        data = head("POST", path, complainant, Content_Type=content_type, Content_Length=str(len(body))) + body
    answer = send(web.url, data)
    answered(answer, 413)
    assert answer is not None
    assert answer.closed == (answer.headers["connection"] == "close")


def test_post__large_form_to_the_admin__413_before_it_is_kept(web: Web) -> None:
    body = form_of(bytes(2 * 2**20))
    answer = send(web.url, head("POST", "/admin/login/", Content_Type=FORM, Content_Length=str(len(body))) + body)
    assert answer is not None
    assert answer.status == 413


@pytest.mark.parametrize("size", [100, 200_000, 2**24 + 200_000])
def test_post__nobody_with_a_body__401_that_the_client_reads(web: Web, report: IssueReport, size: int) -> None:
    path, body = f"/api/blockchain/reports/{report.tracking_id}/evidence/", form_of(bytes(size))
    answer = send(web.url, head("POST", path, Content_Type=FORM, Content_Length=str(len(body))) + body)
    answered(answer, 401)
    assert answer is not None
    assert answer.closed == (answer.headers["connection"] == "close")


def test_post__two_requests_at_once_the_first_chunked__each_has_its_answer(
    web: Web, complainant: User, report: IssueReport
) -> None:
    path = f"/api/reports/{report.tracking_id}/comments/"
    start = head("POST", path, complainant, Content_Type=JSON, Transfer_Encoding="chunked")
    one, two = (start + chunked(json.dumps({"text": text}).encode()) for text in ("one", "two"))
    answered(send(web.url, one + two, hang_up=True), 201)
    assert sorted(report.comments.values_list("text", flat=True)) == ["one", "two"]


def test_post__chunked_where_the_server_does_not_say_where_it_ends__411(
    live_server: Any, chain: Chain, complainant: User
) -> None:
    body = json.dumps(FILED).encode()
    start = head("POST", "/api/reports/", complainant, Content_Type=JSON, Transfer_Encoding="chunked")
    answer = send(live_server.url, start + chunked(body))
    assert answer is not None
    assert answer.status == 411
