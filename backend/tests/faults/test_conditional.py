"""Conditions and ranges on the real web server, where requests come at the same time and files go out by the kernel."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from blockchain.models import Write
from report.models import IssueReport
from tests.faults.conftest import Processes
from tests.faults.web import Web
from tests.fixtures.actors import PASSWORD

OFFICERS = 6
FILE = b"".join(number.to_bytes(4, "big") for number in range(150_000))


@pytest.fixture
def web(processes: Processes, transactional_db: None) -> Web:
    return Web(processes)


def test_update__officers_with_the_same_tag_at_the_same_time__one_change(web: Web, report: IssueReport) -> None:
    officers = [User.objects.create_user(f"officer{n}", password=PASSWORD, is_staff=True) for n in range(OFFICERS)]
    url = f"{web.url}/api/reports/{report.tracking_id}/"

    def change(officer: User) -> int:
        headers = {"Authorization": f"Bearer {AccessToken.for_user(officer)}", "If-Match": etag}
        body = {"assigned_to": officer.username}
        return web.session.patch(url, json=body, headers=headers, timeout=60).status_code

    etag = web.ask(officers[0], "GET", f"/api/reports/{report.tracking_id}/").headers["ETag"]
    with ThreadPoolExecutor(OFFICERS) as pool:
        statuses = sorted(pool.map(change, officers))
    assert statuses == [200] + [412] * (OFFICERS - 1)
    # The filing; the assignment, and the deadline that the first one sets.
    assert Write.objects.filter(complaint=report.complaint).count() == 3


def test_content__parts_from_the_real_server__make_the_file(web: Web, report: IssueReport, complainant: User) -> None:
    headers = {"Authorization": f"Bearer {AccessToken.for_user(complainant)}"}
    url = f"{web.url}/api/blockchain/reports/{report.tracking_id}/evidence/"
    stored = web.session.post(url, files={"file": ("a.bin", FILE)}, headers=headers, timeout=60)
    content = stored.json()["ipfs_url"]
    whole = web.session.get(content, headers=headers, timeout=60)
    assert (whole.status_code, whole.content) == (200, FILE)
    # As a download that was broken off goes on; over one connection, so that each answer ends where it says.
    received = b""
    while len(received) < len(FILE):
        asked = {"Range": f"bytes={len(received)}-{len(received) + 99_999}", "If-Range": whole.headers["ETag"]}
        part = web.session.get(content, headers=headers | asked, timeout=60)
        assert part.status_code == 206
        received += part.content
    assert received == FILE
    assert web.session.get(content, headers=headers | {"Range": f"bytes={len(FILE)}-"}, timeout=60).status_code == 416
