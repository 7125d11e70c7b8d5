"""What is around the processes: the disk of the logs, and the wall clock."""

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from blockchain.models import Attempt, RelayLease
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import (
    SETTLE_SECONDS,
    Processes,
    Recovery,
    end,
    everything_confirmed,
    nothing_mined,
    writes_sent,
)
from tests.faults.web import Web
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
DAY = 86_400
CANNOT_WRITE = "blockchain.log can't be written"


def no_inode_at_rotation(logs: Path) -> None:
    """The folder is moved away, and none can be made in its place."""
    logs.rename(logs.with_name("logs.old"))
    logs.write_text("")


def disk_full_at_rotation(logs: Path) -> None:
    """The file is moved away, and what is opened in its place takes nothing."""
    (logs / "blockchain.log").rename(logs / "blockchain.log.1")
    (logs / "blockchain.log").symlink_to("/dev/full")


@pytest.mark.parametrize("fault", [no_inode_at_rotation, pytest.param(disk_full_at_rotation, marks=pytest.mark.faults)])
def test_run_relay__log_can_not_be_written__goes_on_and_starts_again_and_says_so_once(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    file_reports: FileReports,
    complainant: User,
    fault: Callable[[Path], None],
) -> None:
    relay = processes.start("manage.py", "run_relay")
    file_reports(1)
    wait_until(everything_confirmed, what="the first landed", seconds=SETTLE_SECONDS)
    fault(processes.folder / "logs")
    file_reports(1)
    wait_until(everything_confirmed, what="the second landed", seconds=SETTLE_SECONDS)
    assert relay.poll() is None, processes.said(relay)
    assert processes.said(relay).count(CANNOT_WRITE) == 1
    end(relay)
    again = processes.start("manage.py", "run_relay")
    # The web server logs there too: that a signer does not answer, for one.
    web = Web(processes, BLOCKCHAIN_INTAKE_KEY="0x12")
    assert web.ask(complainant, "POST", "/api/reports/", **FILED).status_code == 201
    wait_until(everything_confirmed, what="the third landed", seconds=SETTLE_SECONDS)
    assert again.poll() is None, processes.said(again)
    for process in (again, web.process):
        assert CANNOT_WRITE in processes.said(process)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("by", [DAY, pytest.param(-DAY, marks=pytest.mark.faults)], ids=["set_back", "set_forward"])
def test_run_relay__clock_is_set_by_a_day__takes_over_sends_again_and_lands(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, by: int
) -> None:
    with nothing_mined(chain):
        # What this one leaves behind was written with another clock: its lease, and when it sent what.
        relay = processes.start("-m", "tests.faults.runner", "clock", str(by), "run_relay")
        file_reports(2)
        wait_until(lambda: writes_sent() == 2, what="it is under way")
        end(relay)
        holder = RelayLease.objects.get().holder
        chain.anvil.rpc("anvil_dropAllTransactions")
        file_reports(1)
        relay = processes.start("manage.py", "run_relay")
        wait_until(lambda: RelayLease.objects.get().holder != holder, what="the next relay takes over")
        wait_until(
            lambda: int(chain.anvil.rpc("txpool_status")["pending"], 16) > 0,
            what="what was dropped is in the pool again",
        )
    chain.anvil.mine()
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    processes.end()
    recover()
    assert len({attempt.transaction_id for attempt in Attempt.objects.all()}) == 2
    assert_everything_recorded_once(chain)
