"""Parameters are refused unless they are certainly meant; each refusal is one line that names the key."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from web3 import Web3

from tools.deployment.artifact import Artifact
from tools.deployment.compiled import Compiled
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import CONSTRUCTOR, RANGES, find_parameters, load_network_file
from tools.deployment.places import PARAMETERS

RECORDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
INTAKE = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
ZERO = "0x" + "0" * 40
SEPOLIA_VARIABLES = {
    "REGISTRY_ADMIN": RECORDER,
    "REGISTRY_INTAKE": INTAKE,
    "REGISTRY_RECORDER": RECORDER,
    "REGISTRY_SLA_MANAGER": RECORDER,
}


def values(**changes: Any) -> dict[str, Any]:
    return yaml.safe_load((PARAMETERS / "local.yaml").read_text()) | changes


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


WRONG = {
    "text_for_a_number": ({"escalation_interval": "86400"}, "escalation_interval: must be a whole number"),
    "fraction": ({"escalation_interval": 1.5}, "escalation_interval: must be a whole number"),
    "truth_value_for_a_number": ({"max_escalation_level": True}, "max_escalation_level: must be a whole number"),
    "no_interval": ({"escalation_interval": 0}, "escalation_interval: must be 1 to 31536000"),
    "interval_over_a_year": ({"escalation_interval": 31_536_001}, "escalation_interval: must be 1 to 31536000"),
    "no_level": ({"max_escalation_level": 0}, "max_escalation_level: must be 1 to 32"),
    "level_over_the_maximum": ({"max_escalation_level": 33}, "max_escalation_level: must be 1 to 32"),
    "negative_sla": ({"default_sla": -1}, "default_sla: must be 0 to 315360000"),
    "sla_over_ten_years": ({"default_sla": 315_360_001}, "default_sla: must be 0 to 315360000"),
    "negative_delay": ({"admin_transfer_delay": -1}, "admin_transfer_delay: must be 0 to"),
    "delay_in_milliseconds": ({"admin_transfer_delay": 86_400_000}, "admin_transfer_delay: must be 0 to"),
    "zero_admin": ({"admin": ZERO}, "admin: is the zero address"),
    "zero_intake": ({"intakes": [ZERO]}, r"intakes\[0\]: is the zero address"),
    "zero_recorder": ({"recorders": [RECORDER, ZERO]}, r"recorders\[1\]: is the zero address"),
    "zero_sla_manager": ({"sla_managers": [ZERO]}, r"sla_managers\[0\]: is the zero address"),
    "one_address_for_a_list": ({"recorders": RECORDER}, "recorders: must be a list"),
    "list_for_one_address": ({"admin": [RECORDER]}, "admin: must be an address"),
    "address_twice": ({"recorders": [RECORDER, RECORDER]}, "recorders: holds an address twice"),
    "address_too_short": ({"admin": RECORDER[:-1]}, "admin: must be an address"),
    "address_without_checksum": ({"admin": RECORDER.lower()}, "admin: .* has no valid checksum"),
    "address_with_a_typing_error": ({"admin": RECORDER.replace("BC", "BD")}, "admin: .* has no valid checksum"),
    "address_as_a_number": ({"admin": int(RECORDER, 16)}, "admin: put the address in quotes"),
    "nothing": ({"admin": None}, "admin: must be an address"),
    "unknown_key": ({"adminn": RECORDER}, "unknown parameter: adminn"),
    "unset_variable": ({"admin": "${REGISTRY_TEST_UNSET}"}, r"admin \(REGISTRY_TEST_UNSET\): .* is not set"),
    "no_such_tag": ({"finality": "latest"}, "finality: must be 'safe', 'finalized', or 0 to 100000 blocks"),
    "negative_confirmations": ({"finality": -1}, "finality: must be"),
    "truth_value_for_confirmations": ({"finality": True}, "finality: must be"),
    "text_for_the_chain": ({"chain_id": "31337"}, "chain_id: must be a whole number"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG.keys())
def test_load_network_file__wrong_value__refused_naming_the_key(
    tmp_path: Path, compiled: Compiled, changes: dict[str, Any], message: str
) -> None:
    path = write(tmp_path / "local.yaml", values(**changes))
    with pytest.raises(DeploymentError, match=f"local.yaml: {message}") as refused:
        load_network_file(path, abi=compiled.abi)
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("key", ["chain_id", "finality", *(name for name, _ in CONSTRUCTOR)])
def test_load_network_file__missing_key__refused_naming_it(tmp_path: Path, compiled: Compiled, key: str) -> None:
    incomplete = values()
    del incomplete[key]
    with pytest.raises(DeploymentError, match=f"missing parameter: {key}$"):
        load_network_file(write(tmp_path / "local.yaml", incomplete), abi=compiled.abi)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("chain_id: 1\nchain_id: 2\n", "'chain_id' is given twice"),
        ("chain_id: [\n", "not valid YAML"),
        ("", "must be a mapping"),
        ("- 1\n", "must be a mapping"),
    ],
)
def test_load_network_file__not_a_mapping_of_distinct_keys__refused(
    tmp_path: Path, compiled: Compiled, content: str, message: str
) -> None:
    with pytest.raises(DeploymentError, match=message) as refused:
        load_network_file(write(tmp_path / "local.yaml", content), abi=compiled.abi)
    assert "\n" not in refused.value.message


def test_load_network_file__no_such_file__refused(tmp_path: Path, compiled: Compiled) -> None:
    with pytest.raises(DeploymentError, match="No such file"):
        load_network_file(tmp_path / "nowhere.yaml", abi=compiled.abi)


def test_load_network_file__environment_variable__is_used(
    tmp_path: Path, compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_TEST_ADMIN", RECORDER)
    path = write(tmp_path / "local.yaml", values(admin="${REGISTRY_TEST_ADMIN}"))
    assert load_network_file(path, abi=compiled.abi).parameters.admin == RECORDER


def test_load_network_file__zero_address_in_variable__refused(
    tmp_path: Path, compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_TEST_ADMIN", ZERO)
    path = write(tmp_path / "local.yaml", values(admin="${REGISTRY_TEST_ADMIN}"))
    with pytest.raises(DeploymentError, match=r"REGISTRY_TEST_ADMIN.*is the zero address"):
        load_network_file(path, abi=compiled.abi)


def test_load_network_file__sepolia_as_committed__refused_until_filled_in(
    compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = PARAMETERS / "sepolia.yaml"
    for variable in SEPOLIA_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DeploymentError, match="REGISTRY_ADMIN"):
        load_network_file(path, abi=compiled.abi)
    for variable, address in SEPOLIA_VARIABLES.items():
        monkeypatch.setenv(variable, address)
    file = load_network_file(path, abi=compiled.abi)
    assert (file.parameters.chain_id, file.finality.tag) == (11155111, "finalized")
    assert file.parameters.intakes == (INTAKE, RECORDER)


@pytest.mark.parametrize(
    "change",
    [
        lambda inputs: inputs[0].update(name="owner"),
        lambda inputs: inputs[5].update(type="uint64"),
        lambda inputs: inputs.reverse(),
        lambda inputs: inputs.pop(),
        lambda inputs: inputs.append({"name": "extra", "type": "uint256"}),
    ],
    ids=["name", "type", "order", "one_less", "one_more"],
)
def test_load_network_file__another_constructor__refused(compiled: Compiled, change: Any) -> None:
    inputs = [dict(item) for item in next(entry for entry in compiled.abi if entry["type"] == "constructor")["inputs"]]
    change(inputs)
    with pytest.raises(DeploymentError, match="constructor takes"):
        load_network_file(PARAMETERS / "local.yaml", abi=[{"type": "constructor", "inputs": inputs}])


def test_find_parameters__one_file_for_the_chain__is_found() -> None:
    assert find_parameters(chain_id=31337).name == "local.yaml"
    assert find_parameters(chain_id=11155111).name == "sepolia.yaml"


def test_find_parameters__none_or_several__refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"no file .* chain id 5"):
        find_parameters(chain_id=5, folder=tmp_path)
    write(tmp_path / "a.yaml", {"chain_id": 5})
    write(tmp_path / "b.yaml", {"chain_id": 5})
    with pytest.raises(DeploymentError, match="more than one file"):
        find_parameters(chain_id=5, folder=tmp_path)


@pytest.mark.parametrize("finality", [0, 64, "safe", "finalized"])
def test_load_network_file__finality__is_read(tmp_path: Path, compiled: Compiled, finality: object) -> None:
    path = write(tmp_path / "local.yaml", values(finality=finality))
    read = load_network_file(path, abi=compiled.abi).finality
    assert finality in (read.tag, read.confirmations)


def test_ranges__upper_bounds__are_those_of_the_contract(w3: Web3, deployed: Artifact) -> None:
    functions = w3.eth.contract(address=Web3.to_checksum_address(deployed.address), abi=deployed.abi).functions
    assert {name: most for name, (_, most) in RANGES.items()} == {
        "admin_transfer_delay": functions.MAX_ADMIN_TRANSFER_DELAY().call(),
        "default_sla": functions.MAX_SLA_DURATION().call(),
        "escalation_interval": functions.MAX_ESCALATION_INTERVAL().call(),
        "max_escalation_level": functions.MAX_ESCALATION_LEVEL().call(),
    }
