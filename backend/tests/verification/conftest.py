"""A complaint with a whole life on a real chain, and its audit trail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.evidence.store import evidence_store
from blockchain.models import SLATracker
from blockchain.sla.services import sla_check
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land

Trail = dict[str, Any]
PHOTO = b"a photo of the street light"


@pytest.fixture(autouse=True)
def evidence_root(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Each test has a folder of its own for evidence."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    evidence_store.cache_clear()
    yield
    evidence_store.cache_clear()


@pytest.fixture
def lived(
    chain: Chain, report: IssueReport, complainant_client: APIClient, complainant: User, staff: User
) -> IssueReport:
    """A report that has every kind of event on the chain, a breach included."""

    def update(**changes: Any) -> None:
        services.report_update(report_id=report.pk, by=staff, **changes)

    update(assigned_to=staff, priority="high")
    services.comment_create(report_id=report.pk, author=complainant, text="Any news? Straße, 東京, \U0001f600")
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    uploaded = complainant_client.post(url, {"file": SimpleUploadedFile("photo.png", PHOTO)}, format="multipart")
    assert uploaded.status_code == 202
    update(status="on_hold")
    land(chain)
    update(status="in_progress")
    land(chain)
    deadline = SLATracker.objects.get(report=report).deadline
    assert deadline is not None
    chain.anvil.warp(int(deadline.timestamp()) + 10)
    sla_check(on=chain.registry)
    land(chain)
    update(status="rejected")
    update(status="in_progress")
    update(status="resolved")
    update(status="closed")
    land(chain)
    report.refresh_from_db()
    return report


@pytest.fixture
def trail_of(complainant_client: APIClient) -> Callable[[IssueReport], Trail]:
    """The audit trail as its owner gets it."""

    def get(report: IssueReport) -> Trail:
        response = complainant_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
        assert response.status_code == 200, response.content
        body: Trail = response.json()
        return body

    return get
