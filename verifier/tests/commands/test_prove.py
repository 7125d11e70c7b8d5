"""`prove`: a complainant who is alone with a file and one node makes a receipt."""

import json
from pathlib import Path

import receipt as r
from tests.commands.running import filing_answer, newest, run, saved, trail_of, verdict
from tests.corpus.chain import COMPLAINANT, DAY, STRANGER, Chain, Complaint, key_of
from tests.proxy import Proxy


def test_prove__filing_answer_alone__shows_the_omission_and_then_that_it_was_kept(chain: Chain, tmp_path: Path) -> None:
    """Claims C7 and C8: the operator is not asked; the answer to the filing and one node are enough."""
    complaint = Complaint(chain, "omitted", chain.address(COMPLAINANT))
    complaint.promise()
    answer, receipt = saved(tmp_path / "answer.json", filing_answer(complaint)), tmp_path / "a.receipt.json"
    chain.mine(after=2 * DAY)
    absent = newest(chain)
    made = run("prove", answer, "--rpc", chain.node.url, "-o", receipt)
    assert "the newest block may still fall out of the chain" in made.stderr
    assert "held nothing under this id." in run("verify", receipt, "--block", absent).stdout
    said = verdict(receipt, "--block", absent, "--require", "delay", status=0)
    assert said["promise/1"] == "open"
    assert said["absent"] == "absent"

    sent = run("submit", receipt, "--rpc", chain.node.url, "--yes", keys={"RECEIPT_KEY": key_of(STRANGER)})
    assert f"sender {r.hex0x(chain.address(STRANGER))}" in sent.stderr
    assert "costs at most" in sent.stderr
    mined = chain.node.ask("eth_getTransactionReceipt", sent.stdout.strip())
    assert mined["status"] == "0x1"
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    run("prove", receipt, "--rpc", chain.node.url, "-o", receipt)
    said = verdict(receipt, "--block", absent, "--block", newest(chain), "--require", "delay", status=0)
    assert said["promise/1"] == "kept"
    assert said["identity"] == "id-matches"
    assert said["complete"] == "complete"


def test_prove__audit_trail__gives_a_complete_receipt(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "trail")
    complaint.file()
    complaint.hold()
    trail = trail_of(complaint) | {"complainant": None}
    path, made = tmp_path / "trail.json", tmp_path / "made.json"
    path.write_bytes(b"\xff\xfe" + json.dumps(trail).encode("utf-16-le"))  # as PowerShell saves it
    run("prove", path, "--rpc", chain.node.url, "--no-logs", "-o", made)
    said = verdict(made, "--block", newest(chain), "--require", "identity", status=0)
    assert (said["complete"], said["clock"], said["content/1"]) == ("complete", "held", "opened")


def test_prove__node_that_proves_the_newest_block_only__is_enough(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "pruned")
    complaint.promise()
    complaint.file()
    answer, made = saved(tmp_path / "answer.json", filing_answer(complaint)), tmp_path / "made.json"
    with Proxy(chain.node.url, newest_only=True) as node:
        run("prove", answer, "--rpc", node.url, "-o", made)
    assert verdict(made, "--block", newest(chain), "--require", "promise", status=0)["promise/1"] == "kept"


def test_prove__node_that_lies_about_the_proof__makes_no_receipt(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "lied")
    complaint.promise()
    answer, made = saved(tmp_path / "answer.json", filing_answer(complaint)), tmp_path / "made.json"
    with Proxy(chain.node.url, spoils_proofs=True) as node:
        done = run("prove", answer, "--rpc", node.url, "-o", made, status=2)
    assert "gives no proof that holds" in done.stderr
    assert not made.exists()
