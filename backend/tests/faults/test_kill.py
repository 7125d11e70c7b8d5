"""kill -9 of real processes, at each point that matters and at every step between two of them."""

import signal
from collections.abc import Callable

import pytest

from accounts.models import User
from blockchain.health.jobs import rebuild_problems
from blockchain.jobs import RECONCILE, progress_get
from blockchain.models import ChainEvent, ScanCursor, Transaction, Write
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery

State = Write.State
FileReports = Callable[[int], list[IssueReport]]

# Point, and what the database says of the writes and of the transaction when the process is dead.
RELAY_POINTS = [
    ("before_sign", {State.PENDING}, None),
    ("after_sign_before_store", {State.PENDING}, None),
    ("inside_the_store", {State.PENDING}, None),
    ("after_store_before_send", {State.SENT}, "open"),
    ("after_send_before_save", {State.SENT}, "open"),
    ("inside_settle", {State.SENT}, "open"),
    ("between_receipt_and_confirm", {State.MINED}, "mined"),
    ("inside_confirm", {State.MINED}, "mined"),
]


@pytest.mark.parametrize(("point", "writes", "state"), RELAY_POINTS, ids=[point for point, *_ in RELAY_POINTS])
def test_run_relay__killed_at_a_point__the_next_one_goes_on(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    file_reports: FileReports,
    point: str,
    writes: set[str],
    state: str | None,
) -> None:
    file_reports(3)
    code = processes.run("-m", "tests.faults.runner", "kill", point, "run_relay", "--once")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    assert {write.state for write in Write.objects.all()} == writes
    assert [each.state for each in Transaction.objects.all()] == ([state] if state else [])
    recover()
    assert Transaction.objects.count() == 1
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("point", ["between_links_and_cursor", "between_cursor_and_verification"])
def test_sync_blockchain_events__killed_at_a_point__the_next_one_goes_on(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, point: str
) -> None:
    file_reports(3)
    recover.drain()
    code = processes.run("-m", "tests.faults.runner", "kill", point, "sync_blockchain_events")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    # Links and cursor together, or neither.
    read = ChainEvent.objects.count()
    moved = ScanCursor.objects.filter(block_number=int(chain.anvil.head()["number"], 16)).exists()
    assert (read, moved) in ((0, False), (3, True))
    recover()
    assert_everything_recorded_once(chain)


def test_rebuild_cache__killed_after_dropping__the_next_one_reads_it_again(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(3)
    recover()
    code = processes.run("-m", "tests.faults.runner", "kill", "inside_rebuild", "rebuild_cache")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    # Whoever reads the events, what else belongs to a rebuild is not done, which shows until it is.
    assert processes.run("manage.py", "sync_blockchain_events") == 0
    assert [each.problem for each in rebuild_problems()] == ["a rebuild of the cache has not ended"]
    assert processes.run("manage.py", "rebuild_cache") == 0
    assert "rebuild continues" in processes.said(processes.started[-1])
    assert rebuild_problems() == []
    recover()
    assert_everything_recorded_once(chain)


def test_reconcile__killed_after_a_piece__the_next_one_continues(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(3)
    recover()
    code = processes.run("-m", "tests.faults.runner", "kill", "inside_reconcile", "reconcile")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    assert progress_get(RECONCILE)["result"]["complaints"] == 3
    assert processes.run("manage.py", "reconcile") == 0
    said = processes.said(processes.started[-1])
    assert "reconcile continues" in said
    assert "3 complaints compared, 0 repaired" in said
    assert progress_get(RECONCILE) == {}


def test_rebuild_cache__while_a_transaction_is_not_final__nothing_is_written_again(
    chain: Chain, recover: Recovery, file_reports: FileReports, staff: User, settings: object
) -> None:
    from blockchain.indexer.rebuild import cache_rebuild

    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    (report,) = file_reports(1)
    services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
    recover.drain()
    assert {write.state for write in report.complaint.writes.all()} == {State.MINED}
    cache_rebuild(registry=chain.registry)
    assert {write.state for write in report.complaint.writes.all()} == {State.MINED}
    chain.anvil.mine(3)
    recover()
    chain.anvil.mine(3)
    recover()
    assert_everything_recorded_once(chain)
