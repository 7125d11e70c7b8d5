"""`make run`: the stack, which keeps running, and keeps its data for the next start."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tools.stack.errors import StackError, StepFailed
from tools.stack.places import RUN_FOLDER, shown
from tools.stack.ports import require_free
from tools.stack.processes import Supervisor
from tools.stack.stack import COMPLAINANT, STAFF, Stack

WATCH_INTERVAL = 0.5  # seconds
DEFAULT_PORT, DEFAULT_ANVIL_PORT = 8000, 8545


def run() -> None:
    """Runs until it is interrupted. Raises `StackError`, for example when a program ends by itself."""
    port, anvil_port = _port("PORT", DEFAULT_PORT), _port("ANVIL_PORT", DEFAULT_ANVIL_PORT)
    require_free(port, variable="PORT", purpose="the web server", taken=[anvil_port])
    require_free(anvil_port, variable="ANVIL_PORT", purpose="the local chain", taken=[port])
    with _only_one(), Supervisor(RUN_FOLDER / "logs") as supervisor:
        stack = Stack(RUN_FOLDER, supervisor, port=port, anvil_port=anvil_port)
        print(f"Starting, with the data in {shown(RUN_FOLDER)}", flush=True)
        stack.start([COMPLAINANT, STAFF], tell=lambda what: print(f"  {what}", flush=True), static_files=True)
        _print_guide(stack)
        try:
            _print_problems(stack)
            while True:
                supervisor.check()
                time.sleep(WATCH_INTERVAL)
        except KeyboardInterrupt:
            print("\nStopping; the data are kept for the next start.", flush=True)


def _print_guide(stack: Stack) -> None:
    logins = [f"{user.username:<12} {stack.settings[user.password_variable]}" for user in (COMPLAINANT, STAFF)]
    print(
        f"""
Running. Ctrl-C stops everything and keeps the data for the next start.

  Start page   {stack.url}/
  API          {stack.url}/api/
  API page     {stack.url}/api/docs/
  Admin        {stack.url}/admin/   (as staff)
  Health       {stack.url}/api/blockchain/health/
  Chain        {stack.chain.url}   contract {stack.contract}

  login        password
  {logins[0]}
  {logins[1]}

  Logs         {shown(stack.supervisor.logs)}
  Settings     {shown(stack.settings_file)}
  manage.py    make manage ARGS="check_sla --dry-run"
""",
        flush=True,
    )


def _print_problems(stack: Stack) -> None:
    """Prints the red components. The stack keeps running, since repairs need it."""
    try:
        problems = stack.problems()
    except (StepFailed, requests.RequestException) as error:
        problems = [f"the health page can't be read: {error}"]
    if problems:
        print("Some components are down:\n")
        for problem in problems:
            print(f"  {problem}")
        print('\nTo run `manage.py COMMAND`, enter in another terminal: make manage ARGS="COMMAND"\n', flush=True)


def _port(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise StackError(f"{variable} must be a port from 1 to 65535, not {value!r}")
    return int(value)


@contextmanager
def _only_one() -> Iterator[None]:
    """Raises `StackError` if another stack uses the same data; two of them would ruin the data."""
    RUN_FOLDER.mkdir(parents=True, exist_ok=True)
    with (RUN_FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StackError(f"another `make run` is using {shown(RUN_FOLDER)}; stop it first") from None
        yield
