"""Fixtures of the contract's suite. One registry is deployed per session; each test leaves the chain as it found it."""

from collections.abc import Callable, Iterator
from typing import Any

import ape
import pytest

from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.entries import complaint_id
from tests.support.node import Node
from tests.support.pace import Pace
from tests.support.registry import Registry, constructor_arguments
from tests.support.rpc import Rpc
from tests.support.solc import HELPERS, ROOT, compile_contracts


def pytest_configure(config: pytest.Config) -> None:
    """Turns Ape's own isolation off, which costs more than most tests: `_isolated` does the same in two calls."""
    config.option.disable_isolation = True
    config.pluginmanager.register(Pace(config), "pace")


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Node:
    """The anvil that Ape started for this session, or for this worker."""
    request.getfixturevalue("networks")  # Ape connects before its fixtures are used
    node = Node(Rpc(ape.chain.provider.uri))
    node.start_clock()
    request.config.pluginmanager.getplugin("pace").watch(node)
    return node


@pytest.fixture(autouse=True)
def _isolated(node: Node) -> Iterator[None]:
    """Whatever a test does to the chain is undone after it."""
    with node.undone():
        yield


@pytest.fixture(scope="session")
def actors(node: Node) -> Actors:
    return Actors.of(node)


@pytest.fixture(scope="session")
def admin(actors: Actors) -> str:
    return actors.admin


@pytest.fixture(scope="session")
def deployer(actors: Actors) -> str:
    return actors.deployer


@pytest.fixture(scope="session")
def intake(actors: Actors) -> str:
    return actors.intake


@pytest.fixture(scope="session")
def recorder(actors: Actors) -> str:
    return actors.recorder


@pytest.fixture(scope="session")
def second_recorder(actors: Actors) -> str:
    return actors.second_recorder


@pytest.fixture(scope="session")
def sla_manager(actors: Actors) -> str:
    return actors.sla_manager


@pytest.fixture(scope="session")
def operator(actors: Actors) -> str:
    return actors.operator


@pytest.fixture(scope="session")
def complainant(actors: Actors) -> str:
    return actors.complainant


@pytest.fixture(scope="session")
def relayer(actors: Actors) -> str:
    return actors.relayer


@pytest.fixture(scope="session")
def stranger(actors: Actors) -> str:
    return actors.stranger


@pytest.fixture(scope="session")
def successor(actors: Actors) -> str:
    return actors.successor


@pytest.fixture(scope="session")
def newcomer(actors: Actors) -> str:
    return actors.newcomer


@pytest.fixture(scope="session")
def signer(actors: Actors) -> str:
    return actors.signer


@pytest.fixture(scope="session")
def registry_type() -> Any:
    """What Ape compiled: ABI and bytecode."""
    # Ape looks at a contract's own source only, not at what it imports.
    newest = max(path.stat().st_mtime for path in (ROOT / "contracts").rglob("*.sol"))
    built = ape.project.path / ".build" / "__local__.json"
    if not built.exists() or built.stat().st_mtime < newest:
        ape.project.load_contracts(use_cache=False)
        built.touch()
    return ape.project.ComplaintRegistry.contract_type


@pytest.fixture(scope="session")
def registry_abi(registry_type: Any) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json") for item in registry_type.abi]


@pytest.fixture(scope="session")
def registry_bytecode(registry_type: Any) -> bytes:
    """Creation code, without the constructor's arguments."""
    return bytes.fromhex(registry_type.deployment_bytecode.bytecode.removeprefix("0x"))


@pytest.fixture(scope="session")
def deploy_registry(
    node: Node, actors: Actors, registry_abi: list[dict[str, Any]], registry_bytecode: bytes
) -> Callable[..., Registry]:
    """Deploys another registry; keywords change the constructor's arguments by name."""

    def deploy_with(**changes: Any) -> Registry:
        arguments = constructor_arguments(actors, **changes)
        contract = deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments)
        return Registry(node, contract.address, registry_abi, actors)

    return deploy_with


@pytest.fixture(scope="session")
def registry(deploy_registry: Callable[..., Registry]) -> Registry:
    """The registry that the tests share."""
    return deploy_registry()


@pytest.fixture(scope="session")
def complaint(complainant: str) -> bytes:
    """The id of a complaint that nobody has filed yet, number 1 of the complainant."""
    return complaint_id(1, complainant)


@pytest.fixture
def wallet(node: Node, actors: Actors) -> Contract:
    """A contract wallet (ERC-1271) without any role."""
    artifact = compile_contracts(HELPERS / "Wallet.sol")["Wallet"]
    return deploy(node, actors.deployer, artifact.abi, artifact.bytecode)


@pytest.hookimpl(wrapper=True)
def pytest_exception_interact(report: pytest.TestReport) -> Iterator[None]:
    """Keeps pytest's own report of a failure: Ape's would show every frame of the environment, with its locals."""
    longrepr = report.longrepr
    yield
    report.longrepr = longrepr
