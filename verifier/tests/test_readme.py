"""The tests that README.md names for the claims are there."""

import re
from pathlib import Path

import receipt as r

VERIFIER = Path(r.__file__).parent
FOLDERS = (VERIFIER / "tests", VERIFIER / "page" / "tests", VERIFIER.parent / "backend" / "tests" / "proofs")


def test_readme__each_test_of_a_claim__exists() -> None:
    claims = (VERIFIER / "README.md").read_text().partition("\n## Claims\n")[2]
    named = set(re.findall(r"`(\w+__\w+)`", claims))
    tests = [path for folder in FOLDERS for path in (*folder.rglob("test_*.py"), *folder.rglob("*.test.mjs"))]
    defined = set(re.findall(r"(?:^def |^ *test\(')(\w+)", "\n".join(path.read_text() for path in tests), re.MULTILINE))
    assert len(named) > 20
    assert named <= defined
    for case in set(re.findall(r"`(\w+_(?:proved|unknown))`", claims)) - named:
        assert (VERIFIER / "conformance" / case).is_dir(), case
