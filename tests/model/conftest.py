"""How many examples the stateful tests run, and what they say at the end.

`HYPOTHESIS_PROFILE=thorough` runs many more, with fresh randomness; the default is the same in every run.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.model.registry_model import RegistryModel
from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.node import Node
from tests.support.registry import Registry, constructor_arguments
from tests.support.solc import compile_contracts

ModelFactory = Callable[..., tuple[Registry, RegistryModel]]

SLOW_IS_FINE: Final = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile(
    "suite",
    derandomize=True,
    max_examples=16,
    stateful_step_count=50,
    deadline=None,
    database=None,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile(
    "thorough",
    settings.get_profile("suite"),
    derandomize=False,
    max_examples=160,
    stateful_step_count=100,
    print_blob=True,
)
# Enough to notice a wrong contract, for the mutation run.
settings.register_profile(
    "quick", settings.get_profile("suite"), max_examples=16, phases=(Phase.explicit, Phase.generate)
)

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "suite")
settings.load_profile(PROFILE)


@pytest.fixture(scope="session")
def reader(node: Node, actors: Actors) -> Contract:
    """Answers many calls in one."""
    artifact = compile_contracts(Path(__file__).parent / "contracts" / "Reader.sol")["Reader"]
    return deploy(node, actors.deployer, artifact.abi, artifact.bytecode)


@pytest.fixture(scope="session")
def model_of(actors: Actors, deploy_registry: Callable[..., Registry]) -> ModelFactory:
    """Deploys a registry; keywords change the constructor's arguments by name. With its model."""

    def model_with(**changes: Any) -> tuple[Registry, RegistryModel]:
        registry = deploy_registry(**changes)
        return registry, RegistryModel(registry.genesis, *constructor_arguments(actors, **changes))

    return model_with


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Steps and steps per second, over all workers."""
    totals: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name in {"model_steps", "model_seconds"} and report.when == "call":
                    totals[name] += value
    if totals["model_steps"]:
        speed = totals["model_steps"] / totals["model_seconds"]
        terminalreporter.write_line(
            f"model: {totals['model_steps']} steps agreed with the contract, {speed:.0f} a second (profile {PROFILE})"
        )
