"""The stack: chain, contract, database, web server and relay, started in the order of their dependencies."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from tools.stack.chain import Chain
from tools.stack.client import LOOK_INTERVAL, Client
from tools.stack.environment import ape_environment, backend_environment, load_or_create
from tools.stack.errors import StackError, StepFailed
from tools.stack.places import BACKEND, BINARIES, shown
from tools.stack.ports import HOST
from tools.stack.processes import Child, Supervisor
from tools.stack.provider import Provider
from tools.stack.recovery import resend_lost

DEPLOY_SECONDS = 120.0  # the first deployment also compiles
COMMAND_SECONDS = 60.0
START_SECONDS = 40.0
SETTLE_SECONDS = 5.0  # a running relay whose problem lasts this long will not turn green by waiting
HEALTH, HEALTH_STATUS = "/api/blockchain/health/", (200, 503)
LIVE = "/livez"


@dataclass(frozen=True)
class User:
    """A login of the stack. Its password is in the stack's settings."""

    username: str
    password_variable: str
    options: tuple[str, ...] = ()


COMPLAINANT = User("complainant", "COMPLAINANT_PASSWORD")
STAFF = User("staff", "STAFF_PASSWORD", ("--support",))


class Stack:
    """All programs of one stack, with their data in one folder."""

    def __init__(
        self,
        folder: Path,
        supervisor: Supervisor,
        *,
        port: int,
        anvil_port: int,
        settings: dict[str, str] | None = None,
        provider: Provider | None = None,
    ) -> None:
        """`settings`: the backend's settings that differ from the defaults of a local stack. `provider`: between the
        chain and all that use it.
        """
        self.folder, self.supervisor = folder, supervisor
        self.url = f"http://{HOST}:{port}"
        self.chain = Chain(port=anvil_port, state=folder / "anvil.json")
        self.provider = provider
        # What the backend, the deployment and the verifiers ask.
        self.node_url = provider.url if provider else self.chain.url
        self.artifact = folder / "deployment.json"
        self.settings_file = folder / "env"
        # The file also has all settings that management commands need.
        current = {
            "DATA_DIR": str(folder),
            "LOG_DIR": str(folder / "logs"),
            "BLOCKCHAIN_NODE_URLS": self.node_url,
            "BLOCKCHAIN_DEPLOYMENT": str(self.artifact),
            "WEB_BIND": f"{HOST}:{port}",
        }
        self.settings = load_or_create(self.settings_file, extra=settings, current=current)
        # gunicorn reads its settings from the environment.
        self.backend_environment = backend_environment(self.settings_file) | {"WEB_BIND": current["WEB_BIND"]}

    @property
    def database(self) -> Path:
        return self.folder / "db.sqlite3"

    @property
    def contract(self) -> str:
        """The contract's address."""
        return str(json.loads(self.artifact.read_text(encoding="utf-8"))["address"])

    def start(self, users: list[User], *, tell: Callable[[str], None], static_files: bool = False) -> None:
        """Starts everything and waits until the web server answers. Calls `tell` with each step."""
        tell("a local chain (anvil)")
        self.chain.start(self.supervisor, genesis_timestamp=int(self.settings["ANVIL_GENESIS_TIMESTAMP"]))
        if self.provider:
            tell(f"the provider {self.provider.name} in front of it")
            self.provider.start(self.supervisor, upstream=self.chain.url)
        deployment = None
        if self.artifact.exists():
            self._require_contract()
        else:
            tell("the contract, with `ape run deploy`")
            deployment = self._deploy()
        tell("the database and its users")
        self.manage("migrate", "--no-input")
        if lost := resend_lost(database=self.database, chain=self.chain):
            tell(f"transactions that the chain lost when it was killed: {lost}")
            self.manage("rebuild_cache")
        for user in users:
            self._ensure(user)
        if static_files:
            self.manage("collectstatic", "--no-input")
        if deployment:
            self.supervisor.finish(deployment, seconds=DEPLOY_SECONDS)
        tell("the web server (gunicorn) and the relay")
        gunicorn: list[str | Path] = [
            BINARIES / "gunicorn",
            "--config",
            BACKEND / "gunicorn.conf.py",
            "report_hub.wsgi",
        ]
        self.supervisor.start("web", gunicorn, env=self.backend_environment, cwd=BACKEND)
        self.start_relay()
        self.supervisor.wait_until(self.answers, what="starting the web server", seconds=START_SECONDS)

    def problems(self, *, seconds: float = START_SECONDS) -> list[str]:
        """Waits until every component is up. If that takes too long, returns the problems and their remedies.

        Returns early if the relay is running and a problem of it lasts for `SETTLE_SECONDS`. Raises `StepFailed` if the
        health page can't be read.
        """
        staff = Client(self.url).login(username=STAFF.username, password=self.settings[STAFF.password_variable])
        deadline, told = time.monotonic() + seconds, math.inf
        while True:
            answer = staff.get(HEALTH)
            if answer.status not in HEALTH_STATUS:
                raise StepFailed(f"the health page answered {answer.status}: {str(answer.body)[:400]}")
            parts = answer.body
            red = {name: part for name, part in parts.items() if not part["up"]}
            now = time.monotonic()
            told = min(told, now + SETTLE_SECONDS) if parts["relay"].get("running") else math.inf
            if not red or now > min(deadline, told):
                return [
                    f"{name}: {each['problem']}. {each['remedy']}" for name in red for each in red[name]["problems"]
                ]
            self.supervisor.check()
            time.sleep(LOOK_INTERVAL)

    def start_relay(self) -> Child:
        """Starts the relay, which writes to the chain and reads it."""
        return self.supervisor.start("relay", self._manage("run_relay"), env=self.backend_environment, cwd=BACKEND)

    def stop_relay(self) -> None:
        """Stops the relay, as an operator would."""
        self.supervisor.end("relay")

    def answers(self) -> bool:
        """Whether the web server answers, even if components are red."""
        try:
            return Client(self.url).get(LIVE).status == requests.codes.ok
        except requests.RequestException:
            return False

    def manage(self, *arguments: str, secrets: dict[str, str] | None = None) -> str:
        """Runs a management command and returns what it printed. Raises `StackError` if it fails."""
        name = f"manage-{arguments[0]}"
        log = self.supervisor.log(name)
        before = log.stat().st_size if log.exists() else 0
        environment = self.backend_environment | (secrets or {})
        child = self.supervisor.start(name, self._manage(*arguments), env=environment, cwd=BACKEND, stays=False)
        self.supervisor.finish(child, seconds=COMMAND_SECONDS)
        return log.read_bytes()[before:].decode(errors="replace")

    def _manage(self, *arguments: str) -> list[str | Path]:
        return [BINARIES / "python", BACKEND / "manage.py", *arguments]

    def _ensure(self, user: User) -> None:
        options = ("--username", user.username, "--password-env", user.password_variable, *user.options)
        password = {user.password_variable: self.settings[user.password_variable]}
        self.manage("ensure_user", *options, secrets=password)

    def _deploy(self) -> Child:
        command: list[str | Path] = [BINARIES / "ape", "run", "deploy"]
        command += ["--network", self.node_url, "--output", self.artifact]
        return self.supervisor.start("deploy", command, env=ape_environment(), stays=False)

    def _require_contract(self) -> None:
        if not self.chain.has_code(self.contract):
            raise StackError(
                f"the chain in {shown(self.chain.state)} has no contract at {self.contract}, where "
                f"{shown(self.artifact)} says it is; start over with an empty stack: rm -r {shown(self.folder)}"
            )
