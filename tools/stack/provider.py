"""A member of the zoo of providers in front of the chain, for a demo behind it."""

import requests

from tools.stack.environment import base_environment
from tools.stack.errors import StackError
from tools.stack.places import BACKEND, BINARIES
from tools.stack.ports import HOST
from tools.stack.processes import Supervisor

START_SECONDS = 20.0
RPC_SECONDS = 10.0
BLOCK_NUMBER = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}


class Provider:
    """A running `tests.providers.serve`."""

    def __init__(self, name: str, *, port: int) -> None:
        self.name, self.url, self._port = name, f"http://{HOST}:{port}", port

    def start(self, supervisor: Supervisor, *, upstream: str) -> None:
        """Starts it and waits until it answers. Raises `StackError` if there is no such member."""
        if not (BACKEND / "tests" / "providers" / "members" / f"{self.name}.py").is_file():
            raise StackError(f"there is no provider {self.name!r}: see backend/tests/providers/members")
        command = [str(BINARIES / "python"), "-m", "tests.providers.serve", self.name]
        command += ["--upstream", upstream, "--port", str(self._port)]
        supervisor.start("provider", command, env=base_environment(), cwd=BACKEND)
        supervisor.wait_until(self.answers, what=f"starting the provider {self.name}", seconds=START_SECONDS)

    def answers(self) -> bool:
        """Whether it answers at all, as one that is often busy does now and then."""
        try:
            return requests.post(self.url, json=BLOCK_NUMBER, timeout=RPC_SECONDS).ok
        except requests.RequestException:
            return False
