"""An artifact against a live chain: every kind of difference is noticed."""

from dataclasses import replace
from typing import Any

import pytest
from web3 import Web3

from tests.deployment.conftest import Account
from tests.support.node import Node
from tools.deployment.artifact import Artifact
from tools.deployment.calls import Signed
from tools.deployment.compiled import Compiled
from tools.deployment.roles import Administration, set_role
from tools.deployment.signer import development_addresses
from tools.deployment.verify import verify

ALL = ["chain id", "genesis block", "code hash", "deployment", "source", "parameters", "roles"]
STRANGER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
OTHER_HASH = "0x" + "ab" * 32


def differing(w3: Web3, artifact: Artifact, compiled: Compiled | None = None) -> dict[str, list[str]]:
    return {check.name: check.differences for check in verify(w3, artifact, compiled=compiled) if check.differences}


def test_verify__as_deployed__everything_is_checked_and_agrees(
    w3: Web3, deployed: Artifact, compiled: Compiled
) -> None:
    checks = verify(w3, deployed, compiled=compiled)
    assert [check.name for check in checks] == ALL
    assert differing(w3, deployed, compiled) == {}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"chain_id": 1}, "chain id"),
        ({"genesis_hash": OTHER_HASH}, "genesis block"),
        ({"code_hash": OTHER_HASH}, "code hash"),
        ({"address": STRANGER}, "code hash"),
        ({"tx_hash": OTHER_HASH}, "deployment"),
        ({"block_hash": OTHER_HASH}, "deployment"),
        ({"deployer": STRANGER}, "deployment"),
        ({"block_number": 0}, "deployment"),
        ({"genesis": "0x" + "ab" * 22}, "parameters"),
        ({"version": "1.0.0"}, "parameters"),
    ],
)
def test_verify__artifact_says_otherwise__is_noticed(
    w3: Web3, deployed: Artifact, changes: dict[str, Any], check: str
) -> None:
    assert list(differing(w3, replace(deployed, **changes))) == [check]


@pytest.mark.parametrize(
    ("argument", "value", "check"),
    [
        ("default_sla", 7, "parameters"),
        ("escalation_interval", 7, "parameters"),
        ("max_escalation_level", 7, "parameters"),
        ("admin", STRANGER, "roles"),
        ("admin_transfer_delay", 7, "roles"),
        ("intakes", [STRANGER], "roles"),
        ("recorders", [STRANGER], "roles"),
        ("sla_managers", [], "roles"),
    ],
)
def test_verify__other_argument__is_noticed(
    w3: Web3, deployed: Artifact, argument: str, value: Any, check: str
) -> None:
    other = replace(deployed, constructor_args=deployed.constructor_args | {argument: value})
    assert list(differing(w3, other)) == [check]


def test_verify__code_changed_on_the_chain__is_noticed(w3: Web3, node: Node, deployed: Artifact) -> None:
    code = bytearray(node.code(deployed.address))
    code[-1] ^= 1
    node.rpc("anvil_setCode", deployed.address, "0x" + code.hex())
    assert list(differing(w3, deployed)) == ["code hash"]


def test_verify__no_contract__is_noticed(w3: Web3, node: Node, deployed: Artifact) -> None:
    node.rpc("anvil_setCode", deployed.address, "0x")
    assert differing(w3, deployed) == {"code hash": [f"none at {deployed.address}"]}


@pytest.mark.parametrize("hold", [True, False])
def test_verify__role_changed_since__is_noticed(
    w3: Web3, deployed: Artifact, administration: Administration, account: Account, hold: bool
) -> None:
    whose = STRANGER if hold else development_addresses()[2]
    set_role(administration, Signed(lambda _: account(1)), role="recorder", account=whose, hold=hold)
    words = "holds it as well" if hold else "does not hold it"
    assert differing(w3, deployed) == {"roles": [f"RECORDER_ROLE: {whose} {words}"]}


def test_verify__another_source__is_noticed(w3: Web3, deployed: Artifact, compiled: Compiled) -> None:
    code = bytearray(compiled.runtime_code)
    code[10] ^= 1
    other = replace(compiled, runtime_code=bytes(code), abi=compiled.abi[1:])
    assert differing(w3, deployed, other) == {"source": ["differs from byte 10 on", "the ABI differs"]}
