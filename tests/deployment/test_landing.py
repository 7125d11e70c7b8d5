"""An artifact is written from a final block only, and a reorg before that is noticed.

Each test has a chain of its own.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hexbytes import HexBytes
from web3 import Web3
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxReceipt

from tests.deployment.test_deploy import Signer, no_key
from tests.support.anvil import anvil
from tests.support.links import genesis
from tests.support.node import Node
from tests.support.rpc import RpcError
from tools.deployment import deploy as module
from tools.deployment.artifact import Artifact, read_artifact
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.finality import Finality
from tools.deployment.landing import Patience
from tools.deployment.pending import Pending, read_pending
from tools.deployment.target import Target
from tools.deployment.verify import verify

Step = Callable[[], object]


class NodeProvider(BaseProvider):
    """web3.py on a node of these tests; `unknown` are block tags that it does not know."""

    def __init__(self, node: Node, *, unknown: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.node, self.unknown, self.is_down = node, unknown, False

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if self.is_down:
            raise requests.ConnectionError("https://node.example/token refuses")
        if any(parameter in self.unknown for parameter in params if isinstance(parameter, str)):
            error = {"code": -32602, "message": "invalid block tag"}
            return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": self.node.rpc(method, *json.loads(Web3.to_json(params)))}
        except RpcError as error:
            answer = {"code": error.code, "message": error.message, "data": error.data}
            return {"jsonrpc": "2.0", "id": 1, "error": answer}  # type: ignore[typeddict-item]


@pytest.fixture
def own(node: Node) -> Iterator[Node]:
    """A chain of this test's own, some blocks long."""
    with anvil() as chain:
        chain.rpc("anvil_mine", hex(5))
        yield chain


@pytest.fixture
def w3(own: Node) -> Web3:  # type: ignore[override]
    return Web3(NodeProvider(own))


def patience(finality: Finality, *steps: Step, timeout: float = 60) -> Patience:
    """What the chain does while the command waits: one step each time, then nothing."""
    waiting = iter(steps)

    def sleep(_: float) -> None:
        next(waiting, lambda: None)()

    return Patience(timeout=timeout, finality=finality, poll=0, sleep=sleep)


def pending_of(target: Target) -> Pending:
    pending = read_pending(target.pending)
    assert pending is not None
    return pending


def mined(w3: Web3, target: Target) -> TxReceipt:
    """Of the deployment, which anvil mines a moment after it has taken it."""
    return w3.eth.wait_for_transaction_receipt(HexBytes(pending_of(target).tx_hash), timeout=60, poll_latency=0.01)


def require_true_genesis(w3: Web3, artifact: Artifact) -> None:
    """The artifact is of the chain as it is now."""
    block = w3.eth.get_block(artifact.block_number)
    assert artifact.block_hash == block["hash"].to_0x_hex()
    assert bytes.fromhex(artifact.genesis[2:]) == genesis(31337, artifact.address, block["parentHash"])
    assert not any(check.differences for check in verify(w3, artifact))


def test_deploy__confirmations__artifact_comes_with_the_last_of_them(
    w3: Web3, own: Node, deployer: Signer, target: Target
) -> None:
    written = []

    def mine() -> None:
        written.append(target.output.exists())
        own.rpc("evm_mine")

    artifact = deploy(w3, deployer, target, patience=patience(Finality(confirmations=3), *[mine] * 3))
    assert written == [False] * 3
    assert artifact is not None
    assert w3.eth.block_number == artifact.block_number + 3
    require_true_genesis(w3, artifact)


@pytest.mark.parametrize("tag", ["safe", "finalized"])
def test_deploy__tag__artifact_comes_when_the_tag_has_reached_the_block(
    w3: Web3, own: Node, deployer: Signer, target: Target, tag: Any
) -> None:
    def mine() -> None:
        assert not target.output.exists()
        own.rpc("anvil_mine", hex(8))

    artifact = deploy(w3, deployer, target, patience=patience(Finality(tag=tag), *[mine] * 20))
    assert artifact is not None
    assert artifact.block_number <= w3.eth.get_block(tag)["number"] < artifact.block_number + 8
    require_true_genesis(w3, artifact)


def test_deploy__node_without_the_tag__says_what_to_set(own: Node, deployer: Signer, target: Target) -> None:
    w3 = Web3(NodeProvider(own, unknown=("finalized",)))
    with pytest.raises(DeploymentError, match="does not know a finalized block; set 'finality'"):
        deploy(w3, deployer, target, patience=patience(Finality(tag="finalized")))
    assert pending_of(target).tx_hash
    assert deploy(w3, no_key, target, patience=patience(Finality(confirmations=0))) is not None


def test_deploy__not_final_in_time__says_what_it_waits_for_and_the_next_run_goes_on(
    w3: Web3, own: Node, deployer: Signer, target: Target
) -> None:
    message = r"still waiting for block 6 to be final \(2 blocks below the newest is 4\); run the same command again"
    with pytest.raises(DeploymentError, match=message):
        deploy(w3, deployer, target, patience=patience(Finality(confirmations=2), timeout=0.5))
    assert not target.output.exists()
    tx_hash = pending_of(target).tx_hash
    own.rpc("anvil_mine", hex(2))
    artifact = deploy(w3, no_key, target, patience=patience(Finality(confirmations=2)))
    assert artifact is not None
    assert artifact.tx_hash == tx_hash


def test_deploy__not_mined_in_time__says_so_and_the_next_run_goes_on(
    w3: Web3, own: Node, deployer: Signer, target: Target
) -> None:
    own.rpc("evm_setAutomine", False)
    with pytest.raises(DeploymentError, match=r"still waiting for 0x\w{64} to be mined; run the same command again"):
        deploy(w3, deployer, target, patience=patience(Finality(), timeout=0.5))
    own.rpc("evm_mine")
    assert deploy(w3, no_key, target, patience=patience(Finality())) is not None
    assert own.rpc("eth_getTransactionCount", read_artifact(target.output).deployer, "latest") == "0x1"


def test_deploy__node_is_down_for_a_while__goes_on_when_it_is_back(
    own: Node, deployer: Signer, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = NodeProvider(own)

    def down() -> None:
        provider.is_down = True

    def back() -> None:
        provider.is_down = False
        own.rpc("anvil_mine", hex(2))

    steps = patience(Finality(confirmations=2), down, back)
    assert deploy(Web3(provider), deployer, target, patience=steps) is not None
    assert "waiting   for the node, which does not answer (ConnectionError)\n" in capsys.readouterr().out


@pytest.mark.parametrize("depth", [1, 3])
def test_deploy__dropped_by_a_reorg__same_bytes_are_sent_again(
    w3: Web3, own: Node, deployer: Signer, target: Target, depth: int
) -> None:
    seen: list[str] = []

    def reorg() -> None:
        seen.append(mined(w3, target)["transactionHash"].to_0x_hex())
        own.rpc("anvil_reorg", depth, [])

    steps = [reorg, *[lambda: own.rpc("evm_mine")] * 4]
    artifact = deploy(w3, deployer, target, patience=patience(Finality(confirmations=2), *steps))
    assert artifact is not None
    assert [artifact.tx_hash] == seen
    assert artifact.block_number > 6
    require_true_genesis(w3, artifact)


def test_deploy__mined_in_another_block_by_a_reorg__artifact_is_of_that_block(
    w3: Web3, own: Node, deployer: Signer, target: Target
) -> None:
    before: list[Any] = []

    def reorg() -> None:
        before.append(mined(w3, target)["blockHash"])
        own.rpc("anvil_reorg", 3, [[pending_of(target).raw_transaction, 0]])

    steps = [reorg, *[lambda: own.rpc("evm_mine")] * 4]
    artifact = deploy(w3, deployer, target, patience=patience(Finality(confirmations=2), *steps))
    assert artifact is not None
    assert artifact.block_hash != before[0].to_0x_hex()
    require_true_genesis(w3, artifact)


def test_deploy__reorg_while_it_is_read__refused_and_the_next_run_reads_it_anew(
    w3: Web3, own: Node, deployer: Signer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine = module.examine

    def reorganised(*arguments: Any) -> Any:
        examined = examine(*arguments)
        own.rpc("anvil_reorg", 3, [[pending_of(target).raw_transaction, 0]])
        return examined

    with monkeypatch.context() as patch:
        patch.setattr(module, "examine", reorganised)
        with pytest.raises(DeploymentError, match="the chain was reorganised while it was read"):
            deploy(w3, deployer, target, patience=patience(Finality()))
    assert not target.output.exists()
    artifact = deploy(w3, no_key, target, patience=patience(Finality()))
    assert artifact == read_artifact(target.output)
    assert artifact is not None
    require_true_genesis(w3, artifact)


def test_verify__deployment_swapped_by_a_reorg_afterwards__is_noticed(
    w3: Web3, own: Node, deployer: Signer, target: Target
) -> None:
    """What a network file with too few confirmations leads to."""
    artifact = deploy(w3, deployer, target, patience=patience(Finality()))
    assert artifact is not None
    raw = w3.eth.get_raw_transaction(artifact.tx_hash)  # type: ignore[arg-type]
    own.rpc("anvil_reorg", 3, [[raw.to_0x_hex(), 0]])
    assert [check.name for check in verify(w3, artifact) if check.differences] == ["code hash"]
