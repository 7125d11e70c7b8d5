"""A complaint with a whole life on a real chain, and its audit trail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from eth_account import Account
from eth_account.messages import encode_typed_data
from rest_framework.test import APIClient

from accounts.models import User
from blockchain import recording
from blockchain.evidence.store import evidence_store
from blockchain.models import ChainState, Write
from blockchain.protocol import hashing, payloads, typed_data
from blockchain.protocol.kinds import EventType
from blockchain.repair import writes_give_up
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land

Trail = dict[str, Any]
PHOTO = b"a photo of the street light"
# A key of the complainant's own.
OBJECTOR = Account.from_key("0x" + "0b" * 32)
FILED = {
    "issue_title": "Street light out",
    "location": "12 Harbour Road",
    "issue_description": "Dark for a week.",
}


@pytest.fixture(autouse=True)
def evidence_root(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Each test has a folder of its own for evidence."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    evidence_store.cache_clear()
    yield
    evidence_store.cache_clear()


def objection(report: IssueReport, text: str) -> dict[str, Any]:
    """The payload of an objection by the complainant's key."""
    payload = payloads.payload_new(event_type=EventType.OBJECTED, by=OBJECTOR.address)
    return payload | {"objection": text}


def object_to(chain: Chain, report: IssueReport) -> dict[str, Any]:
    """The complainant objects, with a transaction of a stranger's; the payload."""
    payload, salt = objection(report, "Nobody called me."), hashing.salt_new()
    data = hashing.data_hash(salt=salt, payload=payload)
    complaint = report.complaint
    typed = typed_data.objection_typed_data(
        chain.registry.deployment.domain, complaint_id=complaint.complaint_id, data=hashing.hex0x(data), number=0
    )
    signature = OBJECTOR.sign_message(encode_typed_data(full_message=typed)).signature
    subject = hashing.subject_of(
        salt=hashing.unhex(complaint.salt),
        tracking_id=complaint.external_id,
        created_data=hashing.unhex(complaint.writes.get(nonce=0).data),
    )
    chain.write("logObjection", subject, OBJECTOR.address, data, 0, bytes(signature), sender=chain.stranger)
    return payload


def record(report: IssueReport, event_type: EventType, by: User, **more: Any) -> Write:
    """A write for which the API has no request."""
    with transaction.atomic():
        return recording.record(complaint=report.complaint, event_type=event_type, by=str(by.opaque_id), **more)


@pytest.fixture
def lived(chain: Chain, complainant_client: APIClient, complainant: User, staff: User) -> IssueReport:
    """A report that has every kind of event on the chain: a breach, an objection and a write that was given up too."""
    report = services.report_create(user=complainant, complainant_address=OBJECTOR.address, **FILED)

    def update(**changes: Any) -> None:
        services.report_update(report_id=report.pk, by=staff, **changes)

    update(assigned_to=staff, priority="high")
    services.comment_create(report_id=report.pk, author=complainant, text="Any news? Straße, 東京, \U0001f600")
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    uploaded = complainant_client.post(url, {"file": SimpleUploadedFile("photo.png", PHOTO)}, format="multipart")
    assert uploaded.status_code == 202, uploaded.content
    update(status="on_hold")
    land(chain)
    object_to(chain, report)
    update(status="in_progress")
    land(chain)
    deadline = ChainState.objects.get(complaint=report.complaint.complaint_id).sla_deadline
    chain.anvil.warp(deadline + 10)
    chain.write("checkAndEscalate", hashing.unhex(report.complaint.complaint_id), sender=chain.stranger)
    given_up = services.comment_create(report_id=report.pk, author=staff, text="A mistake.").write
    writes_give_up(write_ids=[given_up.pk], by=str(staff.opaque_id), reason="Of another report.")
    record(report, EventType.ERASED, staff, more={"erased": [2], "reason": "A test of the kind."})
    update(status="rejected")
    land(chain)
    update(status="in_progress")
    update(status="resolved")
    update(status="closed")
    land(chain)
    return IssueReport.objects.get(pk=report.pk)


@pytest.fixture
def trail_of(complainant_client: APIClient) -> Callable[[IssueReport], Trail]:
    """The audit trail as its owner gets it."""

    def get(report: IssueReport) -> Trail:
        response = complainant_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
        assert response.status_code == 200, response.content
        body: Trail = response.json()
        return body

    return get
