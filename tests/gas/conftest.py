"""One measurement for all tests of this folder, and its table at the end of the run."""

from typing import Any

import pytest

from tests.gas.measure import Measurements, measure_eas, measure_floor, measure_registry
from tests.gas.table import REPORT, render
from tests.support.actors import Actors
from tests.support.contract import deploy
from tests.support.node import Node
from tests.support.registry import Registry, constructor_arguments

Report = dict[str, Measurements]


@pytest.fixture(scope="session")
def measured(node: Node, actors: Actors, registry_abi: list[dict[str, Any]], registry_bytecode: bytes) -> Report:
    """Gas by operation, of the registry, the floor and EAS.

    The registry is the first contract of an account that has never sent anything: its address is in what is signed, and
    the zero bytes of a signature are cheaper than the others.
    """
    with node.undone():
        assert int(node.rpc("eth_getTransactionCount", actors.newcomer, "latest"), 16) == 0
        contract = deploy(node, actors.newcomer, registry_abi, registry_bytecode, *constructor_arguments(actors))
        registry = Registry(node, contract.address, registry_abi, actors)
        report = {
            "registry": measure_registry(registry),
            "floor": measure_floor(node, actors),
            "EAS": measure_eas(node, actors),
        }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(render(report))
    return report


def pytest_configure() -> None:
    """The table at the end is this run's or none."""
    REPORT.unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORT.exists():
        terminalreporter.section("gas")
        terminalreporter.write(REPORT.read_text())
