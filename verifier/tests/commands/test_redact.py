"""`redact` and `show`: what a receipt discloses, and what it says of itself."""

import json
from pathlib import Path

import pytest

import receipt as r
from tests.commands.running import CORPUS, run, saved, verdict
from tests.corpus.chain import Chain, Complaint, salt_of


def test_redact__any_subset__stays_complete_and_leaves_no_byte(chain: Chain, tmp_path: Path) -> None:
    """Claim C11."""
    complaint = Complaint(chain, "redacted")
    complaint.promise()
    complaint.file()
    complaint.add(r.COMMENTED, changes={"text": [None, "secret words"]})
    block = complaint.prove()
    path, out = saved(tmp_path / "receipt.json", complaint.receipt()), tmp_path / "out.json"
    for keep in ("", "1", "2", "1,2", "id", "id,2"):
        run("redact", path, "--keep", keep, "-o", out)
        said, kept = verdict(out, "--block", block, status=0), keep.split(",")
        assert said["complete"] == "complete"
        assert [said["content/1"] == "opened", said["content/2"] == "opened"] == ["1" in kept, "2" in kept]
        text = out.read_text()
        assert ("secret words" in text) == ("2" in kept)
        assert (complaint.tracking_id in text) == (r.hex0x(complaint.id_salt) in text) == ("id" in kept)
        for i, data in enumerate(complaint.openings, 1):
            assert (complaint.openings[data]["salt"] in text) == (str(i) in kept)
    run("redact", path, "--keep", "1,2,id", "--public", "-o", out)
    public = json.loads(out.read_text())
    assert (public["promises"], public["openings"]) == ([], {})
    assert r.hex0x(salt_of("redacted 0")) not in out.read_text()


@pytest.mark.parametrize("keep", ["1-3", "99", "promise/9", "ID", "1,2;3", "x"])
def test_redact__what_the_receipt_does_not_disclose__is_refused(tmp_path: Path, keep: str) -> None:
    out = tmp_path / "out.json"
    done = run("redact", CORPUS / "every_kind_of_link_proved" / "receipt.json", "--keep", keep, "-o", out, status=2)
    assert "discloses nothing under" in done.stderr
    assert not out.exists()


def test_show__filing_whose_promise_expires__warns() -> None:
    done = run("show", CORPUS / "promise_expired_proved" / "receipt.json")
    assert "entry valid until 20" in done.stdout
    assert "should never expire" in done.stdout
    assert "never expire" not in run("show", CORPUS / "promise_open_proved" / "receipt.json").stdout


def test_show__receipt__says_that_nothing_was_verified() -> None:
    done = run("show", CORPUS / "every_kind_of_link_proved" / "receipt.json")
    assert "Nothing of this was verified." in done.stdout
    assert "EVIDENCE_ANCHORED" in done.stdout
