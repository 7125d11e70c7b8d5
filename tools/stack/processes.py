"""Child processes, each with a log file and a process group of its own. None outlives the supervisor."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.stack.errors import StackError
from tools.stack.places import ROOT, shown

LOOK_INTERVAL = 0.05  # seconds
STOP_SECONDS = 4.0  # after this time, a child that was asked to end is killed
LOG_LINES = 15
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Called in the child: it gets SIGTERM when the supervisor dies, even if that is killed. Linux only."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Child:
    """One started program."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stays: bool  # must run until it is stopped

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def log_tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LOG_LINES:])

    def failure(self) -> StackError:
        """The error for a program that should not have ended."""
        status = self.process.returncode
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return StackError(f"{self.name} {how}; its log is {shown(self.log)}, which ends:\n{self.log_tail()}")


class Supervisor:
    """Starts programs, watches them, and ends all of them on exit, for whatever reason."""

    def __init__(self, logs: Path) -> None:
        """`logs`: the folder for one log file per program."""
        self.logs = logs
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        """The log file of a program."""
        return self.logs / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path = ROOT, stays: bool = True
    ) -> Child:
        """Starts a program that `stays` until it is stopped, or one to wait for with `finish`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.log(name)
        with log.open("ab") as output:
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C in the terminal only reaches the supervisor
                    preexec_fn=_end_with_parent,  # noqa: PLW1509  there are no threads here
                )
            except OSError as error:
                raise StackError(f"{command[0]} can't be started ({error.strerror}); run: make setup") from None
        child = Child(name, process, log, stays)
        self.children.append(child)
        return child

    def finish(self, child: Child, *, seconds: float) -> None:
        """Waits until a program has ended by itself. Raises `StackError` if it fails or takes longer."""
        deadline = time.monotonic() + seconds
        while not child.ended:
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{child.name} takes more than {seconds:g} s; its log is {shown(child.log)}")
            time.sleep(LOOK_INTERVAL)
        self.children.remove(child)
        _kill_group(child)
        if child.process.returncode != 0:
            raise child.failure()

    def check(self) -> None:
        """Raises `StackError`, naming the program, if one failed or ended too early."""
        for child in self.children:
            if child.ended and (child.stays or child.process.returncode != 0):
                raise child.failure()

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Waits until `ready()`. Raises `StackError` if that takes longer, or if a program ends meanwhile."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{what} took more than {seconds:g} s; the logs are in {shown(self.logs)}")
            time.sleep(LOOK_INTERVAL)

    def end(self, name: str) -> None:
        """Ends the programs with that name."""
        ended = [child for child in self.children if child.name == name]
        self.children = [child for child in self.children if child.name != name]
        _end(ended)

    def stop(self) -> None:
        """Ends all programs in reverse order, since later ones use earlier ones."""
        ignored = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            first, others = self.children[:1], self.children[1:]
            _end(others)
            _end(first)
            self.children = []
        finally:
            for number, handler in ignored.items():
                signal.signal(number, handler)


def _end(children: Sequence[Child]) -> None:
    for child in children:
        if not child.ended:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        _kill_group(child)


def _kill_group(child: Child) -> None:
    """Ends the processes that the ended program left behind."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
