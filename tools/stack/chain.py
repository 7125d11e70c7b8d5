"""The local chain: anvil, with its state in a file that survives a kill."""

import json
import time
from pathlib import Path
from typing import Any

import requests

from tools.stack.environment import base_environment
from tools.stack.errors import StackError
from tools.stack.places import shown
from tools.stack.ports import HOST
from tools.stack.processes import Supervisor

START_SECONDS = 20.0
RPC_SECONDS = 10.0
CHAIN_ID = 31337


class Chain:
    """A running anvil."""

    def __init__(self, *, port: int, state: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self.state = state
        self._port = port
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self, supervisor: Supervisor, *, genesis_timestamp: int) -> None:
        """Starts anvil, on the saved state if there is one. The same `genesis_timestamp` gives the same first block."""
        require_readable(self.state)
        self.state.parent.mkdir(parents=True, exist_ok=True)
        command = ["anvil", "--host", HOST, "--port", self._port, "--chain-id", CHAIN_ID]
        # Written every second, so a kill loses at most the last second; see recovery.py.
        command += ["--state", self.state, "--state-interval", 1, "--timestamp", genesis_timestamp]
        supervisor.start("anvil", [str(part) for part in command], env=base_environment())
        supervisor.wait_until(self.answers, what="starting anvil", seconds=START_SECONDS)
        # anvil's clock starts at the time of the first block, but never before that of the newest block.
        self.rpc("anvil_setTime", max(int(time.time()), self.time()))

    def answers(self) -> bool:
        try:
            return int(self.rpc("eth_chainId"), 16) == CHAIN_ID
        except (requests.RequestException, StackError):
            return False

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one request. Raises `StackError` if the node refuses it."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._session.post(self.url, json=body, timeout=RPC_SECONDS).json()
        if "error" in answer:
            raise StackError(f"anvil refuses {method}: {answer['error'].get('message')}")
        return answer["result"]

    def time(self) -> int:
        """The time of the newest block, Unix seconds."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def block_hash(self, number: int) -> str:
        return str(self.rpc("eth_getBlockByNumber", hex(number), False)["hash"])

    def nonce(self, address: str) -> int:
        """The number of transactions of `address` in blocks."""
        return int(self.rpc("eth_getTransactionCount", address, "latest"), 16)

    def has_code(self, address: str) -> bool:
        return len(self.rpc("eth_getCode", address, "latest")) > len("0x")

    def warp(self, timestamp: int) -> None:
        """Mines an empty block at `timestamp` (Unix seconds), from where the chain's clock continues."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)
        self.rpc("evm_mine")


def require_readable(state: Path) -> None:
    """Raises `StackError` if a crash left half a state file, for which anvil's own error is obscure."""
    try:
        json.loads(state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        folder = shown(state.parent)
        raise StackError(f"{shown(state)} is damaged; start over with an empty stack: rm -r {folder}") from None
