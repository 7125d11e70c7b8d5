"""The receipts' verifier as its users run it: one file, without any package and without the backend."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.chain_fixtures import REPOSITORY

VERIFIER = REPOSITORY / "verifier" / "receipt.py"
SECONDS = 60


def receipt_py(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs it with these arguments and nothing else in its environment."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)


def verdict_said(*words: str | Path) -> dict[str, Any]:
    """The verdict of `verify --json` with these arguments, which is also its exit status."""
    done = receipt_py("verify", "--json", *words)
    verdict: dict[str, Any] = json.loads(done.stdout)
    assert verdict["exit"] == done.returncode, done.stderr
    return verdict
