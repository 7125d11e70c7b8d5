"""kill -9 at each step of `ape run deploy`: the next run finishes it, and there is one deployment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from web3 import Web3

from tests.deployment.killed import STEPS
from tests.deployment.test_deploy import sent
from tests.support.node import Node
from tools.deployment.pending import pending_path, read_pending
from tools.deployment.places import ROOT

Run = Callable[..., Result]

MINED = ("mined", "half written", "written")


def killed(step: str, url: str, output: Path, *options: str) -> None:
    """Runs the command until `step`, where it is killed."""
    words = [sys.executable, "-m", "tests.deployment.killed", step, "--network", url, "--output", str(output), *options]
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize("step", STEPS)
def test_deploy__killed_at_a_step__next_run_finishes_it_and_deploys_once(
    w3: Web3, node: Node, url: str, run: Run, tmp_path: Path, step: str
) -> None:
    output = tmp_path / "local.json"
    before = sent(w3)
    node.rpc("evm_setAutomine", step in MINED)
    try:
        killed(step, url, output)
        assert sent(w3) == before + (step in MINED)
        kept = read_pending(pending_path(output))
        assert (kept is None) == (step == "half kept")
    finally:
        node.rpc("evm_setAutomine", True)  # which mines what waits

    result = run("deploy", "--output", str(output))
    assert result.exit_code == 0, result.output
    artifact = json.loads(output.read_text())
    assert sent(w3) == before + 1
    assert kept is None or artifact["tx_hash"] == kept.tx_hash
    assert not pending_path(output).exists()
    assert run("verify_deployment", "--artifact", str(output)).exit_code == 0
