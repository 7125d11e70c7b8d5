"""The deployment artifact is read whole, or refused in one line that says why."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from blockchain.chain.artifact import ABI_PATH, ArtifactError, deployment_load
from blockchain.protocol.clock import ClockRules
from tests.fixtures.deployment import DEPLOYMENT


@pytest.fixture
def described() -> dict[str, Any]:
    return copy.deepcopy(DEPLOYMENT) | {"abi": json.loads(ABI_PATH.read_text())}


def written(folder: Path, described: Any) -> Path:
    path = folder / "deployment.json"
    path.write_text(described if isinstance(described, str) else json.dumps(described))
    return path


def test_deployment_load__complete__has_what_the_contract_was_made_with(tmp_path: Path, described: Any) -> None:
    deployed = deployment_load(written(tmp_path, described))
    assert deployed.rules == ClockRules(default_sla=2_592_000, escalation_interval=86_400, max_escalation_level=3)
    assert deployed.genesis_head == b"\x33" * 22
    assert deployed.domain.chain_id == 31337
    assert deployed.domain.contract == deployed.address == DEPLOYMENT["address"]


def test_deployment_load__hex_in_upper_case__is_as_nodes_write_it(tmp_path: Path, described: Any) -> None:
    described["genesis_hash"] = "0x" + "AB" * 32
    described["address"] = described["address"].lower()
    deployed = deployment_load(written(tmp_path, described))
    assert deployed.genesis_hash == "0x" + "ab" * 32
    assert deployed.address == DEPLOYMENT["address"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"genesis": "0x" + "33" * 32}, "is not 22 bytes"),
        ({"genesis": "33" * 22}, "is not 22 bytes"),
        ({"genesis": None}, "not well-formed"),
        ({"genesis_hash": "0x11"}, "is not 32 bytes"),
        ({"address": "0x5FbDB2315678afecb367f032d93F642f64180a"}, "is not 20 bytes"),
        ({"code_hash": "0xzz"}, "not well-formed"),
        ({"chain_id": "mainnet"}, "not well-formed"),
        ({"block_number": None}, "not well-formed"),
        ({"constructor_args": {"default_sla": 1}}, "constructor arguments: escalation_interval, max_escalation_level"),
        ({"constructor_args": []}, "constructor arguments: all of them"),
        (
            {"constructor_args": {"default_sla": None, "escalation_interval": 1, "max_escalation_level": 1}},
            "not well-formed",
        ),
        ({"abi": []}, "not that of this backend's contract"),
    ],
)
def test_deployment_load__member_that_is_wrong__is_refused(
    tmp_path: Path, described: Any, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArtifactError, match=message):
        deployment_load(written(tmp_path, described | change))


@pytest.mark.parametrize("missing", ["genesis", "abi", "constructor_args"])
def test_deployment_load__member_missing__is_named(tmp_path: Path, described: Any, missing: str) -> None:
    del described[missing]
    with pytest.raises(ArtifactError, match=f"lacks {missing}"):
        deployment_load(written(tmp_path, described))


@pytest.mark.parametrize(("text", "message"), [("{", "can't be read"), ("[]", "lacks everything")])
def test_deployment_load__no_artifact__is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        deployment_load(written(tmp_path, text))
    with pytest.raises(ArtifactError, match="deploy first"):
        deployment_load(tmp_path / "none.json")
