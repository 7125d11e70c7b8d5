"""The artifact: whole or not at all, never over another one, and not read when it is incomplete."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tools.deployment.artifact import Artifact, read_artifact, require_absent, write_artifact
from tools.deployment.errors import DeploymentError


def test_write_artifact__read_again__is_the_same(deployed: Artifact, tmp_path: Path) -> None:
    write_artifact(deployed, tmp_path / "a.json")
    assert read_artifact(tmp_path / "a.json") == deployed


def test_write_artifact__any__sorted_with_exactly_the_documented_fields(deployed_path: Path) -> None:
    text = deployed_path.read_text()
    values = json.loads(text)
    assert text == json.dumps(values, indent=2, sort_keys=True) + "\n"
    assert sorted(values) == [
        "abi",
        "address",
        "block_hash",
        "block_number",
        "chain_id",
        "code_hash",
        "compiler",
        "constructor_args",
        "contract",
        "deployer",
        "genesis",
        "genesis_hash",
        "network",
        "salt",
        "tx_hash",
        "version",
    ]
    assert sorted(values["compiler"]) == ["evm", "optimizer", "version", "via_ir"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_write_artifact__interrupted__leaves_the_old_one(
    deployed: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "local.json"
    write_artifact(deployed, path)
    before = path.read_bytes()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    owner = os if step == "fsync" else Path
    monkeypatch.setattr(owner, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_artifact(replace(deployed, network="other"), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_require_absent__existing__refused_without_force(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    path.touch()
    with pytest.raises(DeploymentError, match="exists; nothing was deployed"):
        require_absent(path, force=False)
    require_absent(path, force=True)


def test_require_absent__missing_folder__is_made(tmp_path: Path) -> None:
    require_absent(tmp_path / "new" / "local.json", force=False)
    assert list((tmp_path / "new").iterdir()) == []


def test_require_absent__no_folder_possible__refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeploymentError, match=r"cannot be written .*; nothing was deployed"):
        require_absent(tmp_path / "file" / "local.json", force=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("{", "not valid JSON"),
        ("[]", "not a deployment artifact, lacks everything"),
        ('{"contract": "ComplaintRegistry"}', "not a deployment artifact, lacks version, network, chain_id"),
    ],
)
def test_read_artifact__not_an_artifact__refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "local.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DeploymentError, match=message):
        read_artifact(path)


def test_read_artifact__broken_arguments__refused(deployed: Artifact, tmp_path: Path) -> None:
    broken = replace(deployed, constructor_args=deployed.constructor_args | {"escalation_interval": 0})
    write_artifact(broken, tmp_path / "local.json")
    with pytest.raises(DeploymentError, match="constructor_args: escalation_interval"):
        read_artifact(tmp_path / "local.json")
