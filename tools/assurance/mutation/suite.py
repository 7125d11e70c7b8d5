"""Runs the contract's suite on a mutant: pytest in a fork of this process, with a stand-in for Ape.

Starting Python, Ape and Hypothesis anew for each mutant would cost more than the tests. The stand-in has the two things
that tests/conftest.py takes from Ape: the node's URL and what was compiled.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from tools.assurance.solc import ROOT

# The cheapest first: most mutants do not survive the first seconds of the first stage.
TELLING: Final = (
    "tests/model/test_every_transition.py::"
    "test_registry__every_write_in_this_situation__agrees_with_the_model[open-+1s-escalations0]"
)
STAGES: Final = (
    ("tests/model/test_construction.py", "tests/model/test_every_transition.py"),
    ("tests/unit", "tests/adversarial"),
    (
        *("tests/model/test_acceptance.py", "tests/model/test_batches.py", "tests/model/test_filings.py"),
        *("tests/model/test_meddling.py", "tests/model/test_objections.py", "tests/model/test_stateful.py"),
    ),
)
# Where the tests of a function are, if its mutants do not show in every situation.
HOMES: Final = {
    "batch": ("recordBatch",),
    "constructor": ("constructor", "_nonZero", "_grantAll"),
    "escalation": ("checkAndEscalate", "batchCheckAndEscalate", "_appendBreaches", "_level", "_isDue"),
    "evidence": ("anchorEvidence", "evidenceAnchor"),
    "links": ("linkHash", "_append", "_now"),
    "objections": ("logObjection", "_object", "plusObjection"),
    "roles": ("changeDefaultAdminDelay", "_boundedDelay", "_roleOf"),
    "signatures": ("recordSigned", "_checkSignature", "_hashEntry", "_checkHead", "_headOf"),
    "sla": ("setSLADeadline", "pauseSLA", "resumeSLA", "_maySetDeadline", "_deadlineAfter", "_secondsLeft", "_moveTo"),
}
ACCOUNTS: Final = 16  # as ape-config.yaml says
TIMEOUT: Final = 1200  # seconds for one stage: ten times what it takes on an idle machine
OPTIONS: Final = (
    "--keep-duplicates",  # or a folder is left out of which one test was named
    *("-x", "-q", "--tb=no", "--assert=plain", "--no-header", "-rfE", "-p", "no:cacheprovider"),
    *("-p", "xdist.plugin", "-p", "tools.assurance.mutation.networks"),
)


@contextlib.contextmanager
def anvil(*options: str) -> Iterator[str]:
    """The URL of a node of its own."""
    with tempfile.NamedTemporaryFile("r+") as log:
        process = subprocess.Popen(
            ["anvil", "--port", "0", "--accounts", str(ACCOUNTS), "--hardfork", "cancun", *options],
            stdout=log,
            stderr=log,
        )
        try:
            yield _url(log.name)
        finally:
            process.terminate()
            process.wait()


def _url(log: str) -> str:
    for _ in range(600):
        found = re.search(r"Listening on ([\d.]+:\d+)", Path(log).read_text())
        if found:
            return f"http://{found[1]}"
        time.sleep(0.05)
    raise RuntimeError("anvil did not start")


def stand_in(abi: list[dict[str, Any]], bytecode: str, url: str, folder: Path) -> ModuleType:
    """What tests/conftest.py takes from Ape. `folder` holds nothing but the mark of a build that is up to date."""
    built = folder / ".build" / "__local__.json"
    built.parent.mkdir()
    built.touch()
    contract_type = SimpleNamespace(
        abi=[SimpleNamespace(model_dump=lambda mode, item=item: item) for item in abi],
        deployment_bytecode=SimpleNamespace(bytecode=bytecode),
    )
    project = SimpleNamespace(ComplaintRegistry=SimpleNamespace(contract_type=contract_type), path=folder)
    ape = ModuleType("ape")
    vars(ape).update(project=project, chain=SimpleNamespace(provider=SimpleNamespace(uri=url)))
    return ape


def killer(abi: list[dict[str, Any]], bytecode: str, function: str = "", guesses: Sequence[str] = ()) -> str | None:
    """The test that notices the mutant, or `None` if all pass. First come `guesses`, then what tests `function`."""
    homes = [f"tests/unit/{home}" for home, functions in HOMES.items() if function in functions]
    for number, stage in enumerate(STAGES):
        failed = run(abi, bytecode, stage if number else (*guesses, TELLING, *homes, *stage))
        if failed is not None:
            return failed
    return None


def run(abi: list[dict[str, Any]], bytecode: str, paths: tuple[str, ...], *options: str) -> str | None:
    """The first test that fails in `paths`, or `None`. `options` are anvil's."""
    with tempfile.NamedTemporaryFile("r+") as output, tempfile.TemporaryDirectory() as folder, anvil(*options) as url:
        child = os.fork()
        if child == 0:
            _become_pytest(stand_in(abi, bytecode, url, Path(folder)), paths, output.fileno())
        status = _wait(child)
        text = Path(output.name).read_text()
    if status is None:
        return "time-out"
    if status == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    if status != 1 or failed is None:
        raise RuntimeError(f"pytest ended with {status}:\n{text[-3000:]}")
    return failed[1]


def _become_pytest(ape: ModuleType, paths: tuple[str, ...], output: int) -> None:
    """Never returns."""
    code = 3
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.modules["ape"] = ape
        os.environ["HYPOTHESIS_PROFILE"] = "quick"
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.chdir(ROOT)
        import pytest

        code = int(pytest.main([*OPTIONS, *paths]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int) -> int | None:
    """The child's exit code; `None` if it took too long and was ended."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def warm_up() -> None:
    """Imports what every fork needs."""
    import hypothesis.stateful
    import pytest
    import solcx
    import yaml
    from eth_account import messages
    from eth_utils import keccak

    keccak(b"")
    assert all((hypothesis.stateful, pytest, solcx, yaml, messages))
