"""A pytest plugin: traces everything that the suite sends to the registry, and keeps the program counters.

Where to write them, and the code whose traces count, come by the environment, from `coverage.__main__`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]

OUTPUT = "COVERAGE_OUTPUT"
CREATION_CODE = "COVERAGE_CREATION_CODE"
PLAIN = {"disableStack": True, "disableMemory": True, "disableStorage": True}


class Recorder:
    """What ran: program counters, and both outcomes of each conditional jump, of creation and runtime code."""

    def __init__(self, node: Any, creation_code: str) -> None:
        self.node = node
        self.creation_code = creation_code
        self.registries: set[str] = set()
        self.ran: dict[str, set[int]] = {"creation": set(), "runtime": set()}
        self.steps: dict[str, set[tuple[int, int]]] = {"creation": set(), "runtime": set()}
        self.traced = 0

    def observe(self, kind: str, payload: Json) -> None:
        """`Node` calls it for each transaction and each call."""
        if kind == "call":
            if payload["to"].lower() in self.registries:
                self._keep("runtime", self.node.rpc("debug_traceCall", payload, "latest", PLAIN))
            return
        created = payload.get("contractAddress")
        if created:
            sent = self.node.rpc("eth_getTransactionByHash", payload["transactionHash"])
            if not sent["input"].startswith(self.creation_code):
                return
            self.registries.add(created.lower())
            self._keep("creation", self.node.trace(payload["transactionHash"], **PLAIN))
        elif (payload.get("to") or "").lower() in self.registries:
            self._keep("runtime", self.node.trace(payload["transactionHash"], **PLAIN))

    def _keep(self, code: str, trace: Json) -> None:
        """Frames of other contracts, which the registry asks about signatures, are foreign."""
        self.traced += 1
        last: Json | None = None
        for step in trace["structLogs"]:
            if step["depth"] == 1:
                self.ran[code].add(step["pc"])
                if last is not None and last["depth"] == 1:
                    self.steps[code].add((last["pc"], step["pc"]))
            last = step

    def save(self, path: Path) -> None:
        """As JSON, for the process that reports."""
        kinds = ("creation", "runtime")
        path.write_text(
            json.dumps(
                {
                    "traced": self.traced,
                    "ran": {kind: sorted(self.ran[kind]) for kind in kinds},
                    "steps": {kind: sorted(self.steps[kind]) for kind in kinds},
                }
            )
        )


@pytest.fixture(scope="session", autouse=True)
def _traced(node: Any) -> Iterator[None]:
    recorder = Recorder(node, os.environ[CREATION_CODE])
    node.observers.append(recorder.observe)
    yield
    recorder.save(Path(os.environ[OUTPUT]))
