"""Many relays and many requests at once; relays that come back after they were given up."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from blockchain.models import Attempt, Transaction, Write
from report import services
from report.lifecycle import TransitionRefused
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, everything_confirmed
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
SETTLE_SECONDS = 240


def requests(number: int, user: User, staff: User, seed: int, common: list[int]) -> None:
    """What a request thread does: file, comment, change; on reports of its own and on those of all threads."""
    chance = random.Random(seed)
    try:
        for _ in range(number):
            own = services.report_create(user=user, **FILED).pk
            for report_id in (own, *chance.sample(common, 2)):
                services.comment_create(report_id=report_id, author=user, text=f"by {seed}")
                status = chance.choice(["in_progress", "on_hold", "resolved"])
                try:
                    services.report_update(report_id=report_id, by=staff, status=status)
                except TransitionRefused:
                    continue
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("relays", "threads", "number"), [(2, 3, 3), pytest.param(8, 8, 8, marks=pytest.mark.faults)], ids=["2", "8"]
)
def test_run_relay__many_relays_and_requests_at_once__every_write_once(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    file_reports: FileReports,
    complainant: User,
    staff: User,
    relays: int,
    threads: int,
    number: int,
) -> None:
    common = [report.pk for report in file_reports(4)]
    running = [processes.start("manage.py", "run_relay") for _ in range(relays)]
    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(requests, number, complainant, staff, seed, common) for seed in range(threads)]
    assert [each.exception() for each in asked] == [None] * threads
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    for process in running:
        assert process.poll() is None, processes.said(process)
        process.terminate()
        # One that was still starting has no handler yet.
        assert process.wait(30) in (0, -signal.SIGTERM), processes.said(process)
        assert "Traceback" not in processes.said(process)
    recover()
    assert_everything_recorded_once(chain)


def _stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize(
    "point",
    [
        "before_sign",
        "after_sign_before_store",
        pytest.param("after_store_before_send", marks=pytest.mark.faults),
        pytest.param("after_send_before_save", marks=pytest.mark.faults),
        pytest.param("before_settle", marks=pytest.mark.faults),
        pytest.param("between_receipt_and_confirm", marks=pytest.mark.faults),
    ],
)
def test_run_relay__frozen_at_a_point_while_another_takes_over__changes_nothing_when_it_wakes(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, staff: User, point: str
) -> None:
    reports = file_reports(3)
    frozen = processes.start("-m", "tests.faults.runner", "freeze", point, "run_relay", "--once")
    wait_until(lambda: _stopped(frozen.pid), what="the relay comes to the point")
    # It held its lease all the time; now another relay has it, and does the work and more.
    recover()
    for report in reports:
        services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
    recover()
    signed = Transaction.objects.count()
    os.kill(frozen.pid, signal.SIGCONT)
    assert frozen.wait(60) == 0, processes.said(frozen)
    recover()
    assert Transaction.objects.filter(state="confirmed").count() >= signed
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_run_relay__killed_again_and_again_under_load__every_write_once(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, complainant: User, staff: User
) -> None:
    common = [report.pk for report in file_reports(4)]
    chance = random.Random(7)
    done = threading.Event()

    def load() -> None:
        try:
            requests(12, complainant, staff, 1, common)
        finally:
            done.set()

    thread = threading.Thread(target=load)
    thread.start()
    kills = 0
    while not (done.is_set() and kills >= 6):
        process = processes.start("manage.py", "run_relay")
        signed = Attempt.objects.count()
        wait_until(
            lambda signed=signed: Attempt.objects.count() > signed or everything_confirmed(),
            what="the relay is at work",
        )
        # Somewhere in what comes next.
        deadline = time.monotonic() + chance.uniform(0, 0.2)
        wait_until(lambda deadline=deadline: time.monotonic() > deadline, what="a moment passes")
        process.kill()
        process.wait(30)
        kills += 1
    thread.join()
    recover()
    assert_everything_recorded_once(chain)
