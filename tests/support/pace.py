"""How many transactions a run sent, and how fast, in its summary."""

import time
from typing import Any

import pytest

from tests.support.node import Node

KEY = "transactions"


class Pace:
    """A pytest plugin. Adds up over the workers, of which each has a node of its own."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._nodes: list[Node] = []
        self._of_workers = 0
        self._start = time.monotonic()

    def watch(self, node: Node) -> None:
        """Counts this node's transactions too."""
        self._nodes.append(node)

    def _own(self) -> int:
        return sum(node.transactions for node in self._nodes)

    def pytest_sessionfinish(self) -> None:
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[KEY] = self._own()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._of_workers += getattr(node, "workeroutput", {}).get(KEY, 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        transactions = self._own() + self._of_workers
        seconds = time.monotonic() - self._start
        if transactions:
            terminalreporter.write_line(f"{transactions:,} transactions, {transactions / seconds:.0f} a second")
