"""Starting and stopping one server of a test."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 30
LOOK_SECONDS = 0.05


class NotInstalled(Exception):
    """A server's binary is missing; the message names the Debian package that has it."""


def binary(name: str, *, package: str) -> str:
    """The path of an executable, also in `/usr/sbin`, which is not on everybody's PATH. Raises `NotInstalled`."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if path is None:
        raise NotInstalled(f"{name} is not installed (Debian package {package})")
    return path


def port_free() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = START_SECONDS) -> None:
    """Polls until `condition` holds. Raises `TimeoutError` saying `what` did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK_SECONDS)


class Server:
    """One process, which can be killed and started again on the same port and data."""

    def __init__(self, command: Sequence[str], *, port: int, log: Path) -> None:
        self.command, self.port, self.log = list(command), port, log
        self.process: subprocess.Popen[bytes] | None = None

    def answers(self) -> bool:
        """Whether the server serves; for those of which an open port is not enough to say so, overridden."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self._ended() or self.answers(), what=f"{self.command[0]} answers")
        if self._ended():
            raise RuntimeError(f"{self.command[0]} did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS)
        self.process = None
