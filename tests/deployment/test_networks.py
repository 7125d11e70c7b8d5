"""The parameter files of public networks: their form, and what `deploy` makes of what they say of a chain."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from eth_account import Account as EthAccount
from web3 import Web3

from tests.deployment.conftest import PATIENCE
from tests.deployment.test_deploy import Signer, sent
from tests.deployment.test_kinds_of_chain import connected, url_of
from tests.deployment.test_parameters import SEPOLIA_VARIABLES
from tests.support.anvil import anvil
from tests.support.node import Node
from tests.support.proxy import asking, proxied
from tools.deployment.chain import Chain, parse_chain
from tools.deployment.compiled import Compiled
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import find_parameters, load_network_file
from tools.deployment.places import PARAMETERS, ROOT
from tools.deployment.target import Target
from tools.deployment.transactions import FeeBounds

CHAIN_IDS = {
    "sepolia": 11155111,
    "hoodi": 560048,
    "base": 8453,
    "optimism": 10,
    "arbitrum": 42161,
    "polygon": 137,
    "gnosis": 100,
}
GWEI = 10**9
HINTS: dict[str, Any] = {
    "block_time": 2,
    "confirmations": 64,
    "min_tip_gwei": 0,
    "max_tip_gwei": 1,
    "max_fee_gwei": 20.5,
    "explorer_api": "https://api.example.org/v2/api",
}
WRONG = {
    "not_a_mapping": ([], "must be a mapping of block_time"),
    "no_time": (HINTS | {"block_time": 0}, "block_time: must be more than 0"),
    "time_as_text": (HINTS | {"block_time": "2"}, "block_time: must be a number"),
    "time_in_milliseconds": (HINTS | {"block_time": 2000}, "block_time: must be a number from 0 to 600"),
    "half_a_block": (HINTS | {"confirmations": 1.5}, "confirmations: must be 0 to 100000 blocks"),
    "truth_value_for_a_fee": (HINTS | {"max_fee_gwei": True}, "max_fee_gwei: must be a number"),
    "fee_in_wei": (HINTS | {"max_fee_gwei": 20 * GWEI}, "max_fee_gwei: must be a number from 0 to 1000000"),
    "floor_above_the_cap": (HINTS | {"min_tip_gwei": 2}, "each must be at most the next"),
    "tip_above_the_fee": (HINTS | {"max_tip_gwei": 21}, "each must be at most the next"),
    "explorer_without_tls": (HINTS | {"explorer_api": "http://api.example.org"}, "explorer_api: must be an https"),
    "explorer_with_a_key": (HINTS | {"explorer_api": "https://a.example/api?apikey=1"}, "without a query"),
    "unknown_key": (HINTS | {"tip": 1}, "unknown: tip"),
    "missing_key": ({"block_time": 2}, "missing: confirmations, min_tip_gwei"),
}


@pytest.fixture
def _addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, address in SEPOLIA_VARIABLES.items():
        monkeypatch.setenv(variable, address)


@pytest.mark.usefixtures("_addresses")
@pytest.mark.parametrize(("name", "chain_id"), CHAIN_IDS.items(), ids=CHAIN_IDS)
def test_parameter_file__public_network__is_complete(compiled: Compiled, name: str, chain_id: int) -> None:
    path = PARAMETERS / f"{name}.yaml"
    file = load_network_file(path, abi=compiled.abi)
    assert file.parameters.chain_id == chain_id
    assert find_parameters(chain_id=chain_id) == path
    assert file.finality.tag == "finalized"
    assert file.parameters.admin_transfer_delay >= 86_400
    chain = file.chain
    assert chain is not None
    assert Decimal("0.1") <= chain.block_time <= 15
    # A minute at the least, whatever the chain's pace.
    assert chain.confirmations * chain.block_time >= 60
    assert chain.explorer_api == "https://api.etherscan.io/v2/api"
    if name == "polygon":
        assert chain.min_tip_gwei == 25
    if name in {"base", "optimism", "arbitrum"}:
        assert chain.min_tip_gwei < Decimal("0.01")


def test_parameter_files__all__are_those_of_known_networks() -> None:
    assert {path.stem for path in PARAMETERS.glob("*.yaml")} == {"local", *CHAIN_IDS}


def test_ape_config__each_public_network__is_reached_by_a_variable() -> None:
    config = yaml.safe_load((ROOT / "ape-config.yaml").read_text())
    assert config["node"]["ethereum"] == {name: {"uri": f"${{{name.upper()}_RPC_URL}}"} for name in CHAIN_IDS}
    custom = {item["name"]: item["chain_id"] for item in config["networks"]["custom"]}
    assert custom == {name: number for name, number in CHAIN_IDS.items() if name != "sepolia"}


@pytest.mark.parametrize(("values", "message"), WRONG.values(), ids=WRONG)
def test_parse_chain__wrong_value__refused_naming_the_key(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"chain: .*{message}"):
        parse_chain(values)


def test_fees__decimal_gwei__are_exact_wei() -> None:
    chain: Chain = parse_chain(HINTS | {"min_tip_gwei": 0.0001})
    assert chain.fees == FeeBounds(least_tip=100_000, most_tip=GWEI, most=20_500_000_000)


def test_deploy__floor_of_the_tip__is_offered(w3: Web3, deployer: Signer, target: Target) -> None:
    artifact = deploy(w3, deployer, replace(target, fees=FeeBounds(least_tip=25 * GWEI)), patience=PATIENCE)
    assert artifact is not None
    transaction = w3.eth.get_transaction(artifact.tx_hash)  # type: ignore[arg-type]
    assert transaction["maxPriorityFeePerGas"] == 25 * GWEI
    assert transaction["maxFeePerGas"] >= 25 * GWEI


def test_deploy__node_wants_a_large_tip__offers_the_cap(node: Node, deployer: Signer, target: Target) -> None:
    ask = asking(node.rpc)

    def answer(method: str, params: list[Any]) -> Any:
        return hex(500 * GWEI) if method == "eth_maxPriorityFeePerGas" else ask(method, params)

    with proxied(answer) as url:
        w3 = connected(url)
        bounded = replace(target, fees=FeeBounds(most_tip=3 * GWEI, most=200 * GWEI))
        artifact = deploy(w3, deployer, bounded, patience=PATIENCE)
        assert artifact is not None
        transaction = w3.eth.get_transaction(artifact.tx_hash)  # type: ignore[arg-type]
    assert transaction["maxPriorityFeePerGas"] == 3 * GWEI
    assert transaction["maxFeePerGas"] <= 200 * GWEI


def test_deploy__chain_asks_for_more_than_the_most__refused_and_nothing_sent(
    node: Node, deployer: Signer, target: Target
) -> None:
    with anvil("--block-base-fee-per-gas", str(30 * GWEI)) as chain:
        w3 = connected(url_of(chain))
        with pytest.raises(DeploymentError, match=r"asks for \d+\.?\d* gwei, and max_fee_gwei in .* is 20"):
            deploy(w3, deployer, replace(target, fees=FeeBounds(most=20 * GWEI)), patience=PATIENCE)
        assert sent(w3) == 0
    assert not target.pending.exists()


def test_deploy__polygon_in_a_shell__takes_the_url_from_its_variable_and_the_tip_from_its_file(tmp_path: Path) -> None:
    """With the chain's own id; only the finality is made that of a chain with nothing on top."""
    key = "0x" + "5e" * 32
    file, output = tmp_path / "polygon.yaml", tmp_path / "polygon.json"
    file.write_text((PARAMETERS / "polygon.yaml").read_text().replace("finality: finalized", "finality: 0"))
    strangers = {variable: Web3.to_checksum_address("0x" + "1f" * 20) for variable in SEPOLIA_VARIABLES}
    strangers["REGISTRY_RECORDER"] = Web3.to_checksum_address("0x" + "2f" * 20)
    with anvil("--chain-id", "137") as chain:
        chain.set_balance(EthAccount.from_key(key).address, 10**19)
        environment = {**os.environ, **strangers, "DEPLOYER_PRIVATE_KEY": key, "POLYGON_RPC_URL": url_of(chain)}
        ape = str(Path(sys.executable).with_name("ape"))
        words = [ape, "run", "deploy", "--network", "ethereum:polygon:node", "--parameters", str(file)]
        words += ["--output", str(output), "--create2", "1"]
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        artifact = json.loads(output.read_text())
        transaction = chain.rpc("eth_getTransactionByHash", artifact["tx_hash"])
    assert (artifact["network"], artifact["chain_id"]) == ("polygon", 137)
    assert int(transaction["maxPriorityFeePerGas"], 16) == 25 * GWEI
