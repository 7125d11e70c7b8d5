"""Each process of docs/operations.md starts where nothing but backend/requirements.txt is installed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY, Chain
from tests.production.environment import BACKEND, environment_make
from tests.servers.process import NotInstalled, port_free, wait_until
from tests.servers.redis import Redis

pytestmark = pytest.mark.standalone

SECONDS = 60


class Machine:
    """A production machine: Python, the lock, settings, and a database that was migrated."""

    def __init__(self, folder: Path, chain: Chain) -> None:
        self.folder = folder
        self.python = environment_make(folder / "environment")
        self.settings = {
            "PATH": os.defpath,
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(folder),
            "DJANGO_SECRET_KEY": "django-secret-key-of-the-tests-0123456789",
            "JWT_SIGNING_KEY": "token-signing-key-of-the-tests-0123456789",
            "BLOCKCHAIN_NODE_URLS": chain.anvil.url,
            "BLOCKCHAIN_DEPLOYMENT": str(chain.artifact_path),
            "BLOCKCHAIN_PRIVATE_KEY": RELAY_KEY,
            "BLOCKCHAIN_INTAKE_KEY": INTAKE_KEY,
            "PYTHONUNBUFFERED": "1",
        }
        assert self.run("manage.py", "migrate", "--no-input") == 0, self.said()

    @property
    def log(self) -> Path:
        return self.folder / "said.log"

    def said(self) -> str:
        """What the process that was started last wrote."""
        return self.log.read_text(errors="replace")

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """`python ARGUMENTS` in backend/."""
        command = [str(self.python), *arguments]
        with self.log.open("wb") as log:
            return subprocess.Popen(command, cwd=BACKEND, env=self.settings | settings, stdout=log, stderr=log)

    def run(self, *arguments: str, **settings: str) -> int:
        """As `start`, to its end; the exit code."""
        return self.start(*arguments, **settings).wait(SECONDS)

    def assert_says(self, line: str, *arguments: str, **settings: str) -> None:
        """The process says `line`, stays, and ends in order on SIGTERM."""
        process = self.start(*arguments, **settings)
        try:
            wait_until(lambda: process.poll() is not None or line in self.said(), what=line, seconds=SECONDS)
            assert process.poll() is None, self.said()
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) in (0, -signal.SIGTERM), self.said()
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, deployed_chain: Chain) -> Machine:
    return Machine(tmp_path_factory.mktemp("production"), deployed_chain)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running Redis."""
    try:
        server = Redis(tmp_path_factory.mktemp("redis"))
    except NotInstalled as error:
        pytest.skip(str(error))
    server.start()
    yield server.url
    server.stop()


def test_environment__tools_of_the_developers__are_not_in_it(machine: Machine) -> None:
    assert machine.run("-c", "import ape") == 1
    assert "No module named 'ape'" in machine.said()


@pytest.mark.parametrize("command", ["run_relay --once", "sync_blockchain_events", "rebuild_cache"])
def test_command__lock_alone__does_its_work(command: str, machine: Machine) -> None:
    assert machine.run("manage.py", *command.split()) == 0, machine.said()


def test_listener__lock_alone__listens(machine: Machine) -> None:
    machine.assert_says("listening to", "manage.py", "listen_blockchain_events")


def test_gunicorn__lock_alone__serves(machine: Machine) -> None:
    address = f"127.0.0.1:{port_free()}"
    process = machine.start("-m", "gunicorn", "report_hub.wsgi", WEB_BIND=address)
    session = requests.Session()
    session.trust_env = False

    def answers() -> bool:
        try:
            pages = ("/readyz", "/", "/api/docs/")
            return all(session.get(f"http://{address}{page}", timeout=SECONDS).status_code == 200 for page in pages)
        except requests.ConnectionError:
            return False

    try:
        wait_until(lambda: process.poll() is not None or answers(), what="gunicorn answers", seconds=SECONDS)
        assert process.poll() is None, machine.said()
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_celery__no_broker__is_said_to_be_refused(machine: Machine) -> None:
    # With a Redis or without: whatever its transport imports is there.
    assert machine.run("-m", "celery", "-A", "report_hub", "inspect", "ping", CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    assert "Connection refused" in machine.said()


def test_worker__lock_alone__is_ready(machine: Machine, broker: str) -> None:
    worker = ("-m", "celery", "-A", "report_hub", "worker", "-l", "INFO", "--concurrency", "1")
    machine.assert_says("ready.", *worker, CELERY_BROKER_URL=broker)


def test_beat__lock_alone__sends_tasks(machine: Machine, broker: str) -> None:
    beat = ("-m", "celery", "-A", "report_hub", "beat", "-l", "INFO", "--pidfile=")
    machine.assert_says("Sending due task", *beat, CELERY_BROKER_URL=broker)
