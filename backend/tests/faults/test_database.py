"""The database: full, locked, killed and started again in the middle of a drain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from blockchain.models import Attempt, Write
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, nothing_mined
from tests.fixtures.reports import FILED
from tests.servers.mariadb import MariaDB
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
SETTLE_SECONDS = 120


@contextmanager
def disk_full() -> Iterator[None]:
    """SQLite may not grow any more in this connection: every page more is SQLITE_FULL."""
    with connection.cursor() as cursor:
        # What earlier tests left free would be used first.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.fixture
def on_sqlite(transactional_db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this is how SQLite fills up; on a server, its operator watches the disk")


def test_report_create__disk_full__nothing_is_half_done(
    on_sqlite: None, chain: Chain, recover: Recovery, complainant: User
) -> None:
    made, refusal = 0, ""
    with disk_full():
        for _ in range(500):
            try:
                services.report_create(user=complainant, **FILED)
            except OperationalError as error:
                refusal = str(error)
                break
            made += 1
    assert "full" in refusal
    assert IssueReport.objects.count() == made
    assert Write.objects.count() == made
    recover()
    assert_everything_recorded_once(chain)


def test_run__disk_full_when_the_transaction_is_stored__nothing_is_sent(
    on_sqlite: None, chain: Chain, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(60)
    nonce = chain.anvil.rpc("eth_getTransactionCount", chain.relay_account, "latest")
    with disk_full(), pytest.raises(OperationalError, match="full"):
        recover.relay.run_once()
    assert not Attempt.objects.exists()
    assert chain.anvil.rpc("eth_getTransactionCount", chain.relay_account, "latest") == nonce
    recover()
    assert_everything_recorded_once(chain)


def test_run_relay__database_locked_for_long__goes_on(
    on_sqlite: None, chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(2)
    relay = processes.start(
        "-c",
        "import django; django.setup();"
        "from django.db import connection; connection.settings_dict['OPTIONS']['timeout'] = 0.2;"
        "from django.core.management import call_command; call_command('run_relay')",
        DJANGO_SETTINGS_MODULE="report_hub.settings",
    )
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        wait_until(
            lambda: "database unavailable" in processes.said(relay) or relay.poll() is not None,
            what="the relay meets the lock",
            seconds=SETTLE_SECONDS,
        )
        cursor.execute("ROLLBACK")
    assert relay.poll() is None, processes.said(relay)
    wait_until(
        lambda: not Write.objects.exclude(state=State.CONFIRMED).exists(),
        what="everything is confirmed",
        seconds=SETTLE_SECONDS,
    )
    relay.terminate()
    relay.wait(30)
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_run_relay__mariadb_killed_in_the_middle_of_a_drain__goes_on_when_it_is_back(
    chain: Chain, processes: Processes, mariadb_server: MariaDB
) -> None:
    """All of it in processes of its own, on a database of its own: requests, relay, and the check at the end."""
    processes.environment["DATABASE_URL"] = mariadb_server.url
    assert processes.run("manage.py", "migrate", "--verbosity=0") == 0, processes.said(processes.started[-1])
    requests = ("-m", "tests.faults.requests")
    relays = [processes.start("manage.py", "run_relay") for _ in range(2)]
    with nothing_mined(chain):
        for _ in range(3):
            assert processes.run(*requests, "file", "10") == 0, processes.said(processes.started[-1])
            wait_until(
                lambda: int(chain.anvil.rpc("txpool_status")["pending"], 16) > 0,
                what="the relay is at work",
                seconds=SETTLE_SECONDS,
            )
            mariadb_server.kill()
            chain.anvil.mine()
            mariadb_server.start()
    for relay in relays:
        assert relay.poll() is None, processes.said(relay)
    assert processes.run(*requests, "wait", "30") == 0, processes.said(processes.started[-1])
    for relay in relays:
        relay.terminate()
        assert relay.wait(60) == 0, processes.said(relay)
    assert any("database unavailable" in processes.said(relay) for relay in relays)
    assert processes.run(*requests, "check", "30") == 0, processes.said(processes.started[-1])
