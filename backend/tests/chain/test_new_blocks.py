"""A socket wakes; whatever it does, it does nothing else."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from blockchain.chain import new_blocks
from blockchain.chain.new_blocks import NewBlocks
from blockchain.management.service import run_until_stopped
from tests.chain_fixtures import Chain

SECONDS = 10


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_blocks, "FIRST_PAUSE", 0.01)


class Server:
    """Tells each connection what is in `says`, then closes it."""

    def __init__(self) -> None:
        self.says: list[Any] = []
        self.connections = 0
        self.server = serve(self.handle, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/secret-token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        request = json.loads(connection.recv())
        assert (request["method"], request["params"]) == ("eth_subscribe", ["newHeads"])
        for each in self.says:
            connection.send(each if isinstance(each, str) else json.dumps(each))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.server.shutdown()


BLOCK = {"jsonrpc": "2.0", "method": "eth_subscription", "params": {"subscription": "0x1", "result": {"number": "0x7"}}}


def test_new_blocks__real_node__wakes_for_each(chain: Chain) -> None:
    woken = threading.Event()
    socket = NewBlocks(url=chain.anvil.url.replace("http", "ws"), wake=woken.set)
    socket.start()
    try:
        for _ in range(2):
            for _ in range(100):
                chain.anvil.mine()
                if woken.wait(0.1):
                    break
            assert woken.is_set()
            woken.clear()
    finally:
        socket.stop()


@pytest.mark.parametrize(
    "odd",
    [[], ["no json"], ["[1, 2]"], [{"error": {"code": -32601}}], [{"id": 1, "result": "0x1"}], ["x" * 100_000]],
    ids=["closed", "text", "list", "no subscription", "no block", "too long"],
)
def test_new_blocks__odd_answers__connects_again_and_wakes_when_there_is_a_block(
    server: Server, odd: list[Any]
) -> None:
    server.says = odd
    woken = threading.Event()
    socket = NewBlocks(url=server.url, wake=woken.set)
    socket.start()
    try:
        assert not woken.wait(0.1)
        server.says = [BLOCK]
        assert woken.wait(SECONDS)
        assert server.connections >= 2
    finally:
        socket.stop()


def test_new_blocks__nobody_there__says_so_once_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(new_blocks.logger, "warning", lambda message, extra: said.append(f"{message} {extra}"))
    socket = NewBlocks(url="ws://127.0.0.1:1/secret-token", wake=pytest.fail)
    socket.start()
    threading.Event().wait(0.3)
    socket.stop()
    socket._thread.join(SECONDS)
    assert not socket._thread.is_alive()
    assert said == ["no new blocks told {'node': 'ws://127.0.0.1:1', 'error': 'ConnectionRefusedError'}"]


def test_run_until_stopped__new_block__does_not_wait_for_the_interval(server: Server, settings: Any) -> None:
    server.says = [BLOCK]
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1", server.url]
    steps: list[str] = []

    class Enough(Exception):
        pass

    def step() -> float:
        steps.append("step")
        if len(steps) > 2:
            raise Enough
        return 3_600.0

    with pytest.raises(Enough):
        run_until_stopped(step, woken=lambda: steps.append("woken"))
    assert steps == ["step", "woken", "step"]
