"""Deploying: what is refused before anything is sent, what is read back, and what is written."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from ape.api import AccountAPI
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3

from tests.deployment.conftest import PATIENCE
from tests.support.links import genesis
from tests.support.node import Node
from tools.deployment import record
from tools.deployment.artifact import Artifact
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.landing import Landed
from tools.deployment.signer import development_addresses
from tools.deployment.target import Target

Signer = Callable[[], AccountAPI]
Changed = Callable[..., Target]

STRANGER = development_addresses()[5]
OF_ONE_DEPLOYMENT = {"address", "block_hash", "block_number", "code_hash", "genesis", "tx_hash"}


def sent(w3: Web3) -> int:
    """How many transactions the deployer has sent."""
    return w3.eth.get_transaction_count(Web3.to_checksum_address(development_addresses()[0]))


def no_key() -> AccountAPI:
    """A signer where there is nothing to sign."""
    raise AssertionError("asked for a key")


def landed(w3: Web3, artifact: Artifact) -> Landed:
    """The deployment as it was found to be final."""
    receipt = w3.eth.get_transaction_receipt(HexBytes(artifact.tx_hash))
    return Landed(receipt=receipt, final_number=artifact.block_number, final_hash=HexBytes(artifact.block_hash))


def sent_data(w3: Web3, artifact: Artifact) -> bytes:
    return bytes(w3.eth.get_transaction(HexBytes(artifact.tx_hash))["input"])


def test_deploy__twice_with_the_same_parameters__same_artifact_but_for_address_and_hashes(
    w3: Web3, deployer: Signer, target: Target, tmp_path: Path
) -> None:
    first = deploy(w3, deployer, target, patience=PATIENCE)
    second = deploy(w3, deployer, replace(target, output=tmp_path / "second.json"), patience=PATIENCE)
    assert first is not None
    assert second is not None
    one, other = asdict(first), asdict(second)
    assert {key for key in one if one[key] != other[key]} == OF_ONE_DEPLOYMENT


def test_deploy__done__artifact_is_what_the_chain_says(w3: Web3, deployed: Artifact, target: Target) -> None:
    receipt = w3.eth.get_transaction_receipt(deployed.tx_hash)  # type: ignore[arg-type]
    code = w3.eth.get_code(Web3.to_checksum_address(deployed.address))
    assert deployed.address == receipt["contractAddress"]
    assert deployed.deployer == receipt["from"] == development_addresses()[0]
    assert (deployed.block_number, deployed.block_hash) == (receipt["blockNumber"], receipt["blockHash"].to_0x_hex())
    assert deployed.genesis_hash == w3.eth.get_block(0)["hash"].to_0x_hex()
    assert deployed.code_hash == "0x" + keccak(code).hex()
    assert deployed.chain_id == w3.eth.chain_id
    parent = w3.eth.get_block(deployed.block_number - 1)["hash"]
    assert bytes.fromhex(deployed.genesis[2:]) == genesis(w3.eth.chain_id, deployed.address, parent)
    assert deployed.version == "2.0.0"
    assert deployed.constructor_args == target.parameters.constructor_args()
    assert deployed.compiler == {
        "version": "0.8.30+commit.73712a01",
        "evm": "cancun",
        "optimizer": {"enabled": True, "runs": 1_000_000},
        "via_ir": True,
    }


def test_deploy__other_parameters__are_those_of_the_contract(w3: Web3, deployer: Signer, changed: Changed) -> None:
    target = changed(
        admin_transfer_delay=0,
        intakes=(),
        recorders=(),
        sla_managers=(STRANGER,),
        default_sla=0,
        escalation_interval=1,
        max_escalation_level=32,
    )
    artifact = deploy(w3, deployer, target, patience=PATIENCE)
    assert artifact is not None
    functions = w3.eth.contract(address=Web3.to_checksum_address(artifact.address), abi=artifact.abi).functions
    assert functions.defaultSLA().call() == 0
    assert functions.escalationInterval().call() == 1
    assert functions.maxEscalationLevel().call() == 32
    assert functions.defaultAdminDelay().call() == 0
    assert functions.hasRole(functions.SLA_MANAGER_ROLE().call(), STRANGER).call()


def test_deploy__existing_artifact__refused_and_nothing_sent(w3: Web3, deployer: Signer, target: Target) -> None:
    target.output.write_text("precious")
    before = sent(w3)
    with pytest.raises(DeploymentError, match="exists; nothing was deployed"):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert target.output.read_text() == "precious"
    assert sent(w3) == before


def test_deploy__existing_artifact_and_force__is_replaced(w3: Web3, deployer: Signer, target: Target) -> None:
    target.output.write_text("old")
    artifact = deploy(w3, deployer, replace(target, force=True), patience=PATIENCE)
    assert artifact is not None
    assert json.loads(target.output.read_text()) == asdict(artifact)


def test_deploy__wrong_chain_id__refused_and_nothing_sent(w3: Web3, deployer: Signer, changed: Changed) -> None:
    before = sent(w3)
    with pytest.raises(DeploymentError, match=r"wrong chain: the node is on chain id 31337, .* for 1337"):
        deploy(w3, deployer, changed(chain_id=1337), patience=PATIENCE)
    assert sent(w3) == before


def test_deploy__dry_run__sends_and_writes_nothing(
    w3: Web3, deployer: Signer, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sent(w3)
    assert deploy(w3, deployer, target, patience=PATIENCE, dry_run=True) is None
    assert sent(w3) == before
    assert not target.output.exists()
    assert "nothing was sent" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes",
    [
        {"admin_transfer_delay": 365 * 86_400 + 1},
        {"default_sla": 3_650 * 86_400 + 1},
        {"escalation_interval": 0},
        {"escalation_interval": 365 * 86_400 + 1},
        {"max_escalation_level": 0},
        {"max_escalation_level": 33},
        {"intakes": ("0x" + "00" * 20,)},
    ],
    ids=str,
)
def test_deploy__contract_refuses_the_parameters__refused_and_nothing_sent(
    w3: Web3, deployer: Signer, changed: Changed, changes: dict[str, Any]
) -> None:
    before = sent(w3)
    target = changed(**changes)
    with pytest.raises(DeploymentError, match=r"would refuse this transaction: InvalidParameter"):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert sent(w3) == before
    assert not target.pending.exists()


def test_deploy__deployer_cannot_pay__refused_and_nothing_sent(
    w3: Web3, node: Node, deployer: Signer, target: Target
) -> None:
    node.set_balance(development_addresses()[0], 10**12)
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.rpc("evm_mine")
    before = sent(w3)
    with pytest.raises(DeploymentError, match=r"0\.000001 ether|Insufficient|insufficient"):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert sent(w3) == before


@pytest.mark.parametrize("what", ["admin", "intakes", "recorders", "sla_managers"])
def test_deploy__development_account_on_a_public_chain__refused(
    w3: Web3, node: Node, deployer: Signer, changed: Changed, what: str
) -> None:
    strangers = {"admin": "0x" + "11" * 20, "intakes": (), "recorders": (), "sla_managers": ()}
    public = development_addresses()[5]
    target = changed(chain_id=11155111, **(strangers | {what: public if what == "admin" else (public,)}))
    node.rpc("anvil_setChainId", 11155111)
    try:
        with pytest.raises(DeploymentError, match=f"{public} is a public development account"):
            deploy(w3, deployer, target, patience=PATIENCE)
    finally:
        node.rpc("anvil_setChainId", 31337)


def test_deploy__one_key_for_two_tasks__warns(
    w3: Web3, deployer: Signer, changed: Changed, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(w3, deployer, changed(admin=development_addresses()[0]), patience=PATIENCE, dry_run=True)
    assert "warning: the admin's key has another task" in capsys.readouterr().out


def test_deploy__read_back_differs__names_the_address_and_writes_nothing(
    w3: Web3, deployer: Signer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "code_difference", lambda *_, **__: "differs from byte 7 on")
    with pytest.raises(
        DeploymentError, match=r"is deployed at 0x\w{40}, but .*no artifact.*: code: differs from byte 7"
    ):
        deploy(w3, deployer, target, patience=PATIENCE)
    assert not target.output.exists()
    assert target.pending.exists()


def test_deploy__artifact_cannot_be_written__next_run_writes_it(
    w3: Web3, deployer: Signer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sent(w3)
    with monkeypatch.context() as patch:
        patch.setattr(record, "write_artifact", fail)
        with pytest.raises(DeploymentError, match=r"deployed at 0x\w{40}, .*No space left.*run the same command again"):
            deploy(w3, deployer, target, patience=PATIENCE)
    assert deploy(w3, no_key, target, patience=PATIENCE) is not None
    assert target.output.exists()
    assert sent(w3) == before + 1


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"escalation_interval": 7}, "code: the immutable at byte"),
        ({"max_escalation_level": 7}, "code: the immutable at byte"),
        ({"admin": STRANGER}, "admin: expected"),
        ({"admin_transfer_delay": 7}, "admin_transfer_delay: expected 7, found 86400"),
        ({"default_sla": 7}, "code: the immutable at byte"),
        ({"intakes": (STRANGER,)}, f"INTAKE_ROLE: {STRANGER} does not hold it"),
        ({"recorders": (STRANGER,)}, f"RECORDER_ROLE: {STRANGER} does not hold it"),
        ({"recorders": ()}, "RECORDER_ROLE: .* holds it as well"),
        ({"sla_managers": (STRANGER,)}, f"SLA_MANAGER_ROLE: {STRANGER} does not hold it"),
    ],
)
def test_examine__other_than_meant__says_what(
    w3: Web3,
    deployed: Artifact,
    changed: Changed,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    difference: str,
) -> None:
    target = changed(**changes)
    monkeypatch.setattr(Target, "data", lambda _: sent_data(w3, deployed))
    examined = record.examine(w3, landed(w3, deployed), target)
    found = "; ".join(examined.differences)
    assert re.search(difference, found), found


def test_examine__transaction_of_other_parameters__refused(w3: Web3, deployed: Artifact, changed: Changed) -> None:
    with pytest.raises(DeploymentError, match="does not deploy this contract with these parameters"):
        record.examine(w3, landed(w3, deployed), changed(escalation_interval=7))


def test_examine__as_deployed__is_the_artifact(w3: Web3, deployed: Artifact, target: Target) -> None:
    examined = record.examine(w3, landed(w3, deployed), target)
    assert examined == record.Examined(artifact=deployed, differences=[])
