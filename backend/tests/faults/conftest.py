"""Parts of the faults: a node that misbehaves, processes of the backend, and a relay to recover with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import F

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, RelayLease, Write
from blockchain.relay.loop import Outcome, Relay
from report import services
from report.models import IssueReport
from tests.anvil import Anvil
from tests.chain_fixtures import RELAY_KEY, Chain, compiled_registry, deploy
from tests.faults.rpc_proxy import RpcProxy
from tests.faults.strangers import Strangers
from tests.fixtures.reports import FILED
from tests.servers.mariadb import MariaDB
from tests.servers.process import NotInstalled, Server, wait_until
from tests.servers.redis import Redis

BACKEND = Path(__file__).resolve().parents[2]
PROCESS_SECONDS = 120
LAST_LINES = 40
SETTLE_SECONDS = 120
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# Seconds that a client of the misbehaving node waits.
IMPATIENT = 1.0


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A running Redis."""
    yield from _running(Redis, tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="session")
def mariadb_started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A running MariaDB, without any database in it."""
    yield from _running(MariaDB, tmp_path_factory.mktemp("mariadb"))


@pytest.fixture
def mariadb_server(mariadb_started: MariaDB) -> MariaDB:
    """The server with an empty database: what another test left there tells of another chain."""
    mariadb_started.clear()
    return mariadb_started


def _running(kind: Callable[[Path], Server], folder: Path) -> Iterator[Any]:
    try:
        server = kind(folder)
    except NotInstalled as error:
        pytest.skip(str(error))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_chain(tmp_path: Path) -> Iterator[Chain]:
    """An anvil for this test alone: after a reorg, one can't always be brought back to an earlier snapshot."""
    anvil = Anvil()
    try:
        path = tmp_path / "deployment.json"
        yield Chain(anvil=anvil, address=deploy(anvil, compiled_registry(), path), artifact_path=path)
    finally:
        anvil.stop()


@pytest.fixture
def strangers(chain: Chain) -> Strangers:
    """Others who write to the contract."""
    return Strangers(chain)


def writes_sent() -> int:
    """How many writes are in a transaction that the node was given and that is not mined."""
    given = Attempt.objects.exclude(sent_at=None).values("transaction")
    return Write.objects.filter(state=Write.State.SENT, transaction__in=given).count()


@contextmanager
def nothing_mined(chain: Chain) -> Iterator[None]:
    """No block comes but by `mine`."""
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        yield
    finally:
        chain.anvil.rpc("evm_setAutomine", True)


def everything_confirmed() -> bool:
    """Whether something was accepted, and all of it is final."""
    return Write.objects.exists() and not Write.objects.exclude(state=Write.State.CONFIRMED).exists()


def mine_until_confirmed(chain: Chain) -> None:
    """Blocks come until everything is final."""

    def confirmed() -> bool:
        chain.anvil.mine()
        return everything_confirmed()

    wait_until(confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)


def end(process: subprocess.Popen[str], how: int = signal.SIGKILL) -> None:
    """Ends one process, as by `kill -9` if nothing else is said."""
    process.send_signal(how)
    process.wait(PROCESS_SECONDS)


@pytest.fixture
def proxy(chain: Chain) -> Iterator[RpcProxy]:
    """A node in front of the chain, which behaves until it is told otherwise."""
    with RpcProxy(upstream=chain.anvil.url) as running:
        yield running


@pytest.fixture
def through_proxy(chain: Chain, proxy: RpcProxy) -> Registry:
    """The contract, seen through the proxy by a client that does not wait for long."""
    return Registry(deployed=chain.registry.deployment, on=Node(url=proxy.url, timeout=IMPATIENT))


@pytest.fixture
def proxied_relay(through_proxy: Registry, transactional_db: None) -> Relay:
    """A relay that knows the chain through the proxy only."""
    return Relay(registry=through_proxy, signer=signer())


@pytest.fixture
def relay(chain: Chain, transactional_db: None) -> Relay:
    """A relay with a good connection."""
    return Relay(registry=chain.registry, signer=signer())


def drain(relay: Relay) -> Outcome:
    """Runs a relay until nothing is left that it can do; a block takes anvil a moment."""
    return relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)


@dataclass
class Recovery:
    """What an operator's next relay and indexer do."""

    chain: Chain
    relay: Relay

    def drain(self) -> Outcome:
        """Runs the relay alone until nothing is left that it can do."""
        return drain(self.relay)

    def __call__(self) -> None:
        """Runs both until nothing is left to do, after the leases of the dead and all times of waiting have ended."""
        RelayLease.objects.exclude(holder=self.relay.holder).update(expires_at=LONG_AGO)
        for _ in range(50):
            Write.objects.update(next_attempt_at=None)
            # What a reorg or a pool dropped is sent again at once.
            Attempt.objects.update(sent_at=F("sent_at") - timedelta(seconds=10))
            outcome = self.drain()
            read = events_sync(registry=self.chain.registry)
            if outcome is Outcome.IDLE and not read.events and not read.rewound:
                return
        raise AssertionError(f"the relay does not come to rest: {outcome}")


@pytest.fixture
def recover(chain: Chain, relay: Relay) -> Recovery:
    """Brings everything to rest with a good node."""
    return Recovery(chain=chain, relay=relay)


@pytest.fixture
def file_reports(transactional_db: None, complainant: User) -> Callable[[int], list[IssueReport]]:
    """Files reports: one write each."""
    return lambda number: [services.report_create(user=complainant, **FILED) for _ in range(number)]


def database_url() -> str:
    """The test's own database, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"mysql://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@dataclass
class Processes:
    """Starts processes of the backend on the test's database and chain; ends those that are left."""

    chain: Chain
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """`python ARGUMENTS`; what it says is in `said(process)`."""
        settings = {
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(self.folder),
            "LOG_DIR": str(self.folder / "logs"),
            "BLOCKCHAIN_NODE_URLS": self.chain.anvil.url,
            "BLOCKCHAIN_DEPLOYMENT": str(self.chain.artifact_path),
            "BLOCKCHAIN_PRIVATE_KEY": RELAY_KEY,
            "BLOCKCHAIN_CONFIRMATIONS": str(django_settings.BLOCKCHAIN_CONFIRMATIONS),
            "BLOCKCHAIN_LEASE_SECONDS": "2",
            "BLOCKCHAIN_RELAY_INTERVAL": "0.05",
            "BLOCKCHAIN_SYNC_INTERVAL": "0.05",
            "BLOCKCHAIN_RPC_TIMEOUT": "5",
            "HEALTH_MAX_HEAD_AGE_SECONDS": "0",
            "BLOCKCHAIN_RETRY_BASE": "0.1",
            "BLOCKCHAIN_RETRY_CAP": "1",
            # One complainant files for many.
            "QUOTA_FILINGS": "100000/hour",
            "QUOTA_COMMENTS": "100000/hour",
            "QUOTA_PENDING": "100000",
            "PYTHONUNBUFFERED": "1",
        }
        with self._log(len(self.started)).open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=BACKEND,
                env=os.environ | settings | self.environment | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.started.append(process)
        return process

    def run(self, *arguments: str, **environment: str) -> int:
        """As `start`, to its end; the exit code, negative for a signal."""
        return self.start(*arguments, **environment).wait(PROCESS_SECONDS)

    def said(self, process: subprocess.Popen[str]) -> str:
        return self._log(self.started.index(process)).read_text(errors="replace")

    def _log(self, number: int) -> Path:
        return self.folder / f"process-{number}.log"

    def end(self) -> None:
        """Kills those that are left, and shows what each said last: pytest prints it if the test failed."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait(PROCESS_SECONDS)
            said = self.said(process).splitlines()[-LAST_LINES:]
            print(f"\n{' '.join(process.args)}: exit code {process.returncode}", *said, sep="\n")  # type: ignore[arg-type]


@pytest.fixture
def processes(chain: Chain, transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    """Other processes of the backend."""
    running = Processes(chain=chain, folder=tmp_path)
    yield running
    running.end()
