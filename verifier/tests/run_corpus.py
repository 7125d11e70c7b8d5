"""Runs a verifier on the corpus: `python -m tests.run_corpus VERIFIER [ARGUMENT ...]` (docs/receipt.md, section 8)."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

CORPUS: Final = Path(__file__).resolve().parents[1] / "conformance"
SECONDS: Final = 60


def folders() -> list[Path]:
    """The cases."""
    return sorted(path for path in CORPUS.iterdir() if path.is_dir())


def arguments(folder: Path) -> list[str]:
    """The arguments of a case."""
    found = ["verify", str(folder / "receipt.json"), "--json"]
    if (folder / "trust.json").exists():
        found += ["--trust", str(folder / "trust.json")]
    for path in sorted((folder / "files").glob("*")):
        found += ["--file", str(path)]
    required = folder / "require.txt"
    for name in required.read_text().split() if required.exists() else ():
        found += ["--require", name]
    return found


def difference(command: Sequence[str], folder: Path) -> str | None:
    """What is wrong with the verifier's answer; None if nothing is."""
    verdict = folder / "expected.json"
    expected = json.loads(verdict.read_bytes()) if verdict.exists() else {"exit": 2}
    done = subprocess.run([*command, *arguments(folder)], capture_output=True, check=False, timeout=SECONDS)
    if done.returncode != expected["exit"]:
        return f"exit status {done.returncode} instead of {expected['exit']}: {done.stderr.decode()[:300]}"
    if not verdict.exists():
        return "a verdict, though the trust can't be used" if done.stdout else None
    try:
        said: Any = json.loads(done.stdout)
        for statement in said["statements"]:
            statement["facts"].pop("at", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "standard output is no verdict"
    if said == expected:
        return None
    names = [name for name in {*said, *expected} if said.get(name) != expected.get(name)]
    return f"differs in {', '.join(sorted(names))}"


def main() -> int:
    """Prints the cases that fail; the number of them."""
    failed = 0
    for folder in folders():
        if problem := difference(sys.argv[1:], folder):
            failed += 1
            print(f"{folder.name}: {problem}")
    print(f"{len(folders()) - failed} of {len(folders())} cases pass")
    return min(failed, 125)


if __name__ == "__main__":
    sys.exit(main())
