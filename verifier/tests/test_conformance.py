"""The verifier gives the corpus's verdicts: in one process, and as a command on a bare Python without network."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import receipt as r
from tests.run_corpus import CORPUS, arguments, difference, folders

VERIFIER = Path(r.__file__)
SCHEMA = VERIFIER.parents[1] / "docs" / "receipt.schema.json"
BARE = [sys.executable, "-I", "-S", str(VERIFIER)]


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_verdict_on__case_of_the_corpus__is_the_expected_one(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    status = r.main(arguments(folder))
    output = capsysbinary.readouterr().out
    if folder.name.endswith("_error"):
        assert (status, output) == (2, b"")
        assert not (folder / "expected.json").exists()
        return
    said = json.loads(output)
    expected = json.loads((folder / "expected.json").read_bytes())
    for statement in said["statements"]:
        statement["facts"].pop("at", None)
    assert said == expected
    assert status == expected["exit"]
    assert folder.name.endswith("_" + expected["verdict"].lower())


@pytest.mark.parametrize("folder", folders()[::40], ids=lambda folder: folder.name)
def test_verify__bare_python__gives_the_same_verdict(folder: Path) -> None:
    assert difference(BARE, folder) is None


# Judges each list of arguments on standard input. Any use of a socket ends the process, in a namespace or not.
ALL_CASES = """
import io, json, pathlib, runpy, sys
if sys.argv[2:]:
    devices = pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]
    assert [each.partition(":")[0].strip() for each in devices] == ["lo"]
sys.addaudithook(lambda name, _: name.startswith("socket.") and sys.exit(99))
main = runpy.run_path(sys.argv[1])["main"]
out, judged = sys.stdout, []
for arguments in json.load(sys.stdin):
    sys.stdout = io.TextIOWrapper(io.BytesIO())
    status = main(arguments)
    sys.stdout.flush()
    judged.append([status, sys.stdout.buffer.getvalue().decode()])
json.dump(judged, out)
"""


def test_verify__all_cases_in_an_empty_network_namespace__are_judged_as_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Claim C1. Where namespaces are refused, the hook alone shows that no socket is opened; the test says which."""
    probe = ["unshare", "-rn", "true"]
    has_namespaces = shutil.which("unshare") and subprocess.run(probe, check=False, capture_output=True).returncode == 0
    command = [sys.executable, "-I", "-S", "-c", ALL_CASES, str(VERIFIER)]
    command = [*probe[:2], *command, "cut off"] if has_namespaces else command
    given = json.dumps([arguments(folder) for folder in folders()])
    started = time.monotonic()
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    where = "without a network interface" if has_namespaces else "without a socket (`unshare -rn` is refused here)"
    with capsys.disabled():
        print(f"\n{len(folders())} cases, {where}: {time.monotonic() - started:.1f} s")
    for folder, (status, output) in zip(folders(), json.loads(done.stdout), strict=True):
        expected = folder / "expected.json"
        if not expected.exists():
            assert (status, output) == (2, ""), folder.name
            continue
        verdict = json.loads(output)
        for statement in verdict["statements"]:
            statement["facts"].pop("at", None)
        assert verdict == json.loads(expected.read_bytes()), folder.name
        assert status == verdict["exit"], folder.name


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_schema__case_of_the_corpus__accepts_what_the_verifier_reads(folder: Path) -> None:
    schema = Draft202012Validator(json.loads(SCHEMA.read_text()))
    try:
        value = r.json_read((folder / "receipt.json").read_bytes())
    except r.Unusable:
        return  # no JSON, so no matter of the schema
    try:
        receipt = r.receipt_read(value)
    except r.Unusable as error:
        # What a schema can't say: order, and what depends on other members.
        unsaid = (
            "sequence_with_a_gap",
            "sequence_too_high",
            "proofs_out_of_order",
            "proof_twice",
            "slot_twice",
            "no_complaint_slot",
            "opening_of",
            "registry_twice",
            "evidence_twice",
            "unknown_slot_first",
        )
        if error.code == "shape" and not folder.name.startswith(unsaid):
            assert not schema.is_valid(value)
        return
    if not receipt.ignored:
        schema.validate(value)


def test_corpus__every_code__has_a_case() -> None:
    seen = set()
    for path in CORPUS.glob("*/expected.json"):
        for each in json.loads(path.read_bytes())["statements"]:
            seen.add(f"{r.re.split('[@/]', each['id'])[0]}:{each['code']}")
    assert seen.issuperset(r._WORDS)
