"""Requests on MariaDB while others work on the same rows, and while it is killed and started again."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.chain_fixtures import Chain
from tests.faults.conftest import Processes
from tests.faults.web import SECONDS, Web
from tests.fixtures.actors import PASSWORD
from tests.fixtures.reports import FILED
from tests.servers.mariadb import MariaDB

THREADS = 8
STATUSES = ("in_progress", "on_hold", "resolved")
# What a request may be answered with: done, forbidden by what others did, or "please again".
EXPECTED = {200, 201, 202, 409, 503}


@dataclass
class Clients:
    """Staff who all work on the same reports, each with a connection of its own; what they were answered."""

    url: str
    token: str
    reports: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    cut: int = 0

    def ask(self, session: requests.Session, method: str, path: str, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return session.request(method, self.url + path, headers=headers, json=body or None, timeout=SECONDS)

    def work(self, seed: int, until: Callable[[], bool]) -> None:
        """One thread's requests until it is told to stop."""
        chance = random.Random(seed)
        with requests.Session() as session:
            session.trust_env = False
            while not until():
                path = f"/api/reports/{chance.choice(self.reports)}/"
                requested: list[tuple[str, str, dict[str, Any]]] = [
                    ("POST", f"{path}comments/", {"text": f"by {seed}"}),
                    ("PATCH", path, {"status": chance.choice(STATUSES)}),
                    ("PATCH", path, {"priority": chance.choice(["low", "high"])}),
                    ("POST", "/api/reports/", FILED),
                    ("GET", "/api/reports/", {}),
                    ("GET", "/api/users/me/", {}),
                ]
                method, asked, body = chance.choice(requested)
                try:
                    self._count(self.ask(session, method, asked, **body))
                except requests.ConnectionError:
                    self.cut += 1

    def _count(self, answer: requests.Response) -> None:
        self.answers[answer.status_code] += 1
        if answer.status_code not in EXPECTED:
            self.odd.append(f"{answer.request.method} {answer.request.path_url}: {answer.text[:300]}")
        elif answer.status_code == 503:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
def on_mariadb(chain: Chain, processes: Processes, mariadb_server: MariaDB) -> Clients:
    """The web server, the relay and the indexer on a MariaDB of their own, with a user who is logged in."""
    processes.environment["DATABASE_URL"] = mariadb_server.url
    assert processes.run("manage.py", "migrate", "--verbosity=0") == 0, processes.said(processes.started[-1])
    ensure = ("manage.py", "ensure_user", "--username", "staff", "--staff", "--password-env", "STAFF_PASSWORD")
    assert processes.run(*ensure, STAFF_PASSWORD=PASSWORD) == 0, processes.said(processes.started[-1])
    web = Web(processes)
    credentials = {"username": "staff", "password": PASSWORD}
    tokens = requests.post(f"{web.url}/api/token/", json=credentials, timeout=SECONDS).json()
    clients = Clients(url=web.url, token=tokens["access"])
    for _ in range(4):
        filed = clients.ask(requests.Session(), "POST", "/api/reports/", **FILED)
        clients.reports.append(filed.json()["tracking_id"])
    for command in ("run_relay", "run_relay"):
        processes.start("manage.py", command)
    return clients


def working(clients: Clients, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """All threads at work for so long, or until `meanwhile` is over."""
    done = threading.Event()
    with ThreadPoolExecutor(THREADS) as pool:
        asked = [pool.submit(clients.work, seed, done.is_set) for seed in range(THREADS)]
        until = time.monotonic() + seconds
        try:
            meanwhile()
            done.wait(max(0, until - time.monotonic()))
        finally:
            done.set()
    assert [each.exception() for each in asked] == [None] * THREADS


@pytest.mark.faults
def test_requests__events_are_read_at_the_same_time__no_500(on_mariadb: Clients, processes: Processes) -> None:
    working(on_mariadb, 20)
    print(on_mariadb.answers)
    assert on_mariadb.odd == []
    assert on_mariadb.cut == 0
    assert not on_mariadb.answers[503]
    assert sum(on_mariadb.answers.values()) > 200
    assert all("Traceback" not in processes.said(process) for process in processes.started)


@pytest.mark.faults
def test_requests__database_killed_and_started_again__503_and_then_as_before(
    on_mariadb: Clients, processes: Processes, mariadb_server: MariaDB
) -> None:
    def restart() -> None:
        for _ in range(3):
            time.sleep(1.5)
            mariadb_server.kill()
            time.sleep(1)
            mariadb_server.start()

    working(on_mariadb, 0, restart)
    print(on_mariadb.answers, on_mariadb.cut)
    assert on_mariadb.odd == []
    assert on_mariadb.cut == 0
    assert on_mariadb.answers[503]
    on_mariadb.answers.clear()
    working(on_mariadb, 2)
    assert on_mariadb.odd == []
    assert not on_mariadb.answers[503]
