"""A filing that the database has lost comes back from the receipt that its complainant kept."""

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.models import Complaint, Write
from blockchain.promises import statement_of
from blockchain.protocol import hashing
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED
from tests.landing import land
from tests.recovery.conftest import Backup, KeyRing, Recover, links_of, saved, states_of
from tests.verification.conftest import OBJECTOR

Receipt = dict[str, Any]


@pytest.fixture
def lost(
    chain: Chain, keys: KeyRing, complainant_client: APIClient, staff: User, recover: Recover
) -> tuple[Receipt, Backup]:
    """A filing that landed and was worked on after the backup was made; the database is put back, the key is new."""
    backup = Backup()
    body = FILED | {"complainant_address": OBJECTOR.address}
    response = complainant_client.post("/api/reports/", body, format="json")
    assert response.status_code == 201
    report = IssueReport.objects.get()
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    land(chain)
    backup.restore()
    keys.rotate()
    receipt: Receipt = response.json()
    return receipt, backup


def test_recover__filing_after_the_backup__listed_to_be_restored_and_nothing_stops(
    chain: Chain, lost: tuple[Receipt, Backup], recover: Recover
) -> None:
    receipt, _ = lost
    said = recover()
    assert f"{receipt['complaint_id']} by {chain.relay_account}" in said
    assert "2 links: restore it from its receipt" in said


def test_recover__receipt__filing_report_and_promise_are_back_and_the_rest_is_imported(
    chain: Chain,
    lost: tuple[Receipt, Backup],
    recover: Recover,
    tmp_path: Path,
    complainant: User,
    complainant_client: APIClient,
) -> None:
    receipt, _ = lost
    assert receipt["promise"] is not None
    recover()
    said = recover("--receipt", saved(receipt, tmp_path / "receipt.json"))
    assert f"report/{receipt['tracking_id']}: restored, 1 links imported" in said

    report = IssueReport.objects.get()
    assert (report.tracking_id, report.user, report.status) == (receipt["tracking_id"], complainant, "resolved")
    assert (report.issue_title, report.location) == (FILED["issue_title"], FILED["location"])
    assert states_of(report) == [("CREATED", "confirmed"), ("RESOLVED", "confirmed")]
    created = report.complaint.writes.get(nonce=0)
    assert (created.payload, created.salt) == (receipt["created"]["payload"], receipt["created"]["salt"])
    statement = statement_of(created)
    assert statement.body == receipt["promise"]
    again = complainant_client.get(f"/api/reports/{report.tracking_id}/").json()
    assert (again["created"], again["complainant_address"]) == (receipt["created"], receipt["complainant_address"])

    services.comment_create(report_id=report.pk, author=complainant, text="I am back.")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "RESOLVED", "COMMENTED"]
    assert "restore it from its receipt" not in recover()
    trail = complainant_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/").json()
    assert trail["complete"] is True
    assert [event["verified_on_chain"] for event in trail["events"]] == [True, True, True]
    assert "another system wrote this link" in trail["events"][1]["not_opened"]
    assert (trail["report_matches"], trail["mismatches"]) == (True, [])


def test_recover__receipt_twice__once(
    chain: Chain, lost: tuple[Receipt, Backup], recover: Recover, tmp_path: Path
) -> None:
    path = saved(lost[0], tmp_path / "receipt.json")
    recover("--receipt", path)
    assert "already present" in recover("--receipt", path)
    assert (Complaint.objects.count(), Write.objects.count()) == (1, 2)


def test_recover__receipt_from_standard_input__is_read(
    chain: Chain, lost: tuple[Receipt, Backup], recover: Recover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(lost[0])))
    assert "restored" in recover("--receipt", "-")


def test_recover__receipt_of_a_filing_that_never_landed__lands(
    chain: Chain, keys: KeyRing, complainant_client: APIClient, recover: Recover, tmp_path: Path
) -> None:
    backup = Backup()
    receipt = complainant_client.post("/api/reports/", FILED, format="json").json()
    backup.restore()
    recover("--receipt", saved(receipt, tmp_path / "receipt.json"))
    report = IssueReport.objects.get()
    assert (states_of(report), report.status) == ([("CREATED", "pending")], "pending")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED"]


def test_recover__receipt_dry_run__nothing_is_changed(
    chain: Chain, lost: tuple[Receipt, Backup], recover: Recover, tmp_path: Path
) -> None:
    assert "restored" in recover("--dry-run", "--receipt", saved(lost[0], tmp_path / "receipt.json"))
    assert not Complaint.objects.exists()
    assert not IssueReport.objects.exists()


def test_recover__receipt_of_a_lost_account__another_owner_has_to_be_named(
    chain: Chain, lost: tuple[Receipt, Backup], recover: Recover, tmp_path: Path, complainant: User
) -> None:
    User.objects.filter(pk=complainant.pk).delete()
    path = saved(lost[0], tmp_path / "receipt.json")
    with pytest.raises(CommandError, match="no user with the opaque id"):
        recover("--receipt", path)
    assert not Complaint.objects.exists()
    back = User.objects.create_user("back_again", password="correct horse battery staple")
    recover("--receipt", path, "--owner", back.username)
    assert IssueReport.objects.get().user == back


def forged(receipt: Receipt) -> None:
    """Another text, with its own salt and commitment: consistent, and not what the id commits to."""
    created = receipt["created"]
    created["payload"]["changes"]["issue_title"] = [None, "All is well"]
    data = hashing.data_hash(salt=hashing.unhex(created["salt"]), payload=created["payload"])
    created["data"] = hashing.hex0x(data)


CHANGES: dict[str, tuple[Callable[[Receipt], Any], str]] = {
    "text": (lambda receipt: receipt["created"]["payload"].update(by="x"), "do not match the commitment"),
    "text with its commitment": (forged, "id is not that of this filing"),
    "salt of the payload": (lambda receipt: receipt["created"].update(salt="0x" + "00" * 32), "do not match"),
    "salt of the id": (lambda receipt: receipt.update(complaint_salt="0x" + "00" * 32), "id is not that"),
    "tracking id": (lambda receipt: receipt.update(tracking_id="000000000000"), "id is not that"),
    "complainant": (lambda receipt: receipt.update(complainant_address="0x" + "11" * 20), "id is not that"),
    "complainant lost": (lambda receipt: receipt.update(complainant_address=None), "id is not that"),
    "complaint id": (lambda receipt: receipt.update(complaint_id="0x" + "00" * 32), "id is not that"),
    "commitment": (lambda receipt: receipt["created"].update(data="0x00"), "do not match"),
    "no payload": (lambda receipt: receipt["created"].pop("payload"), "not the receipt"),
    "nothing": (lambda receipt: receipt.clear(), "not the receipt"),
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_recover__receipt_altered__refused(
    chain: Chain,
    keys: KeyRing,
    complainant_client: APIClient,
    recover: Recover,
    tmp_path: Path,
    change: Callable[[Receipt], Any],
    reason: str,
) -> None:
    backup = Backup()
    body = FILED | {"complainant_address": OBJECTOR.address}
    receipt = complainant_client.post("/api/reports/", body, format="json").json()
    backup.restore()
    altered = copy.deepcopy(receipt)
    change(altered)
    with pytest.raises(CommandError, match=reason):
        recover("--receipt", saved(altered, tmp_path / "receipt.json"))
    assert not Complaint.objects.exists()


def test_recover__promise_altered__filing_back_without_it(
    chain: Chain, keys: KeyRing, complainant_client: APIClient, recover: Recover, tmp_path: Path
) -> None:
    backup = Backup()
    receipt = complainant_client.post("/api/reports/", FILED, format="json").json()
    backup.restore()
    receipt["promise"]["actor"] = chain.stranger
    recover("--receipt", saved(receipt, tmp_path / "receipt.json"))
    assert Write.objects.get().promise_signature == ""


@pytest.mark.parametrize("content", ["", "[]", "null", "nonsense"])
def test_recover__no_receipt__one_line(
    chain: Chain, db: None, keys: KeyRing, recover: Recover, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(content)
    with pytest.raises(CommandError, match=r"can't be read|not the receipt"):
        recover("--receipt", str(path))
