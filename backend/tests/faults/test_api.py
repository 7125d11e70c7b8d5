"""What clients of the real web server see while the relay and the indexer are at work."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from blockchain.models import Transaction, Write
from report import services
from report.models import IssueReport
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import SETTLE_SECONDS, Processes, Recovery, everything_confirmed
from tests.faults.raw import CREATED, ESCALATED, PAUSED, RESUMED
from tests.faults.web import Web
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
# As where nothing is set.
DEFAULT_INTERVALS = {"BLOCKCHAIN_RELAY_INTERVAL": "1.0", "BLOCKCHAIN_SYNC_INTERVAL": "5.0"}


@pytest.fixture
def web(processes: Processes, transactional_db: None) -> Web:
    return Web(processes)


def trails(web: Web, user: User, reports: list[IssueReport]) -> list[dict[str, Any]]:
    """The audit trail of each report, as its owner gets it."""
    found = []
    for report in reports:
        answer = web.ask(user, "GET", f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
    return found


@pytest.mark.faults
@pytest.mark.parametrize("arguments", [["--relay-only"], []], ids=["events_read_rarely", "default_intervals"])
def test_audit_trail__asked_all_the_time_while_writes_land__never_says_incomplete(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    web: Web,
    file_reports: FileReports,
    complainant: User,
    staff: User,
    arguments: list[str],
) -> None:
    processes.start("manage.py", "run_relay", *arguments, **DEFAULT_INTERVALS)
    reports = file_reports(4)
    asked = wrong = 0
    until = time.monotonic() + 8
    while time.monotonic() < until:
        for report in reports:
            services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
        for trail in trails(web, complainant, reports):
            asked += 1
            wrong += trail["complete"] is False or not trail["report_matches"]
    assert asked > 20
    assert wrong == 0, f"{wrong} of {asked} trails of good complaints say that something is wrong"
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    assert [trail["complete"] for trail in trails(web, complainant, reports)].count(False) == 0
    processes.run("manage.py", "sync_blockchain_events")
    assert [trail["complete"] for trail in trails(web, complainant, reports)] == [True] * 4
    processes.end()
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize(
    "on_record",
    [pytest.param(True, marks=pytest.mark.faults), False],
    ids=["breaches_on_record", "breaches_not_on_record"],
)
def test_hold__accepted_after_the_last_deadline_has_passed__lands_and_nothing_waits_behind_it(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    web: Web,
    file_reports: FileReports,
    staff: User,
    on_record: bool,
) -> None:
    (report,) = file_reports(1)
    recover()
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + MAX_ESCALATION_LEVEL * ESCALATION_INTERVAL)
    complaint_id = report.complaint.complaint_id
    if on_record:
        chain.write("checkAndEscalate", bytes.fromhex(complaint_id[2:]), sender=chain.stranger)
    path = f"/api/reports/{report.tracking_id}/"
    for status in ("on_hold", "in_progress", "on_hold", "in_progress", "resolved"):
        answer = web.ask(staff, "PATCH", path, status=status)
        assert answer.status_code == 200, answer.text
    processes.start("manage.py", "run_relay")
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    processes.end()
    recover()
    read = assert_everything_recorded_once(chain)
    breaches = [ESCALATED] * MAX_ESCALATION_LEVEL
    assert read.kinds(complaint_id) == [CREATED, *breaches, PAUSED, RESUMED, PAUSED, RESUMED, 4]
    assert not Transaction.objects.filter(skipped__gt=0).exists()
    assert not Write.objects.filter(attempts__gt=1).exists()
