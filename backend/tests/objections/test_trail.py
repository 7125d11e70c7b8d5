"""From the complainant's own program to the chain and into the audit trail and a receipt, over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.indexer.sync import events_sync
from blockchain.models import Objection
from blockchain.verdict import verdict_of
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.fixtures.objections import OBJECTOR, objection_file
from tests.fixtures.reports import FILED
from tests.landing import land
from tests.receipt_py import receipt_py

Trail = dict[str, Any]


@pytest.fixture
def report(chain: Chain, complainant: User) -> IssueReport:
    """A closed report of a complainant with a key."""
    filed = services.report_create(user=complainant, complainant_address=OBJECTOR.address, **FILED)
    return filed


@pytest.fixture
def closed(chain: Chain, report: IssueReport, staff: User) -> IssueReport:
    services.report_update(report_id=report.pk, by=staff, status="closed")
    land(chain)
    return report


def said(*words: str | Path, **environment: str) -> str:
    """What the complainant's program says."""
    done = receipt_py(*words, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def trail_of(client: APIClient, report: IssueReport) -> Trail:
    response = client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
    assert response.status_code == 200, response.content
    trail: Trail = response.json()
    return trail


def hand_in(client: APIClient, report: IssueReport, body: dict[str, Any] | str) -> dict[str, Any]:
    url = f"/api/blockchain/reports/{report.tracking_id}/objections/"
    text = body if isinstance(body, str) else json.dumps(body)
    response = client.post(url, text, content_type="application/json")
    assert response.status_code == 201, response.content
    shown: dict[str, Any] = response.json()
    return shown


def test_object__file_of_receipt_py_for_a_closed_complaint__recorded_opened_and_in_the_receipt(
    chain: Chain, closed: IssueReport, complainant_client: APIClient, tmp_path: Path
) -> None:
    saved, receipt, objection = tmp_path / "trail.json", tmp_path / "receipt.json", tmp_path / "objection.json"
    saved.write_text(json.dumps(trail_of(complainant_client, closed)))
    said("prove", saved, "--rpc", chain.anvil.url, "--no-logs", "-o", receipt)
    said(
        "object", receipt, "--rpc", chain.anvil.url, "--text", "Nobody called me. 東京", "--only-sign", "-o", objection,
        RECEIPT_COMPLAINANT_KEY="0x" + "0b" * 32,
    )  # fmt: skip
    handed_in = hand_in(complainant_client, closed, objection.read_text())
    land(chain)
    trail = trail_of(complainant_client, closed)
    event = trail["events"][-1]
    assert (event["event_type"], event["actor"]) == ("OBJECTED", OBJECTOR.address)
    assert (event["data"], event["salt"], event["payload"]) == tuple(
        handed_in[name] for name in ("data", "salt", "payload")
    )
    assert event["payload"]["objection"] == "Nobody called me. 東京"
    assert (event["verified_on_chain"], event["problem"], event["not_opened"]) == (True, None, None)
    assert (event["witnessed"], event["recorded_after"] is None) == (True, False)
    assert trail["complete"] is True
    saved.write_text(json.dumps(trail))
    (shown,) = complainant_client.get(f"/api/blockchain/reports/{closed.tracking_id}/objections/").json()["results"]
    assert (shown["state"], shown["sequence"], shown["tx_hash"]) == ("recorded", 3, event["tx_hash"])
    # Anyone who trusts the newest block can check it without us.
    said("prove", saved, "--rpc", chain.anvil.url, "--no-logs", "-o", receipt)
    block = chain.anvil.head()["hash"]
    verdict = json.loads(said("verify", receipt, "--block", block, "--require", "content/3", "--json"))
    assert verdict["verdict"] == "PROVED"
    assert next(each for each in verdict["statements"] if each["id"] == "content/3")["verdict"] == "PROVED"


def test_trail__recorded_by_the_complainant__not_opened_until_it_is_handed_in(
    chain: Chain, closed: IssueReport, complainant_client: APIClient
) -> None:
    file = objection_file(closed.complaint, chain.registry.deployment)
    arguments = (file["subject"], OBJECTOR.address, file["data"], 0, file["signature"])
    raw = [bytes.fromhex(each[2:]) if index not in (1, 3) else each for index, each in enumerate(arguments)]  # type: ignore[index]
    chain.write("logObjection", *raw, sender=chain.stranger)
    events_sync(registry=chain.registry)
    event = trail_of(complainant_client, closed)["events"][-1]
    assert (event["salt"], event["payload"], event["problem"]) == (None, None, None)
    assert "did not hand it in" in event["not_opened"]
    assert hand_in(complainant_client, closed, file)["state"] == "recorded"
    event = trail_of(complainant_client, closed)["events"][-1]
    assert (event["payload"], event["not_opened"], event["problem"]) == (file["payload"], None, None)


@pytest.mark.parametrize("column", ["payload", "salt", "data"])
def test_trail__stored_objection_was_altered__the_event_and_the_verdict_say_so(
    chain: Chain, closed: IssueReport, complainant_client: APIClient, column: str
) -> None:
    hand_in(complainant_client, closed, objection_file(closed.complaint, chain.registry.deployment))
    land(chain)
    complaint = type(closed.complaint).objects.select_related("chain_state").get(pk=closed.complaint.pk)
    assert verdict_of(complaint).verified
    row = Objection.objects.get()
    altered: dict[str, Any] = {
        "payload": {**row.payload, "objection": "All is well."}, "salt": "0x" + "00" * 32, "data": "0x" + "ab" * 32
    }  # fmt: skip
    Objection.objects.update(**{column: altered[column]})
    event = trail_of(complainant_client, closed)["events"][-1]
    assert event["verified_on_chain"] is False
    assert ("data" if column == "data" else "payload or salt") in event["problem"]
    assert verdict_of(complaint).verified is False
