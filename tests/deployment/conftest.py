"""A target on this session's chain, and one deployment of it that the tests only read."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ape
import pytest
from ape.api import AccountAPI
from click.testing import CliRunner, Result
from web3 import Web3

from tests.support.node import Node
from tools.deployment.artifact import Artifact
from tools.deployment.compiled import Compiled, compile_contract
from tools.deployment.deploy import deploy
from tools.deployment.finality import Finality
from tools.deployment.landing import Patience
from tools.deployment.parameters import Parameters, load_network_file
from tools.deployment.places import PARAMETERS
from tools.deployment.roles import Administration
from tools.deployment.signer import development_addresses, load_signer
from tools.deployment.target import Target

Account = Callable[[int], AccountAPI]

PATIENCE = Patience(timeout=5, finality=Finality(confirmations=0), poll=0.01)


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that the suite runs in holds no key."""
    for variable in ("DEPLOYER_PRIVATE_KEY", "ADMIN_PRIVATE_KEY"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def w3(node: Node) -> Web3:
    return ape.chain.provider.web3


@pytest.fixture(scope="session")
def url(node: Node) -> str:
    """Of the node: a chain that already runs, for the commands."""
    return ape.chain.provider.uri


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    return compile_contract()


@pytest.fixture(autouse=True)
def _compiled_once(compiled: Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands inside this process take what it has compiled. Those in a process of their own compile, as ever."""
    for module in ("compiled", "abi"):
        monkeypatch.setattr(f"tools.deployment.{module}.compile_contract", lambda: compiled)


@pytest.fixture(scope="session")
def parameters(compiled: Compiled) -> Parameters:
    return load_network_file(PARAMETERS / "local.yaml", abi=compiled.abi).parameters


@pytest.fixture(scope="session")
def account(node: Node) -> Account:
    """A development account by its index: 0 deploys, 1 is the admin, 2 records."""

    def load(index: int) -> AccountAPI:
        address = development_addresses()[index]
        return load_signer(variable="NO_KEY", alias=None, local=True, development_account=address)

    return load


@pytest.fixture(scope="session")
def deployer(account: Account) -> Callable[[], AccountAPI]:
    """Who signs deployments."""
    return lambda: account(0)


@pytest.fixture
def target(parameters: Parameters, compiled: Compiled, tmp_path: Path) -> Target:
    return Target(network="local", parameters=parameters, compiled=compiled, output=tmp_path / "local.json")


@pytest.fixture(scope="session")
def deployed_path(
    w3: Web3,
    account: Account,
    parameters: Parameters,
    compiled: Compiled,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The artifact's file."""
    path = tmp_path_factory.mktemp("deployments") / "local.json"
    target = Target(network="local", parameters=parameters, compiled=compiled, output=path)
    deploy(w3, lambda: account(0), target, patience=PATIENCE)
    return path


@pytest.fixture(scope="session")
def deployed(deployed_path: Path) -> Artifact:
    from tools.deployment.artifact import read_artifact

    return read_artifact(deployed_path)


@pytest.fixture
def administration(w3: Web3, deployed: Artifact) -> Administration:
    return Administration(w3=w3, artifact=deployed, timeout=5, confirmations=0)


@pytest.fixture
def changed(target: Target) -> Callable[..., Target]:
    """The target with other parameters."""

    def change(**changes: Any) -> Target:
        return replace(target, parameters=replace(target.parameters, **changes))

    return change


@pytest.fixture
def run(url: str) -> Callable[..., Result]:
    """Runs a script's command against the node, or another `network`, and keeps Ape's connection of the session."""
    runner = CliRunner()

    def invoke(script: str, *arguments: str, network: str = url) -> Result:
        command = importlib.import_module(f"scripts.{script}").cli
        words = [*arguments, "--network", network] if script != "export_abi" else [*arguments]
        return runner.invoke(command, words)

    return invoke
