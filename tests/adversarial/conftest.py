"""The attackers' contracts."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.node import Node
from tests.support.solc import compile_contracts

SOURCE: Final = Path(__file__).parent / "contracts" / "Attacker.sol"


def deploy_attacker(node: Node, actors: Actors, name: str) -> Contract:
    """One of the contracts in `SOURCE`."""
    artifact = compile_contracts(SOURCE)[name]
    return deploy(node, actors.stranger, artifact.abi, artifact.bytecode)


@pytest.fixture
def attacker(node: Node, actors: Actors) -> Contract:
    """Says yes to every signature, and tries to write meanwhile."""
    return deploy_attacker(node, actors, "Attacker")


@pytest.fixture
def static_attacker(node: Node, actors: Actors) -> Contract:
    """Says yes to a signature only if its own write got through meanwhile."""
    return deploy_attacker(node, actors, "StaticAttacker")
