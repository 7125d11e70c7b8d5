"""One address on every chain: who else may deploy there, and what the command makes of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from eth_utils.crypto import keccak
from web3 import Web3

from tests.deployment.conftest import PATIENCE
from tests.deployment.test_commands import refusal
from tests.deployment.test_deploy import Signer, no_key, sent
from tests.deployment.test_kill import MINED, killed
from tests.deployment.test_kinds_of_chain import connected, url_of
from tests.support.anvil import anvil
from tests.support.contract import Contract
from tests.support.node import Node
from tests.support.proxy import asking, proxied
from tests.support.rpc import RpcError
from tools.deployment.artifact import read_artifact
from tools.deployment.compiled import Compiled
from tools.deployment.create2 import PROXY, PROXY_CODE, PROXY_SENDER, PROXY_TRANSACTION, parse_salt
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.landing import Landing
from tools.deployment.pending import pending_path, read_pending
from tools.deployment.signer import development_addresses
from tools.deployment.target import Target
from tools.deployment.verify import verify

Run = Callable[..., Result]

ADMIN, STRANGER, SUCCESSOR = (development_addresses()[index] for index in (1, 7, 5))
SALT = (7).to_bytes(32, "big")


@pytest.fixture
def target(target: Target) -> Target:  # type: ignore[override]
    """Meant to be deployed through the proxy."""
    return replace(target, salt=SALT)


@pytest.fixture
def elsewhere(target: Target, tmp_path: Path) -> Target:
    """The same deployment from another folder, which has no artifact and no record."""
    return replace(target, output=tmp_path / "elsewhere" / "local.json")


def deployed_by_stranger(node: Node, target: Target) -> None:
    """Somebody else sends what is public once it waits in the pool."""
    assert node.send(STRANGER, PROXY, target.data()).succeeded


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("0x0b", 11), (str(2**256 - 1), 2**256 - 1), ("0x" + "f" * 64, 2**256 - 1)]
)
def test_parse_salt__whole_number__is_its_word(text: str, number: int) -> None:
    assert parse_salt(text) == number.to_bytes(32, "big")


@pytest.mark.parametrize("text", ["", "-1", "word", "0x", "1.5", str(2**256), "0x1" + "0" * 64])
def test_parse_salt__anything_else__refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number below 2"):
        parse_salt(text)


def test_deploy__two_chains__one_address_and_two_geneses(
    w3: Web3, deployer: Signer, target: Target, elsewhere: Target, compiled: Compiled
) -> None:
    one = deploy(w3, deployer, target, patience=PATIENCE)
    with anvil("--chain-id", "1337") as other_node:
        other_node.rpc("anvil_mine", hex(9))
        other_w3 = connected(url_of(other_node))
        other_target = replace(elsewhere, parameters=replace(target.parameters, chain_id=1337))
        other = deploy(other_w3, deployer, other_target, patience=PATIENCE)
        assert one is not None
        assert other is not None
        assert not any(check.differences for check in verify(other_w3, other, compiled=compiled))
    assert one.address == other.address == target.address
    assert one.salt == other.salt == "0x" + SALT.hex()
    assert one.genesis != other.genesis
    assert not any(check.differences for check in verify(w3, one, compiled=compiled))


def test_deploy__other_salt_or_parameters__another_address(target: Target) -> None:
    other_salt = replace(target, salt=bytes(32))
    other_admin = replace(target, parameters=replace(target.parameters, admin=STRANGER))
    assert len({target.address, other_salt.address, other_admin.address}) == 3


def test_deploy__again__finds_it_and_writes_the_same_artifact_without_a_key(
    w3: Web3, node: Node, deployer: Signer, target: Target, elsewhere: Target
) -> None:
    first = deploy(w3, deployer, target, patience=PATIENCE)
    node.rpc("anvil_mine", hex(5))
    before = sent(w3)
    assert deploy(w3, no_key, elsewhere, patience=PATIENCE, dry_run=True) is None
    assert deploy(w3, no_key, elsewhere, patience=PATIENCE) == first == read_artifact(elsewhere.output)
    assert sent(w3) == before


def test_deploy__again_on_a_node_that_answers_small_ranges_only__finds_it(
    w3: Web3, node: Node, deployer: Signer, target: Target, elsewhere: Target
) -> None:
    first = deploy(w3, deployer, target, patience=PATIENCE)
    node.rpc("anvil_mine", hex(3000))
    ask = asking(node.rpc)

    def answer(method: str, params: list[Any]) -> Any:
        if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= 1000:
            raise RpcError(method, {"code": -32005, "message": "query returned more than 10000 results"})
        return ask(method, params)

    with proxied(answer) as url:
        assert deploy(connected(url), no_key, elsewhere, patience=PATIENCE) == first


@pytest.mark.parametrize("way", ["directly", "through_a_contract"])
def test_deploy__deployed_by_somebody_else_before__is_verified_and_accepted(
    w3: Web3, node: Node, wallet: Contract, target: Target, compiled: Compiled, way: str
) -> None:
    if way == "directly":
        deployed_by_stranger(node, target)
    else:
        call = wallet.codec.call("execute", PROXY, target.data())
        assert node.send(STRANGER, wallet.address, call).succeeded
    artifact = deploy(w3, no_key, target, patience=PATIENCE)
    assert artifact is not None
    assert (artifact.address, artifact.deployer) == (target.address, STRANGER)
    assert not any(check.differences for check in verify(w3, artifact, compiled=compiled))


def test_deploy__deployed_by_somebody_else_while_ours_was_sent__ours_fails_and_theirs_is_accepted(
    w3: Web3,
    node: Node,
    deployer: Signer,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    send = Landing._send_if_unknown
    raced: list[bool] = []

    def overtaken(landing: Landing) -> None:
        if not raced:
            raced.append(True)
            deployed_by_stranger(node, target)
        send(landing)

    monkeypatch.setattr(Landing, "_send_if_unknown", overtaken)
    before = sent(w3)
    artifact = deploy(w3, deployer, target, patience=PATIENCE)
    assert artifact is not None
    assert (artifact.deployer, sent(w3)) == (STRANGER, before + 1)
    assert "failed, because somebody else had deployed the contract before" in capsys.readouterr().out
    assert not target.pending.exists()


@pytest.mark.parametrize("step", ["kept", "sent", "mined", "written"])
def test_deploy__killed_at_a_step__next_run_finishes_it_and_sends_nothing_else(
    w3: Web3, node: Node, url: str, run: Run, tmp_path: Path, step: str
) -> None:
    output = tmp_path / "local.json"
    before = sent(w3)
    node.rpc("evm_setAutomine", step in MINED)
    try:
        killed(step, url, output, "--create2", "7")
        kept = read_pending(pending_path(output))
        assert kept is not None
    finally:
        node.rpc("evm_setAutomine", True)
    result = run("deploy", "--create2", "7", "--output", str(output))
    assert result.exit_code == 0, result.output
    assert json.loads(output.read_text())["tx_hash"] == kept.tx_hash
    assert sent(w3) == before + 1
    assert not pending_path(output).exists()
    assert run("verify_deployment", "--artifact", str(output), "--source").exit_code == 0


def test_deploy__killed_after_theirs_was_accepted__next_run_has_nothing_left_to_do(
    w3: Web3, node: Node, deployer: Signer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Landing._send_if_unknown

    def overtaken(landing: Landing) -> None:
        if not w3.eth.get_code(Web3.to_checksum_address(str(target.address))):
            deployed_by_stranger(node, target)
        send(landing)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Landing, "_send_if_unknown", overtaken)
    with monkeypatch.context() as patch:
        patch.setattr("tools.deployment.deploy.remove", interrupted)
        with pytest.raises(KeyboardInterrupt):
            deploy(w3, deployer, target, patience=PATIENCE)
    assert target.pending.exists()
    artifact = deploy(w3, no_key, target, patience=PATIENCE)
    assert artifact == read_artifact(target.output)
    assert not target.pending.exists()


def test_deploy__unfinished_and_run_without_the_salt__refused(
    w3: Web3, node: Node, url: str, run: Run, tmp_path: Path
) -> None:
    output = tmp_path / "local.json"
    node.rpc("evm_setAutomine", False)
    try:
        killed("kept", url, output, "--create2")
        assert "has other parameters or another source" in refusal(run("deploy", "--output", str(output)))
    finally:
        node.rpc("evm_setAutomine", True)


def test_deploy__role_changed_since__is_accepted_and_told(
    w3: Web3,
    node: Node,
    deployer: Signer,
    target: Target,
    elsewhere: Target,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = deploy(w3, deployer, target, patience=PATIENCE)
    assert first is not None
    registry = w3.eth.contract(address=Web3.to_checksum_address(first.address), abi=first.abi)
    data = registry.encode_abi("grantRole", [keccak(text="INTAKE_ROLE"), STRANGER])
    assert node.send(ADMIN, first.address, bytes.fromhex(data[2:])).succeeded
    assert deploy(w3, no_key, elsewhere, patience=PATIENCE) == first
    told = f"note      changed since it was deployed: INTAKE_ROLE: {STRANGER} holds it as well"
    assert told in capsys.readouterr().out


def test_deploy__admin_changed_since__refused(
    w3: Web3, node: Node, deployer: Signer, target: Target, elsewhere: Target
) -> None:
    first = deploy(w3, deployer, target, patience=PATIENCE)
    assert first is not None
    registry = w3.eth.contract(address=Web3.to_checksum_address(first.address), abi=first.abi)
    begin = registry.encode_abi("beginDefaultAdminTransfer", [SUCCESSOR])
    assert node.send(ADMIN, first.address, bytes.fromhex(begin[2:])).succeeded
    node.warp(node.time + target.parameters.admin_transfer_delay + 1)
    accept = registry.encode_abi("acceptDefaultAdminTransfer", [])
    assert node.send(SUCCESSOR, first.address, bytes.fromhex(accept[2:])).succeeded
    with pytest.raises(DeploymentError, match=f"admin: expected {ADMIN}, found {SUCCESSOR}"):
        deploy(w3, no_key, elsewhere, patience=PATIENCE)
    assert not elsewhere.output.exists()


def test_deploy__contract_refuses_the_parameters__says_why(w3: Web3, deployer: Signer, target: Target) -> None:
    """The proxy reverts without a reason."""
    wrong = replace(target, parameters=replace(target.parameters, max_escalation_level=33))
    with pytest.raises(DeploymentError, match="would refuse this transaction: InvalidParameter"):
        deploy(w3, deployer, wrong, patience=PATIENCE)


@pytest.fixture
def bare() -> Iterator[Node]:
    """A chain without the proxy."""
    with anvil("--disable-default-create2-deployer") as chain:
        assert chain.code(PROXY) == b""
        yield chain


def test_deploy__no_proxy_on_the_chain__says_how_to_deploy_it_and_that_works(
    bare: Node, deployer: Signer, target: Target
) -> None:
    w3 = connected(url_of(bare))
    with pytest.raises(DeploymentError, match=r"send 0\.01 ether to 0x3fAB.*cast publish 0xf8a5") as refused:
        deploy(w3, deployer, target, patience=PATIENCE)
    assert "\n" not in refused.value.message
    assert not target.pending.exists()
    bare.send(STRANGER, PROXY_SENDER, b"", value=10**16)
    w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(PROXY_TRANSACTION))  # type: ignore[arg-type]
    assert bare.code(PROXY) == PROXY_CODE
    artifact = deploy(w3, deployer, target, patience=PATIENCE)
    assert artifact is not None
    assert artifact.address == target.address


def test_deploy__something_else_in_the_place_of_the_proxy__refused(
    w3: Web3, node: Node, deployer: Signer, target: Target
) -> None:
    before = sent(w3)
    node.rpc("anvil_setCode", PROXY, "0x" + PROXY_CODE.hex() + "00")
    with pytest.raises(DeploymentError, match="holds another contract on this chain; deploy without --create2"):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert sent(w3) == before


def test_deploy__salt_that_is_no_number__refused(run: Run, tmp_path: Path) -> None:
    result = run("deploy", "--create2", "pepper", "--output", str(tmp_path / "a.json"))
    assert result.exit_code == 2
    assert "'pepper' is not a whole number below 2^256" in result.output


def test_verify_deployment__another_salt_in_the_artifact__differs(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "local.json"
    assert run("deploy", "--create2", "--output", str(output)).exit_code == 0
    output.write_text(json.dumps(json.loads(output.read_text()) | {"salt": "0x" + "01" * 32}))
    assert refusal(run("verify_deployment", "--artifact", str(output), "--source")).endswith(": source")
