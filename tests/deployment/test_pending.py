"""The pending record: what an unfinished deployment leaves, and when the next run does not go on with it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from web3 import Web3

from tests.deployment.conftest import PATIENCE
from tests.deployment.test_deploy import Changed, Signer, no_key, sent
from tests.support.node import Node
from tools.deployment import transactions
from tools.deployment.artifact import read_artifact
from tools.deployment.compiled import Compiled
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.pending import Pending, create_pending, read_pending
from tools.deployment.signer import development_addresses
from tools.deployment.target import Target

Unfinished = Callable[..., Pending]

STRANGER = development_addresses()[3]


def interrupted(_: float) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def unfinished(w3: Web3, node: Node, deployer: Signer, target: Target) -> Unfinished:
    """A deployment that was signed and sent, dropped by the node, and interrupted."""

    def begin() -> Pending:
        node.rpc("evm_setAutomine", False)
        try:
            with pytest.raises(KeyboardInterrupt):
                deploy(w3, deployer, target, patience=replace(PATIENCE, sleep=interrupted))
            pending = read_pending(target.pending)
            assert pending is not None
            node.rpc("anvil_dropTransaction", pending.tx_hash)
        finally:
            node.rpc("evm_setAutomine", True)
        return pending

    return begin


def test_deploy__interrupted_and_dropped__same_bytes_are_sent_again_without_a_key(
    w3: Web3, target: Target, unfinished: Unfinished
) -> None:
    before = sent(w3)
    pending = unfinished()
    artifact = deploy(w3, no_key, target, patience=PATIENCE)
    assert artifact is not None
    assert (artifact.tx_hash, artifact.deployer) == (pending.tx_hash, pending.deployer)
    assert artifact == read_artifact(target.output)
    assert not target.pending.exists()
    assert sent(w3) == before + 1


def test_deploy__unfinished_and_dry_run__refused(w3: Web3, target: Target, unfinished: Unfinished) -> None:
    before = sent(w3)
    pending = unfinished()
    with pytest.raises(DeploymentError, match=f"holds an unfinished deployment, {pending.tx_hash}"):
        deploy(w3, no_key, target, patience=PATIENCE, dry_run=True)
    assert sent(w3) == before


@pytest.mark.parametrize("what", ["parameters", "source"])
def test_deploy__unfinished_with_other_parameters_or_another_source__refused(
    w3: Web3, target: Target, changed: Changed, compiled: Compiled, unfinished: Unfinished, what: str
) -> None:
    before = sent(w3)
    unfinished()
    other_source = replace(target, compiled=replace(compiled, deployment_code=compiled.deployment_code + b"\0"))
    other = changed(default_sla=7) if what == "parameters" else other_source
    with pytest.raises(DeploymentError, match="has other parameters or another source"):
        deploy(w3, no_key, other, patience=PATIENCE)
    assert sent(w3) == before


def test_deploy__unfinished_on_another_local_chain__is_given_up(
    w3: Web3, deployer: Signer, target: Target, unfinished: Unfinished
) -> None:
    create_again(target, replace(unfinished(), genesis_hash="0x" + "ab" * 32))
    artifact = deploy(w3, deployer, target, patience=PATIENCE)
    assert artifact is not None
    assert artifact.block_number == w3.eth.block_number


def test_deploy__unfinished_on_another_public_chain__refused(
    w3: Web3, node: Node, target: Target, changed: Changed, unfinished: Unfinished
) -> None:
    pending = unfinished()
    create_again(target, replace(pending, chain_id=11155111, genesis_hash="0x" + "ab" * 32))
    node.rpc("anvil_setChainId", 11155111)
    try:
        with pytest.raises(DeploymentError, match="belongs to another chain"):
            deploy(w3, no_key, changed(chain_id=11155111), patience=PATIENCE)
    finally:
        node.rpc("anvil_setChainId", 31337)
    assert target.pending.exists()


def test_deploy__nonce_used_by_another_transaction__refused_and_nothing_sent(
    w3: Web3, node: Node, target: Target, unfinished: Unfinished
) -> None:
    pending = unfinished()
    node.send(pending.deployer, STRANGER, b"")
    before = sent(w3)
    message = f"can no longer be mined: another transaction of {pending.deployer} has its nonce, {pending.nonce}"
    with pytest.raises(DeploymentError, match=message):
        deploy(w3, no_key, target, patience=PATIENCE)
    assert sent(w3) == before
    assert target.pending.exists()


def test_deploy__node_refuses_the_bytes__record_stays_and_the_next_run_sends_them(
    w3: Web3, node: Node, target: Target, unfinished: Unfinished
) -> None:
    pending = unfinished()
    balance = node.balance(pending.deployer)
    node.set_balance(pending.deployer, 1)
    with pytest.raises(
        DeploymentError, match=r"the node refused the transaction: .*run the same command to send it again"
    ):
        deploy(w3, no_key, target, patience=PATIENCE)
    node.set_balance(pending.deployer, balance)
    artifact = deploy(w3, no_key, target, patience=PATIENCE)
    assert artifact is not None
    assert artifact.tx_hash == pending.tx_hash


def test_deploy__mined_and_failed__record_goes(
    w3: Web3, deployer: Signer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "GAS_MARGIN_PERCENT", -20)
    with pytest.raises(DeploymentError, match=r"0x\w{64} was mined in block \d+, and it failed"):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert not target.pending.exists()
    assert not target.output.exists()


@pytest.mark.parametrize("force", [False, True])
def test_deploy__record_left_beside_its_artifact__deploys_anew_only_with_force(
    w3: Web3, deployer: Signer, target: Target, unfinished: Unfinished, force: bool
) -> None:
    pending = unfinished()
    first = deploy(w3, no_key, target, patience=PATIENCE)
    create_pending(pending, target.pending)
    before = sent(w3)
    second = deploy(w3, deployer, replace(target, force=force), patience=PATIENCE)
    assert (second == first) is not force
    assert sent(w3) == before + force
    assert not target.pending.exists()


def test_deploy__unfinished_beside_an_older_artifact__goes_on_only_with_force(
    w3: Web3, deployer: Signer, target: Target, unfinished: Unfinished
) -> None:
    deploy(w3, deployer, target, patience=PATIENCE)
    older = target.output.read_text()
    target.output.unlink()
    pending = unfinished()
    target.output.write_text(older)
    with pytest.raises(DeploymentError, match="exists; nothing was deployed"):
        deploy(w3, no_key, target, patience=PATIENCE)
    artifact = deploy(w3, no_key, replace(target, force=True), patience=PATIENCE)
    assert artifact is not None
    assert artifact.tx_hash == pending.tx_hash


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a pending deployment"),
        ("[]", "not a pending deployment"),
        ('{"network": "local"}', "not a pending deployment .*chain_id"),
    ],
)
def test_deploy__record_cannot_be_read__refused_and_nothing_sent(
    w3: Web3, target: Target, content: str, message: str
) -> None:
    target.pending.write_text(content)
    before = sent(w3)
    with pytest.raises(DeploymentError, match=message):
        deploy(w3, no_key, target, patience=PATIENCE)
    assert sent(w3) == before


def test_deploy__record_with_another_transaction__refused_and_nothing_sent(
    w3: Web3, target: Target, unfinished: Unfinished
) -> None:
    create_again(target, replace(unfinished(), tx_hash="0x" + "ab" * 32))
    before = sent(w3)
    with pytest.raises(DeploymentError, match="is damaged: the hash is not that of the transaction"):
        deploy(w3, no_key, target, patience=PATIENCE)
    assert sent(w3) == before


def test_create_pending__there_is_one_already__refused_and_left_as_it_is(
    target: Target, unfinished: Unfinished
) -> None:
    pending = unfinished()
    before = target.pending.read_bytes()
    with pytest.raises(
        DeploymentError, match=r"another command made .*local\.pending\.json meanwhile; nothing was sent"
    ):
        create_pending(replace(pending, nonce=7), target.pending)
    assert target.pending.read_bytes() == before
    assert list(target.pending.parent.iterdir()) == [target.pending]


def test_create_pending__folder_is_gone__refused(target: Target, unfinished: Unfinished, tmp_path: Path) -> None:
    pending = unfinished()
    with pytest.raises(DeploymentError, match=r"cannot be written \(No such file or directory\); nothing was sent"):
        create_pending(pending, tmp_path / "nowhere" / "local.pending.json")


def create_again(target: Target, pending: Pending) -> None:
    target.pending.unlink()
    create_pending(pending, target.pending)
