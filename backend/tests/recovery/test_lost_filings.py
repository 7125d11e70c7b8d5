"""After a restore, `reconcile` names what the chain has by our keys and the database has not; health shows how much."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from blockchain.health.report import health_report
from blockchain.models import Write
from blockchain.protocol.kinds import EventType
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED
from tests.landing import land
from tests.recovery.conftest import Backup, KeyRing, Recover, saved


def reconcile() -> tuple[str, str]:
    """What it prints, and what it fails with; empty if it does not."""
    stdout = io.StringIO()
    try:
        call_command("reconcile", stdout=stdout)
    except CommandError as error:
        return stdout.getvalue(), str(error)
    return stdout.getvalue(), ""


@pytest.fixture
def receipts(chain: Chain, keys: KeyRing, complainant_client: APIClient) -> list[dict[str, object]]:
    """Of two filings that landed after the backup that was restored since; a third is in it."""
    assert complainant_client.post("/api/reports/", FILED, format="json").status_code == 201
    land(chain)
    backup = Backup()
    filed = [complainant_client.post("/api/reports/", FILED, format="json").json() for _ in range(2)]
    land(chain)
    backup.restore()
    assert IssueReport.objects.count() == 1
    return filed


def test_reconcile__filings_after_the_backup__named_with_actor_and_block_and_failed_with(
    chain: Chain, receipts: list[dict[str, object]]
) -> None:
    said, failure = reconcile()
    block = int(str(chain.registry.node.block("latest")["number"]), 16)  # type: ignore[index]
    for receipt in receipts:
        (line,) = [line for line in said.splitlines() if str(receipt["complaint_id"]) in line]
        assert f"filed by {chain.relay_account} in block " in line
        assert int(line.partition("in block ")[2].partition(" ")[0]) <= block
    assert "2 filings by this system's keys are not in this database" in failure
    indexer = health_report()["indexer"]
    assert indexer["lost_filings"] == 2
    assert "2 filings by this system's keys" in indexer["notes"][0]["problem"]


def test_reconcile__filings_restored_from_receipts__nothing_left(
    chain: Chain, receipts: list[dict[str, object]], keys: KeyRing, recover: Recover, tmp_path: Path
) -> None:
    keys.rotate()
    assert "2 filings" in reconcile()[1]
    recover()
    for receipt in receipts:
        recover("--receipt", saved(receipt, tmp_path / "receipt.json"))
    assert reconcile()[1] == ""
    assert health_report()["indexer"]["lost_filings"] == 0


def test_reconcile__filing_that_a_note_explains__not_listed(chain: Chain, receipts: list[dict[str, object]]) -> None:
    filing = Write.objects.get()
    for nonce, receipt in enumerate(receipts, 1):
        Write.objects.create(
            complaint=filing.complaint,
            nonce=nonce,
            event_type=EventType.NOTED,
            data="0x" + "00" * 32,
            payload={"formerly": receipt["complaint_id"]},
        )
    said, failure = reconcile()
    assert "not in this database" not in said + failure


def test_reconcile__filing_by_a_stranger_with_the_role__is_none_of_ours(chain: Chain, keys: KeyRing, db: None) -> None:
    chain.write("grantRole", chain.registry.call("INTAKE_ROLE")[0], chain.stranger, sender=chain.admin)
    chain.write("logComplaintEvent", b"\7" * 32, EventType.CREATED, bytes(32), 0, sender=chain.stranger)
    assert reconcile()[1] == ""
