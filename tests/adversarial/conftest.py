"""The attackers' contracts."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.entries import complaint_id
from tests.support.node import Node
from tests.support.solc import compile_contracts

SOURCE: Final = Path(__file__).parent / "contracts" / "Attacker.sol"


def deploy_attacker(node: Node, actors: Actors, name: str) -> Contract:
    """One of the contracts in `SOURCE`."""
    artifact = compile_contracts(SOURCE)[name]
    return deploy(node, actors.stranger, artifact.abi, artifact.bytecode)


@pytest.fixture
def attacker(node: Node, actors: Actors) -> Contract:
    """Calls what it is told to, and says yes to a signature only if it got back in meanwhile."""
    return deploy_attacker(node, actors, "Attacker")


@pytest.fixture
def glutton(node: Node, actors: Actors) -> Contract:
    """A wallet that burns gas or answers with a megabyte."""
    return deploy_attacker(node, actors, "Glutton")


@pytest.fixture(scope="session")
def other() -> bytes:
    """Another complaint, of nobody."""
    return complaint_id(2)
