"""A real chain for tests: one anvil on a free port, driven by raw JSON-RPC."""

import signal
import subprocess
import threading
from typing import Any

import requests

START_SECONDS = 20
# After about 1,700 blocks, anvil moves old states to disk and does not find them again in a reorg: it then says that
# the contract has no code. With this option it keeps that many states in memory, more than a run makes.
STATES = 100_000
GAS_LIMIT = 16_000_000  # below the 16,777,216 that a transaction may use since Osaka


class RpcError(Exception):
    """The node answered with an error object; `data` is the revert data where it gave any."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("message")))
        self.data = error.get("data")


class Rpc:
    """An anvil that runs somewhere, driven by raw JSON-RPC."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one request. Raises `RpcError`."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.session.post(self.url, json=body, timeout=START_SECONDS).json()
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def send(self, *, to: str | None, data: str, sender: str, at: int | None = None) -> dict[str, Any]:
        """Mines one transaction and returns its receipt. Raises `RpcError` if it reverts. `at`: its block's time."""
        request = {"from": sender, "data": data, "gas": hex(GAS_LIMIT)} | ({"to": to} if to else {})
        if to:
            self.rpc("eth_call", request, "latest", {}, *([{"time": hex(at)}] if at is not None else []))
        if at is not None:
            self.rpc("evm_setNextBlockTimestamp", at)
        receipt: dict[str, Any] = self.rpc("eth_sendTransactionSync", request)
        if int(receipt["status"], 16) != 1:
            raise RpcError({"message": "reverted"})
        return receipt

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def head(self) -> dict[str, Any]:
        """The newest block."""
        block: dict[str, Any] = self.rpc("eth_getBlockByNumber", "latest", False)
        return block

    def time(self) -> int:
        """Timestamp of the newest block, Unix seconds."""
        return int(self.head()["timestamp"], 16)

    def warp(self, timestamp: int) -> None:
        """Mines an empty block at this time, Unix seconds."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)
        self.mine()


class Anvil(Rpc):
    """One running anvil. Its accounts are unlocked, and their keys are the well-known ones of the test mnemonic."""

    def __init__(self, *options: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            ["anvil", "--port", str(port), f"--prune-history={STATES}", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        super().__init__(self._listening())
        self.accounts: list[str] = self.rpc("eth_accounts")

    def _listening(self) -> str:
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("Listening on "):
                # A full pipe would stop the node.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return "http://" + line.removeprefix("Listening on ").strip()
        raise RuntimeError("anvil did not start: " + "".join(said[-5:]))

    def pause(self) -> None:
        """The process lives but answers nobody, as a node that hangs."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.session.close()
        self.process.terminate()
        self.process.wait(START_SECONDS)
