"""Keys that come and go, and backups that are put back: with real relays, and `recover` as an operator runs it."""

from collections.abc import Callable

import pytest

from accounts.models import User
from blockchain.chain.signers.local import LocalSigner
from blockchain.models import Complaint, RelayLease, Transaction, Write
from blockchain.protocol.kinds import Role
from blockchain.relay.loop import Relay
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, history
from tests.faults.conftest import (
    SETTLE_SECONDS,
    Processes,
    Recovery,
    end,
    everything_confirmed,
    nothing_mined,
    writes_sent,
)
from tests.faults.raw import CREATED
from tests.faults.strangers import Strangers
from tests.recovery.conftest import NEW_KEY, NEWER_KEY, Backup
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)


def address(key: str) -> str:
    return LocalSigner(key).address


def roles(strangers: Strangers, name: str, account: str) -> None:
    """Grants or revokes all three roles of the relay's key."""
    for role in ROLES:
        strangers.send(strangers.role(name, role, account))


def rotate(strangers: Strangers, old: str, new: str) -> None:
    """From one key to another; both are addresses."""
    roles(strangers, "grantRole", new)
    roles(strangers, "revokeRole", old)


def comment(report: IssueReport, staff: User, text: str) -> None:
    services.comment_create(report_id=report.pk, author=staff, text=text)


def landed(what: str) -> None:
    wait_until(everything_confirmed, what=what, seconds=SETTLE_SECONDS)


def stopped_or_frozen() -> bool:
    frozen = Complaint.objects.exclude(frozen_reason="").exists()
    return frozen or RelayLease.objects.exclude(stopped_reason="").exists()


def at_rest(recover: Recovery, key: str) -> None:
    """As `recover`, with a relay that has this key."""
    recover.relay = Relay(registry=recover.chain.registry, signer=LocalSigner(key))
    recover()


def left_under_way(processes: Processes, file_reports: FileReports) -> None:
    """A relay with `NEW_KEY`, which has the roles, ends with two filings in the pool. Needs `nothing_mined`."""
    relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEW_KEY)
    file_reports(2)
    wait_until(lambda: writes_sent() == 2, what="it is under way")
    end(relay)


def recovered(processes: Processes, key: str, *arguments: str) -> str:
    """Runs `recover` with a key; what it says."""
    code = processes.run("manage.py", "recover", "--no-wait", *arguments, BLOCKCHAIN_PRIVATE_KEY=key)
    said = processes.said(processes.started[-1])
    assert code == 0, said
    return said


@pytest.mark.faults
def test_recover__backup_from_before_a_key_rotation__nothing_is_written_twice(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
) -> None:
    relay = processes.start("manage.py", "run_relay")
    first, second = file_reports(2)
    comment(first, staff, "in the backup")
    landed("what the backup has")
    end(relay)
    backup = Backup()
    rotate(strangers, chain.relay_account, address(NEW_KEY))
    relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEW_KEY)
    comment(first, staff, "lost with the database")
    services.report_update(report_id=second.pk, by=staff, status="on_hold")
    landed("what the new key wrote")
    end(relay)
    backup.restore()
    # The operator starts everything as it was, and people go on.
    comment(first, staff, "after the restoration")
    relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEW_KEY)
    wait_until(stopped_or_frozen, what="the relay notices", seconds=SETTLE_SECONDS)
    end(relay)
    assert len(history(chain).entries(first.complaint.complaint_id)) == 3
    rotate(strangers, address(NEW_KEY), address(NEWER_KEY))
    said = recovered(processes, NEWER_KEY)
    assert "imported from the chain" in said
    processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEWER_KEY)
    landed("what was accepted after the restoration")
    processes.end()
    at_rest(recover, NEWER_KEY)
    read = assert_everything_recorded_once(chain)
    assert [link.actor for link in read.entries(first.complaint.complaint_id)] == [
        chain.relay_account,
        chain.relay_account,
        address(NEW_KEY),
        address(NEWER_KEY),
    ]
    # A filing, and a hold: the entry of a hold carries nothing, and is recognised all the same.
    assert len(read.entries(second.complaint.complaint_id)) == 2


@pytest.mark.faults
def test_recover__backup_from_before_the_first_run__filings_are_recognised(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    (report,) = file_reports(1)
    backup = Backup()
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    relay = processes.start("manage.py", "run_relay")
    landed("what was lost")
    end(relay)
    backup.restore()
    rotate(strangers, chain.relay_account, address(NEW_KEY))
    recovered(processes, NEW_KEY, "--old-key", chain.relay_account)
    comment(report, staff, "after the restoration")
    processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEW_KEY)
    landed("everything")
    processes.end()
    at_rest(recover, NEW_KEY)
    read = assert_everything_recorded_once(chain)
    assert len(read.entries(report.complaint.complaint_id)) == 3
    assert Write.objects.get(complaint=report.complaint, nonce=1).imported


@pytest.mark.parametrize(
    "way", [*(pytest.param(way, marks=pytest.mark.faults) for way in ("dropped", "reverted")), "both"]
)
def test_run_relay__old_key_left_transactions_behind__its_writes_land_with_the_new_key(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
    way: str,
) -> None:
    old = address(NEW_KEY)
    roles(strangers, "grantRole", old)
    with nothing_mined(chain):
        left_under_way(processes, file_reports)
        if way != "reverted":
            chain.anvil.rpc("anvil_dropAllTransactions")
        if way != "dropped":
            roles(strangers, "revokeRole", old)
        chain.anvil.mine()
        processes.start("manage.py", "run_relay", BLOCKCHAIN_BUMP_AFTER="1")
        reports = file_reports(1)
    chain.anvil.mine()
    landed("everything")
    processes.end()
    recover()
    read = assert_everything_recorded_once(chain)
    assert Transaction.objects.get(signer=old).state == "confirmed"
    writers = {link.actor for links in read.links.values() for link in links if link.event_type == CREATED}
    assert writers == ({old, chain.relay_account} if way == "dropped" else {chain.relay_account})
    assert len(read.links) == 2 + len(reports)
