"""What `test_new_kind.py` runs in its copy of the tree: the new kind is recorded on a real chain, and verified."""

import json
from pathlib import Path

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from blockchain import recording
from blockchain.protocol.kinds import EventType
from blockchain.verification import offline
from report import services
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED
from tests.landing import land


def test_new_kind__recorded_on_a_chain__verifies(
    chain: Chain,
    complainant: User,
    staff: User,
    complainant_client: APIClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = services.report_create(user=complainant, **FILED)
    kind = EventType["FORWARDED"]
    with transaction.atomic():
        changes = {"authority": ["city", "county"]}
        recording.record(complaint=report.complaint, event_type=kind, by=str(staff.opaque_id), changes=changes)
    land(chain)
    trail = complainant_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/").json()
    assert [event["event_type"] for event in trail["events"]] == ["CREATED", "FORWARDED"]
    assert trail["complete"]
    saved = tmp_path / "trail.json"
    saved.write_text(json.dumps(trail))
    assert offline.main([str(saved), "--rpc", chain.anvil.url]) == 0, capsys.readouterr().out
    services.report_update(report_id=report.pk, by=staff, status="closed")
    report.complaint.refresh_from_db()
    with pytest.raises(recording.TransitionForbidden), transaction.atomic():
        recording.record(complaint=report.complaint, event_type=kind, by="system", changes=changes)
