"""One measurement for all tests of this folder, and its table at the end of the run."""

from collections.abc import Callable

import pytest

from tests.gas.compared import measure_eas, measure_floor
from tests.gas.measure import DEFAULT_SLA, Measurements, measure_registry
from tests.gas.table import REPORT, render
from tests.support.actors import Actors
from tests.support.node import Node
from tests.support.registry import Registry

Report = dict[str, Measurements]


@pytest.fixture(scope="session")
def measured(node: Node, actors: Actors, deploy_registry: Callable[..., Registry]) -> Report:
    """Gas by operation, of the registry, the floor and EAS."""
    with node.undone():
        report = {
            "registry": measure_registry(deploy_registry(defaultSLA=DEFAULT_SLA)),
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
