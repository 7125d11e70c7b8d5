"""The contract's compiler for input from anywhere: it reads nothing from the disk."""

import hashlib
import json
import subprocess
from typing import Any

from tests.support.solc import CACHE, ROOT, _write_atomically

COMPILE = "process.stdout.write(require('solc').compile(require('fs').readFileSync(0, 'utf8')))"
VERSION = "0.8.30+commit.73712a01"

Json = dict[str, Any]


def compile_alone(standard_json: Json) -> Json:
    """The compiler's output. Compiled anew only for input that it has not had; one takes 5 s."""
    text = json.dumps(standard_json, sort_keys=True)
    cached = CACHE / f"alone-{hashlib.sha256(text.encode()).hexdigest()}.json"
    if not cached.exists():
        done = subprocess.run(["node", "-e", COMPILE], cwd=ROOT, input=text, capture_output=True, text=True, check=True)
        _write_atomically(cached, done.stdout)
    return json.loads(cached.read_text())


def errors_of(output: Json) -> list[str]:
    return [error["formattedMessage"] for error in output.get("errors", []) if error["severity"] == "error"]
