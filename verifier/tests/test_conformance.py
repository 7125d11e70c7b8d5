"""The verifier gives the corpus's verdicts: in one process, and as a command on a bare Python without network."""

import json
import shutil
import subprocess
import sys
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


def test_verify__empty_network_namespace__opens_no_socket() -> None:
    """Claim C1. Where namespaces are refused, an audit hook stands in: any use of a socket ends the process."""
    cases = ["every_kind_of_link_proved", "two_of_three_nodes_proved", "signed_by_two_witnesses_proved"]
    probe = ["unshare", "-rn", "true"]
    has_namespaces = shutil.which("unshare") and subprocess.run(probe, check=False, capture_output=True).returncode == 0
    hook = (
        "import sys, runpy; sys.addaudithook(lambda name, _: name.startswith('socket.') and sys.exit(99));"
        f"sys.argv[0] = {str(VERIFIER)!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = ["unshare", "-rn", *BARE] if has_namespaces else [sys.executable, "-I", "-S", "-c", hook]
    for name in cases:
        assert difference(command, CORPUS / name) is None, name


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
