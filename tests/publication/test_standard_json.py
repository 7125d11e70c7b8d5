"""The standard JSON input is all that is needed, and says nothing of the machine that made it."""

import getpass
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.publication.compiler import compile_alone, errors_of
from tests.support.solc import ROOT
from tools.deployment.compiled import CONTRACT, Compiled
from tools.deployment.errors import DeploymentError
from tools.publication.standard_json import SOURCE, standard_json


def test_standard_json__compiled_without_a_disk__is_the_deployed_code_with_its_metadata(compiled: Compiled) -> None:
    output = compile_alone(standard_json(compiled))
    assert errors_of(output) == []
    made = output["contracts"][SOURCE][CONTRACT]
    assert made["evm"]["bytecode"]["object"] == compiled.deployment_code.hex()
    assert made["evm"]["deployedBytecode"]["object"] == compiled.runtime_code.hex()
    assert set(json.loads(made["metadata"])["sources"]) == set(standard_json(compiled)["sources"])


def test_standard_json__settings__are_those_of_the_build(compiled: Compiled) -> None:
    settings = standard_json(compiled)["settings"]
    del settings["outputSelection"]
    assert settings == {
        "evmVersion": "cancun",
        "optimizer": {"enabled": True, "runs": 1_000_000},
        "remappings": ["@openzeppelin/contracts=node_modules/@openzeppelin/contracts"],
        "viaIR": True,
    }


def test_standard_json__each_source__says_its_licence_and_is_that_of_the_checkout(compiled: Compiled) -> None:
    sources = standard_json(compiled)["sources"]
    assert SOURCE in sources
    assert any(name.startswith("node_modules/@openzeppelin/contracts/") for name in sources)
    for name, source in sources.items():
        assert "// SPDX-License-Identifier: MIT" in source["content"]
        assert source["content"] == (ROOT / name).read_text()


def test_standard_json__elsewhere__is_the_same_and_names_no_place_or_person(compiled: Compiled, tmp_path: Path) -> None:
    for name in standard_json(compiled)["sources"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    here = json.dumps(standard_json(compiled))
    assert json.dumps(standard_json(compiled, root=tmp_path)) == here
    for word in (str(ROOT), f"{Path.home()}/", f"/{getpass.getuser()}/"):
        assert word not in here
    assert not re.search(r'"(/|\w:\\)', json.dumps([*standard_json(compiled)["sources"]]))


def test_standard_json__source_is_missing__says_what_to_do(compiled: Compiled, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"^contracts/ComplaintRegistry.sol: No such file .*; run `make setup`"):
        standard_json(compiled, root=tmp_path)


def test_standard_json__source_without_a_licence__refused(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / SOURCE).write_text("pragma solidity 0.8.30;\n")
    with pytest.raises(DeploymentError, match="has no SPDX-License-Identifier"):
        standard_json(compiled, root=tmp_path)
