"""Celery and Redis: the real ones, and without them. Losing a task or running it twice changes nothing."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from blockchain.models import Write
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, writes_sent
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until
from tests.servers.redis import Redis

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
WORKER = ("-m", "celery", "-A", "report_hub", "worker", "--loglevel=INFO", "--concurrency=1", "--without-mingle")
BEAT = ("-m", "celery", "-A", "report_hub", "beat", "--loglevel=INFO", "--max-interval=1")
SETTLE_SECONDS = 120


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A broker that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    held.append(server.accept()[0])
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        for each in held:
            each.close()


def state_of_writes() -> set[str]:
    return {write.state for write in Write.objects.all()}


def children(process: subprocess.Popen[str]) -> list[int]:
    """The process ids of a worker's children."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(each) for each in listed.read_text().split()]


def test_report_create__no_broker_or_one_that_hangs__answers_and_publishes_nothing(
    complainant_client: APIClient, no_network: None, settings: object, black_hole: str
) -> None:
    # `no_network` fails the test on any connection, and so on any attempt to publish.
    for url in ("redis://127.0.0.1:1/0", black_hole):
        settings.CELERY_BROKER_URL = url
        assert complainant_client.post("/api/reports/", FILED, format="json").status_code == 201
    assert state_of_writes() == {State.PENDING}


@pytest.mark.faults
def test_worker__real_beat_and_redis__writes_land_without_any_publishing(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, redis_server: Redis
) -> None:
    processes.environment["CELERY_BROKER_URL"] = redis_server.url
    file_reports(3)
    worker = processes.start(*WORKER)
    # Two of them, as after a careless deployment.
    for number in range(2):
        processes.start(*BEAT, f"--schedule={processes.folder / f'beat-{number}'}")
    wait_until(lambda: state_of_writes() == {State.CONFIRMED}, what="all landed", seconds=SETTLE_SECONDS)
    for process in processes.started:
        process.terminate()
        process.wait(60)
    assert "Traceback" not in processes.said(worker)
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_worker__killed_in_the_middle_of_a_task__the_next_beat_wakes_another(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, redis_server: Redis
) -> None:
    processes.environment["CELERY_BROKER_URL"] = redis_server.url
    file_reports(3)
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        worker = processes.start(*WORKER)
        processes.start(*BEAT, f"--schedule={processes.folder / 'beat'}")
        wait_until(lambda: writes_sent() == 3, what="the task is under way", seconds=SETTLE_SECONDS)
        for child in children(worker):
            os.kill(child, signal.SIGKILL)
        worker.kill()
        worker.wait(30)
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
        chain.anvil.mine()
    processes.start(*WORKER)
    wait_until(lambda: state_of_writes() == {State.CONFIRMED}, what="all landed", seconds=SETTLE_SECONDS)
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_worker__redis_is_restarted_empty__goes_on(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, redis_server: Redis
) -> None:
    processes.environment["CELERY_BROKER_URL"] = redis_server.url
    processes.start(*WORKER)
    processes.start(*BEAT, f"--schedule={processes.folder / 'beat'}")
    file_reports(1)
    wait_until(lambda: state_of_writes() == {State.CONFIRMED}, what="the first landed", seconds=SETTLE_SECONDS)
    redis_server.kill()
    file_reports(2)
    redis_server.start()
    wait_until(lambda: state_of_writes() == {State.CONFIRMED}, what="all landed", seconds=SETTLE_SECONDS)
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("task", ["relay_run", "sla_check_task", "event_sync", "reconcile"])
def test_task__run_twice_at_once__changes_nothing_more(
    chain: Chain, recover: Recovery, file_reports: FileReports, task: str
) -> None:
    from django.db import connection

    from blockchain import tasks

    file_reports(2)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            getattr(tasks, task)()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    recover()
    assert_everything_recorded_once(chain)
