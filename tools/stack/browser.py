"""Headless Chromium with `verify.html`, without a network: driven over a pipe, since it has no network either.

The Chrome DevTools Protocol with `--remote-debugging-pipe`: JSON messages, each ended by a zero byte.
"""

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.stack.environment import base_environment
from tools.stack.errors import StepFailed

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
PIPE = "--remote-debugging-pipe"
SECONDS = 60.0
# Where Chromium reads and writes, and a number that is free of both.
READS, WRITES, FREE = 3, 4, 100
NO_NETWORK = ("unshare", "-rn")


@dataclass(frozen=True)
class Shown:
    """What the page shows: the word of the verdict, and its JSON."""

    word: str
    verdict: dict[str, Any]


def chromium() -> str | None:
    """Where Chromium is, if it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def can_cut_off() -> bool:
    """Whether a program can run here in a network namespace of its own, which has no interface."""
    return shutil.which("unshare") is not None and subprocess.run([*NO_NETWORK, "true"], check=False).returncode == 0


def verify(page: Path, *, receipt: Path, files: Sequence[Path], block: str, contract: str, folder: Path) -> Shown:
    """Opens the page from disk, gives it the files, a trusted block and the contract; returns what it shows.

    `folder` takes what Chromium writes. Raises `StepFailed` if the page shows nothing, or opens a connection.
    """
    program = chromium()
    assert program is not None
    words = [*(NO_NETWORK if can_cut_off() else ()), program, *OPTIONS, PIPE, f"--user-data-dir={folder}"]
    to_it, from_it = _Pipe(), _Pipe()
    environment = base_environment() | {"HOME": str(folder)}
    child = subprocess.Popen(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=False,
        preexec_fn=lambda: (os.dup2(to_it.reads, READS), os.dup2(from_it.writes, WRITES)),  # noqa: PLW1509  # no threads
    )
    to_it.close_reading()
    from_it.close_writing()
    try:
        tab = _Tab(to_it.writes, from_it.reads)
        tab.open(page.as_uri())
        tab.choose("#receipt-file", [receipt])
        tab.choose("#evidence-file", files)
        tab.write("#blocks", block)
        tab.write("#contract", contract)
        found = tab.wait_for("document.querySelector('#json').textContent")
        if tab.connections:
            raise StepFailed(f"the page asked for {', '.join(tab.connections)}")
        return Shown(tab.value("document.querySelector('#word').textContent"), json.loads(found))
    finally:
        child.terminate()
        child.wait(SECONDS)
        to_it.close_writing()
        from_it.close_reading()


class _Pipe:
    """A pipe whose ends have numbers above those that Chromium uses, and are inherited."""

    def __init__(self) -> None:
        ends = os.pipe()
        self.reads, self.writes = (fcntl.fcntl(end, fcntl.F_DUPFD, FREE) for end in ends)
        for end in ends:
            os.close(end)

    def close_reading(self) -> None:
        os.close(self.reads)

    def close_writing(self) -> None:
        os.close(self.writes)


class _Tab:
    """One tab."""

    def __init__(self, writes: int, reads: int) -> None:
        self._writes, self._reads = writes, reads
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._rest = b""
        # The URLs that it asked for, other than from disk.
        self.connections: list[str] = []

    def open(self, url: str) -> None:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Network.enable")
        self._ask("Page.navigate", url=url)
        self.wait_for("document.documentElement.classList.contains('ready')")

    def choose(self, selector: str, files: Sequence[Path]) -> None:
        root = self._ask("DOM.getDocument")["root"]["nodeId"]
        node = self._ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._ask("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])
        self.wait_for("!document.body.hasAttribute('aria-busy')")

    def write(self, selector: str, text: str) -> None:
        field = f"document.querySelector({json.dumps(selector)})"
        self.value(f"{field}.value = {json.dumps(text)}, {field}.dispatchEvent(new Event('input'))")

    def value(self, expression: str) -> Any:
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """The expression's value, once it is one."""
        deadline = time.monotonic() + SECONDS
        while not (found := self.value(expression)):
            if time.monotonic() > deadline:
                raise StepFailed(f"the page does not come to {expression}")
            time.sleep(0.05)
        return found

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("method") == "Network.requestWillBeSent":
                url = str(answer["params"]["request"]["url"])
                if not url.startswith(("file:", "data:")):
                    self.connections.append(url)
            if answer.get("id") == number:
                if "error" in answer:
                    raise StepFailed(f"Chromium refuses {method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            some = os.read(self._reads, 65_536)
            if not some:
                raise StepFailed("Chromium ended")
            self._rest += some
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message
