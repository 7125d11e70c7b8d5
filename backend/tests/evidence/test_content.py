"""Downloading evidence: as an attachment, and only what was uploaded."""

from pathlib import Path

import pytest
from rest_framework.test import APIClient

from blockchain.models import EvidenceFile
from report.models import IssueReport
from tests.evidence.test_upload import PHOTO, upload, url_of


def stored_file(root: Path) -> Path:
    (path,) = [path for path in root.rglob("*") if path.is_file()]
    return path


def test_content__as_uploaded__attachment_that_no_browser_runs(
    complainant_client: APIClient, report: IssueReport
) -> None:
    page = b"<script>alert(1)</script>"
    body = upload(complainant_client, report, data=page, name='pa"ge.html', content_type="text/html").json()
    response = complainant_client.get(body["ipfs_url"])
    assert response.status_code == 200
    assert response.getvalue() == page
    assert response["Content-Type"] == "text/html"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Content-Length"] == str(len(page))
    assert response["Cache-Control"] == "private, no-store"


def test_content__staff__sees_it_too(
    complainant_client: APIClient, staff_client: APIClient, report: IssueReport
) -> None:
    url = upload(complainant_client, report).json()["ipfs_url"]
    assert staff_client.get(url).getvalue() == PHOTO


@pytest.mark.parametrize("position", [0, len(PHOTO) // 2, len(PHOTO) - 1])
def test_content__one_bit_flipped_in_the_store__problem_and_not_the_file(
    complainant_client: APIClient, report: IssueReport, evidence_root: Path, position: int
) -> None:
    url = upload(complainant_client, report).json()["ipfs_url"]
    flipped = bytearray(PHOTO)
    flipped[position] ^= 1
    stored_file(evidence_root).write_bytes(flipped)
    response = complainant_client.get(url)
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "not the one that was uploaded" in response.json()["detail"]


def test_content__lost_by_the_store__problem(
    complainant_client: APIClient, report: IssueReport, evidence_root: Path
) -> None:
    url = upload(complainant_client, report).json()["ipfs_url"]
    stored_file(evidence_root).unlink()
    assert complainant_client.get(url).status_code == 500


def test_content__record_points_at_another_file__problem(complainant_client: APIClient, report: IssueReport) -> None:
    first = upload(complainant_client, report).json()
    second = upload(complainant_client, report, data=b"another file").json()
    EvidenceFile.objects.filter(public_id=first["id"]).update(ipfs_cid=second["ipfs_cid"])
    assert complainant_client.get(first["ipfs_url"]).status_code == 500


def test_content__record_points_out_of_the_folder__problem(complainant_client: APIClient, report: IssueReport) -> None:
    first = upload(complainant_client, report).json()
    EvidenceFile.objects.filter(public_id=first["id"]).update(ipfs_cid="../../../../../../etc/passwd")
    assert complainant_client.get(first["ipfs_url"]).status_code == 500


def test_content__of_another_report__404(complainant_client: APIClient, report: IssueReport) -> None:
    from report.services import report_create
    from tests.fixtures.reports import FILED

    other = report_create(user=report.user, **FILED)
    pk = upload(complainant_client, other).json()["id"]
    assert complainant_client.get(url_of(report, f"{pk}/content/")).status_code == 404
