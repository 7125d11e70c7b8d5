"""What `test_new_kind.py` runs in its copy of the tree: the new kind is recorded on a real chain, and verified."""

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from blockchain import receipt, recording
from blockchain.protocol.kinds import EventType
from report import services
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED
from tests.landing import land


def test_new_kind__recorded_on_a_chain__verifies(
    chain: Chain,
    complainant: User,
    staff: User,
    complainant_client: APIClient,
    monkeypatch: pytest.MonkeyPatch,
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
    # As if the contract with the new kind had been released.
    code_hash = receipt.keccak(chain.registry.node.code(chain.address))
    monkeypatch.setattr(receipt, "code_hashes", lambda deployment: {code_hash: "next"})
    material = receipt.Material()
    material.take(trail)
    node = receipt.Node(chain.anvil.url)
    made, header = receipt.prove(material, node, first=0, with_logs=False, with_registry=False)
    verdict = receipt.verdict_on(receipt.receipt_text(made), trust=receipt.Trust(frozenset([header.hash])))
    assert (verdict["verdict"], verdict["timeline"][1]["type"]) == ("PROVED", "FORWARDED")
    services.report_update(report_id=report.pk, by=staff, status="closed")
    report.complaint.refresh_from_db()
    with pytest.raises(recording.TransitionForbidden), transaction.atomic():
        recording.record(complaint=report.complaint, event_type=kind, by="system", changes=changes)
