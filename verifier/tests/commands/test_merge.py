"""`merge`: receipts and trails of one complaint become one file."""

import json
from copy import deepcopy
from pathlib import Path

import receipt as r
from tests.commands.running import run, saved, statement_of, verdict
from tests.corpus.chain import Chain, Complaint


def test_merge__trail_and_receipts__keeps_everything_once(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "merged")
    complaint.promise()
    complaint.file()
    first = complaint.prove()
    one = saved(tmp_path / "one.json", complaint.receipt())
    complaint.proofs.clear()
    comment = complaint.commit(r.COMMENTED, changes={"text": [None, "x"]})
    complaint.acknowledge(r.COMMENTED, comment)
    complaint.log(r.COMMENTED, comment)
    last = complaint.prove(complaint.role())
    two = saved(tmp_path / "two.json", complaint.receipt(is_opened=False))
    answer = {**complaint.openings[comment], "acknowledgement": statement_of(complaint, complaint.promises[1])}
    api = saved(tmp_path / "comment.json", answer)
    merged = tmp_path / "merged.json"
    run("merge", one, two, api, "-o", merged)
    said = verdict(merged, "--block", first, "--block", last, "--require", "content", status=0)
    assert (said["prefix"], said["complete"], said["content/2"], said["promise/2"]) == (
        "prefix",
        "complete",
        "opened",
        "recorded",
    )
    run("merge", merged, two, one, "-o", tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == json.loads(merged.read_text())


def test_merge__block_that_fell_out_of_the_chain__is_named_and_left_out(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "orphaned")
    complaint.file()
    good = complaint.prove()
    one = saved(tmp_path / "one.json", complaint.receipt())
    chain.mine()
    last = complaint.prove()
    two = complaint.receipt()
    header = r.rlp_read(bytes.fromhex(two["proofs"][0]["block"]["header"][2:]))
    assert isinstance(header, list)
    header[12] = b"other"  # another block under the same number
    raw = r.rlp(header)
    bad = r.hex0x(r.keccak(raw))
    two["proofs"][0]["block"]["header"] = r.hex0x(raw)
    path, out = saved(tmp_path / "two.json", two), tmp_path / "out.json"
    refused = run("merge", one, path, "-o", out, status=2).stderr
    assert f"two different blocks {int.from_bytes(header[8], 'big')}, {good} and {bad}: " in refused
    assert "with --without" in refused
    run("merge", one, path, "--without", bad, "-o", out)
    assert verdict(out, "--block", good, "--block", last, status=0)["complete"] == "complete"
    assert len(json.loads(out.read_text())["proofs"]) == 2
    run("merge", path, "--without", bad, "-o", out)
    assert len(json.loads(out.read_text())["proofs"]) == 1
    assert "no file has a proof at block" in run("merge", one, "--without", bad, status=2).stderr
    assert "64 hex digits" in run("merge", one, "--without", bad[2:], status=2).stderr


def test_merge__another_contract_or_link__is_refused(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "conflict")
    complaint.file()
    receipt = complaint.receipt()
    one = saved(tmp_path / "one.json", receipt)
    for spoil, text in (
        (lambda made: made["deployment"].update(contract="0x" + "12" * 20), "different contracts: contract"),
        (lambda made: made["links"][0].update(time=5), "two different links 1"),
    ):
        other = deepcopy(receipt)
        spoil(other)
        done = run("merge", one, saved(tmp_path / "two.json", other), "-o", tmp_path / "out.json", status=2)
        assert text in done.stderr
