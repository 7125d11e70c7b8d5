"""A chain of a test's own: fresh, or under other rules than the one that the suite shares."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.node import Node
from tests.support.rpc import Rpc

ACCOUNTS = 16
STOP_SECONDS = 10


@contextmanager
def anvil(*options: str) -> Iterator[Node]:
    """A new anvil on a free port, stopped afterwards. Its clock is the machine's until `start_clock`."""
    command = ["anvil", "--port", "0", "--accounts", str(ACCOUNTS), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Node(Rpc(_url(process)))
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Listening on "):
            # A full pipe would stop the node.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return "http://" + line.removeprefix("Listening on ").strip()
    raise RuntimeError("anvil did not start: " + "".join(said[-5:]))
