"""Deploying on chains and through nodes that are not like anvil: each is anvil behind a proxy that acts as they do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from web3 import Web3

from tests.deployment.conftest import PATIENCE
from tests.deployment.test_deploy import Signer, no_key, sent
from tests.deployment.test_landing import pending_of
from tests.support.anvil import anvil
from tests.support.authority_chain import AuthorityChain
from tests.support.node import Node
from tests.support.proxy import Answer, asking, proxied
from tests.support.rpc import RpcError
from tools.deployment.artifact import read_artifact
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.target import Target

Run = Callable[..., Result]

MOST_CODE, MOST_INIT_CODE = 24_576, 49_152  # EIP-170, EIP-3860
MOST_GAS = 16_777_216  # of a transaction, since Osaka (EIP-7825)


@pytest.fixture
def own(node: Node) -> Iterator[Node]:
    """A chain of this test's own, some blocks long."""
    with anvil() as chain:
        chain.rpc("anvil_mine", hex(3))
        yield chain


def connected(url: str) -> Web3:
    return Web3(Web3.HTTPProvider(url))


@pytest.mark.parametrize("seal_bytes", [97, 237], ids=["clique", "seven_validators"])
def test_deploy__proof_of_authority_chain__deploys_verifies_and_changes_roles(
    run: Run, own: Node, tmp_path: Path, seal_bytes: int
) -> None:
    chain = AuthorityChain(own.rpc, seal_bytes=seal_bytes)
    output = tmp_path / "local.json"
    with proxied(chain.answer()) as url:
        result = run("deploy", "--output", str(output), network=url)
        assert result.exit_code == 0, result.output
        assert run("verify_deployment", "--artifact", str(output), network=url).exit_code == 0
        options = ("--role", "recorder", "--account", "0x976EA74026E726554dB657fA54763abd0C3a0aa9")
        assert run("roles", "grant", "--artifact", str(output), *options, network=url).exit_code == 0
    artifact = read_artifact(output)
    real = own.rpc("eth_getBlockByNumber", hex(artifact.block_number), False)
    assert artifact.block_hash != real["hash"]
    assert artifact.genesis_hash != own.rpc("eth_getBlockByNumber", "0x0", False)["hash"]


class LateCode:
    """A node that shows code only when the chain is `blocks` higher than it was when the node was first asked."""

    def __init__(self, node: Node, *, blocks: int) -> None:
        self._ask, self._node, self._blocks = asking(node.rpc), node, blocks
        self._first: int | None = None
        self.refused = 0

    def answer(self, method: str, params: list[Any]) -> Any:
        result = self._ask(method, params)
        if method not in {"eth_getCode", "eth_call"}:
            return result
        height = int(self._node.rpc("eth_blockNumber"), 16)
        self._first = height if self._first is None else self._first
        if height < self._first + self._blocks:
            self.refused += 1
            return "0x"
        return result


def test_deploy__code_shows_late__is_waited_for(own: Node, deployer: Signer, target: Target) -> None:
    late = LateCode(own, blocks=3)
    with proxied(late.answer) as url:
        patience = replace(PATIENCE, timeout=60, sleep=lambda _: own.rpc("evm_mine"))
        artifact = deploy(connected(url), deployer, target, patience=patience)
    assert late.refused > 0
    assert artifact == read_artifact(target.output)
    assert not target.pending.exists()


def test_deploy__code_never_shows__gives_up_and_the_next_run_goes_on_without_a_key(
    own: Node, deployer: Signer, target: Target
) -> None:
    late = LateCode(own, blocks=1_000)
    w3 = connected(url_of(own))
    with proxied(late.answer) as url:
        patience = replace(PATIENCE, timeout=60, reading=0.3)
        message = r"there is no code at 0x\w{40} in block latest; .* run the same command again, or use another node"
        with pytest.raises(DeploymentError, match=message):
            deploy(connected(url), deployer, target, patience=patience)
    assert not target.output.exists()
    tx_hash = pending_of(target).tx_hash
    artifact = deploy(w3, no_key, target, patience=PATIENCE)
    assert artifact is not None
    assert artifact.tx_hash == tx_hash
    assert sent(w3) == 1


def url_of(node: Node) -> str:
    connection = node.rpc._connection
    return f"http://{connection.host}:{connection.port}"


def pruned(ask: Answer) -> Answer:
    """A node that only has the state of the newest block, as a rollup's node may when a block becomes final."""

    def answer(method: str, params: list[Any]) -> Any:
        if method in {"eth_getCode", "eth_call"} and str(params[1]).startswith("0x"):
            raise RpcError(method, {"code": -32000, "message": "missing trie node 5e (path ) state is not available"})
        return ask(method, params)

    return answer


def test_deploy__state_of_the_final_block_is_gone__is_read_at_the_newest(
    own: Node, deployer: Signer, target: Target
) -> None:
    with proxied(pruned(asking(own.rpc))) as url:
        artifact = deploy(connected(url), deployer, target, patience=PATIENCE)
    assert artifact is not None


@pytest.mark.parametrize("salt", [None, bytes(32)], ids=["create", "create2"])
def test_deploy__rules_of_osaka__are_kept(node: Node, deployer: Signer, target: Target, salt: bytes | None) -> None:
    meant = replace(target, salt=salt)
    assert len(meant.init_code()) <= MOST_INIT_CODE
    with anvil("--hardfork", "osaka") as chain:
        w3 = connected(url_of(chain))
        artifact = deploy(w3, deployer, meant, patience=PATIENCE)
        assert artifact is not None
        assert len(chain.code(artifact.address)) <= MOST_CODE
        assert w3.eth.get_transaction(artifact.tx_hash)["gas"] <= MOST_GAS  # type: ignore[arg-type]


def test_deploy__node_that_advises_no_tip__deploys(own: Node, deployer: Signer, target: Target) -> None:
    ask = asking(own.rpc)

    def answer(method: str, params: list[Any]) -> Any:
        if method in {"eth_feeHistory", "eth_maxPriorityFeePerGas"}:
            raise RpcError(method, {"code": -32601, "message": "the method does not exist"})
        return ask(method, params)

    with proxied(answer) as url:
        artifact = deploy(connected(url), deployer, target, patience=PATIENCE)
    assert artifact == read_artifact(target.output)
