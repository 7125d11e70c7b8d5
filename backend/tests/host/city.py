"""The city's project, installed: the wheel in a fresh environment, and what a test does with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.anvil import Anvil
from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY, compiled_registry, deploy
from tests.servers.process import port_free, wait_until

BACKEND = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).resolve().parent / "project"
SECONDS = 120
# After an assignment, a ticket is due after so many seconds.
TICKET_SECONDS = 3
# What the tools need to find the package index, by how its name begins; the project gets none of it.
INDEX = ("HOME", "LANG", "SSL_CERT_", "UV_", "PIP_", "HTTP", "NO_PROXY", "http", "no_proxy")


class City:
    """A folder, a Python, and the environment of the project's processes."""

    def __init__(self, folder: Path, anvil: Anvil) -> None:
        self.folder = folder / "project"
        self.python = folder / "environment" / "bin" / "python"
        # The commands that were run, as one would type them.
        self.ran: list[str] = []
        uv("build", "--wheel", "--quiet", "--out-dir", str(folder / "wheel"), str(BACKEND))
        (self.wheel,) = (folder / "wheel").glob("*.whl")
        uv("venv", "--python", sys.executable, str(folder / "environment"))
        uv("pip", "install", "--python", str(self.python), "-c", str(BACKEND / "requirements.txt"), str(self.wheel))
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        deploy(anvil, compiled_registry(), self.folder / "deployment.json")
        self.environment = {
            "PATH": os.defpath,
            "SECRET_KEY": "secret-key-of-the-city-0123456789-0123456789",
            "BLOCKCHAIN_NODE_URLS": anvil.url,
            "BLOCKCHAIN_PRIVATE_KEY": RELAY_KEY,
            "BLOCKCHAIN_INTAKE_KEY": INTAKE_KEY,
            "BLOCKCHAIN_CONFIRMATIONS": "0",
            "TICKET_SECONDS": str(TICKET_SECONDS),
        }

    def run(self, *arguments: str, **environment: str) -> str:
        """`python ARGUMENTS` in the project's folder; what it wrote. Raises `AssertionError` unless it ends with 0."""
        self.ran.append(" ".join(("python", *arguments)))
        done = subprocess.run(
            [self.python, *arguments],
            check=False,
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def manage(self, *arguments: str, **environment: str) -> str:
        """`python manage.py ARGUMENTS`; as `run`."""
        return self.run("manage.py", *arguments, **environment)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The URL of the city's web server, which has no relay key."""
        url = f"http://127.0.0.1:{port_free()}"
        log = self.folder / "web.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [self.python, "manage.py", "runserver", "--noreload", url.removeprefix("http://")],
                cwd=self.folder,
                env=self.environment | {"BLOCKCHAIN_PRIVATE_KEY": ""},
                stdout=said,
                stderr=said,
            )

        def answers() -> bool:
            try:
                return requests.get(f"{url}/api/blockchain/health/", timeout=SECONDS).status_code in (200, 503)
            except requests.ConnectionError:
                return False

        try:
            wait_until(lambda: process.poll() is not None or answers(), what="the city answers")
            assert process.poll() is None, log.read_text()
            yield url
        finally:
            process.terminate()
            process.wait(SECONDS)


class Person:
    """Somebody with a login, who talks to the city's web server."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.login, self.session = url, (name, name), requests.Session()
        self.session.trust_env, self.session.auth = False, self.login

    def ask(self, method: str, path: str, expected: int, **options: Any) -> dict[str, Any]:
        """The body of an answer, which has the `expected` status."""
        answer = self.session.request(method, self.url + path, timeout=SECONDS, **options)
        assert answer.status_code == expected, (path, answer.status_code, answer.text[:500])
        body: dict[str, Any] = answer.json()
        return body


def uv(*arguments: str) -> None:
    """Runs uv. Raises `AssertionError` if it fails."""
    environment = {"PATH": os.environ["PATH"]} | {k: v for k, v in os.environ.items() if k.startswith(INDEX)}
    done = subprocess.run(
        ["uv", *arguments], check=False, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
