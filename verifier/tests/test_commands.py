"""The commands, as processes, against a real chain: a complainant who is alone with a file and one node."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import receipt as r
from tests.corpus.chain import COMPLAINANT, DAY, INTAKE, RELAY, STRANGER, Chain, Complaint, anvil, key_of, salt_of
from tests.proxy import Proxy

VERIFIER = Path(r.__file__)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with anvil() as node:
        chain = Chain.deployed(node)
        chain.file_others(20)
        yield chain


def run(
    *arguments: str | Path, status: int = 0, keys: dict[str, int] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command on a bare Python."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, arguments)]
    environment = os.environ | {name: hex(key)[2:].rjust(64, "0") for name, key in (keys or {}).items()}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def statement_of(complaint: Complaint, promise: Json) -> Json:
    """A promise in the API's form."""
    own = complaint.chain.deployment
    is_entry = promise["kind"] == "entry"
    common = {"complaint_id": r.hex0x(complaint.id), "event_type": r.KINDS[promise["type"]], "data": promise["data"]}
    domain = {"chainId": own.chain_id, "verifyingContract": r.hex0x(own.contract)}
    typed = {"domain": domain, "message": {"genesis": r.hex0x(own.genesis)}}
    names = ("nonce", "head", "actor", "valid_until") if is_entry else ("accepted_at", "signer")
    kept = {name: promise[name] for name in (*names, "signature")}
    return {"type": promise["kind"], **common, **kept, "typed_data": typed}


def filing_answer(complaint: Complaint) -> Json:
    """What `POST /api/reports/` answers, as far as a receipt uses it."""
    opening = complaint.openings[complaint.created]
    return {
        "tracking_id": complaint.tracking_id,
        "complaint_id": r.hex0x(complaint.id),
        "complaint_salt": r.hex0x(complaint.id_salt),
        "complainant_address": r.hex0x(complaint.complainant),
        "created": {**opening, "data": r.hex0x(complaint.created)},
        "promise": statement_of(complaint, complaint.promises[0]),
    }


def saved(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def verdict(path: Path, *arguments: str, status: int) -> dict[str, str]:
    """The codes of the statements, by their ids without the block."""
    said = json.loads(run("verify", path, "--json", *arguments, status=status).stdout)
    return {each["id"].split("@")[0]: each["code"] for each in said["statements"]}


def newest(chain: Chain) -> str:
    block: str = chain.node.ask("eth_getBlockByNumber", "latest", False)["hash"]
    return block


def test_prove__filing_answer_alone__shows_the_omission_and_then_that_it_was_kept(chain: Chain, tmp_path: Path) -> None:
    """Claims C7 and C8: the operator is not asked; the answer to the filing and one node are enough."""
    complaint = Complaint(chain, "omitted", chain.address(COMPLAINANT))
    complaint.promise()
    answer, receipt = saved(tmp_path / "answer.json", filing_answer(complaint)), tmp_path / "a.receipt.json"
    chain.mine(after=2 * DAY)
    absent = newest(chain)
    run("prove", answer, "--rpc", chain.node.url, "-o", receipt)
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


def test_submit__promise_already_kept__sends_nothing(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "kept")
    complaint.promise()
    complaint.file()
    complaint.prove()
    path = saved(tmp_path / "receipt.json", complaint.receipt())
    before = chain.node.number("eth_blockNumber")
    done = run("submit", path, "--rpc", chain.node.url, "--yes", status=2, keys={"RECEIPT_KEY": key_of(STRANGER)})
    assert "the contract would refuse it: StaleNonce, something is recorded under its number" in done.stderr
    assert chain.node.number("eth_blockNumber") == before


def test_submit__another_chain_or_genesis__sends_nothing(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "elsewhere")
    complaint.promise()
    receipt = complaint.receipt()
    for name, value, text in (("chain_id", 1, "is on chain 31337"), ("genesis", "0x" + "11" * 22, "GENESIS differs")):
        spoilt = deepcopy(receipt)
        spoilt["deployment"][name] = value
        path = saved(tmp_path / "receipt.json", spoilt)
        done = run("submit", path, "--rpc", chain.node.url, "--yes", status=2, keys={"RECEIPT_KEY": key_of(STRANGER)})
        assert text in done.stderr


def test_submit__answer_other_than_yes__sends_nothing(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "hesitant")
    complaint.promise()
    path = saved(tmp_path / "receipt.json", complaint.receipt())
    command = [sys.executable, "-I", "-S", str(VERIFIER), "submit", str(path), "--rpc", chain.node.url]
    environment = os.environ | {"RECEIPT_KEY": r.hex0x(r.word(key_of(STRANGER)))}
    done = subprocess.run(command, input="n\n", check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert "nothing was sent" in done.stderr
    assert r.hex0x(r.word(key_of(STRANGER)))[2:] not in done.stdout + done.stderr


def test_object__closed_complaint__records_it_without_the_operator(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "objected", chain.address(COMPLAINANT))
    complaint.file()
    complaint.add(r.CLOSED, changes={"status": ["pending", "closed"]})
    complaint.prove()
    path, objection = saved(tmp_path / "receipt.json", complaint.receipt()), tmp_path / "objection.json"
    keys = {"RECEIPT_KEY": key_of(STRANGER), "RECEIPT_COMPLAINANT_KEY": key_of(COMPLAINANT)}
    arguments = ["object", path, "--rpc", chain.node.url, "--text", "Niemand kam.", "-o", objection, "--yes"]
    run(*arguments, keys=keys)
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    # The file opens the link that it became.
    run("prove", path, objection, "--rpc", chain.node.url, "-o", path)
    assert verdict(path, "--block", newest(chain), "--require", "content/3", status=0)["content/3"] == "opened"
    links = json.loads(path.read_text())["links"]
    assert (links[-1]["type"], links[-1]["actor"]) == (r.OBJECTED, r.hex0x(chain.address(COMPLAINANT)))

    wrong = {**keys, "RECEIPT_COMPLAINANT_KEY": key_of(RELAY)}
    assert "not the key" in run(*arguments, status=2, keys=wrong).stderr


def test_object__key_as_a_page_saves_it_and_a_number__are_taken(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "numbered", chain.address(COMPLAINANT))
    complaint.file()
    path, objection = saved(tmp_path / "receipt.json", complaint.receipt()), tmp_path / "objection.json"
    arguments = ["object", path, "--rpc", chain.node.url, "--text", "Again.", "-o", objection, "--only-sign"]
    own = {"format": "complaint-registry.key", "private_key": f"{key_of(COMPLAINANT):#066x}"}
    for content in (own, {"format": "complaint-registry.receipt", "complainant_key": own}):
        key = saved(tmp_path / "key.json", content)
        run(*arguments, "--complainant-key-file", key, "--number", "2")
        assert json.loads(objection.read_text())["number"] == 2
    assert "no private key" in run(*arguments, "--complainant-key-file", path, status=2).stderr
    run(*arguments, "--number", "255", status=2, keys={"RECEIPT_COMPLAINANT_KEY": key_of(COMPLAINANT)})


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


def test_prove__audit_trail__gives_a_complete_receipt(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "trail")
    complaint.file()
    complaint.hold()
    receipt = complaint.receipt()
    own = receipt["deployment"]
    trail = {
        **own,
        "tracking_id": complaint.tracking_id,
        "complaint_id": r.hex0x(complaint.id),
        "complaint_salt": r.hex0x(complaint.id_salt),
        "complainant": None,
        "pending": [],
        "events": [
            {
                "sequence": link["sequence"],
                "event_type": r.KINDS[link["type"]],
                "actor": link["actor"],
                "block_timestamp": link["time"],
                "data": link["data"],
                **receipt["openings"]["links"].get(str(link["sequence"]), {"salt": None, "payload": None}),
            }
            for link in receipt["links"]
        ],
    }
    path, made = tmp_path / "trail.json", tmp_path / "made.json"
    path.write_bytes(b"\xff\xfe" + json.dumps(trail).encode("utf-16-le"))  # as PowerShell saves it
    run("prove", path, "--rpc", chain.node.url, "--no-logs", "-o", made)
    said = verdict(made, "--block", newest(chain), "--require", "identity", status=0)
    assert (said["complete"], said["clock"], said["content/1"]) == ("complete", "held", "opened")


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


def test_verify__two_nodes_of_three__proves_and_asks_for_headers_only(chain: Chain, tmp_path: Path) -> None:
    """Claim C10: a lying node changes nothing, a dead one is named, and no request says what is checked."""
    complaint = Complaint(chain, "nodes")
    complaint.file()
    complaint.prove()
    chain.node.ask("anvil_mine", hex(70))  # anvil's `finalized` lies 64 blocks back
    path = saved(tmp_path / "receipt.json", complaint.receipt())
    with Proxy(chain.node.url) as one, Proxy(chain.node.url) as two, Proxy(chain.node.url, lies=True) as lying:
        good = ["--rpc", one.url, "--rpc", two.url]
        assert verdict(path, *good, "--rpc", lying.url, status=0)["header"] == "rpc"
        assert verdict(path, "--rpc", one.url, "--rpc", lying.url, status=2)["header"] == "not-trusted"
        dead = run("verify", path, *good, "--rpc", "http://localhost:9/secret-key")
        assert "localhost:9 does not answer eth_chainId" in dead.stderr
        assert "secret-key" not in dead.stderr + dead.stdout
        said = one.said + two.said + lying.said
        assert {json.loads(each)["method"] for each in said} == {"eth_chainId", "eth_getBlockByNumber"}
        secrets = [
            complaint.id.hex(),
            chain.deployment.contract.hex(),
            r.slot_of(r.Slot("complaint", ()), complaint.id).hex(),
        ]
        assert not any(secret in each for each in said for secret in secrets)
    assert run("verify", path, "--rpc", chain.node.url, "--rpc", chain.node.url, status=2).stdout == ""
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


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


@pytest.mark.parametrize("arguments", [["--file", "nowhere.jpg"], ["--trust", "nowhere.json"], ["--block", "0x12"]])
def test_verify__unusable_argument__is_not_decided_and_says_why(tmp_path: Path, arguments: list[str]) -> None:
    path = VERIFIER.parent / "conformance" / "sound_proved" / "receipt.json"
    done = run("verify", path, *arguments, status=2)
    assert done.stderr.startswith("receipt.py: ")
    assert "Traceback" not in done.stderr


def test_show__receipt__says_that_nothing_was_verified() -> None:
    done = run("show", VERIFIER.parent / "conformance" / "every_kind_of_link_proved" / "receipt.json")
    assert "Nothing of this was verified." in done.stdout
    assert "EVIDENCE_ANCHORED" in done.stdout


def test_set_role__intake_key__is_the_one_of_the_corpus(chain: Chain) -> None:
    assert r.address_of(key_of(INTAKE)) == chain.address(INTAKE)


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


def test_verify__audit_trail__says_how_to_make_a_receipt(tmp_path: Path) -> None:
    done = run("verify", saved(tmp_path / "trail.json", {"events": []}), status=1)
    assert "`prove` makes one from an audit trail" in done.stdout


def test_verify__control_characters_in_a_name__never_reach_the_terminal(tmp_path: Path) -> None:
    case = VERIFIER.parent / "conformance" / "sound_proved" / "receipt.json"
    receipt = json.loads(case.read_text()) | {"\x1b[2J\u202e": 1}
    done = run("verify", saved(tmp_path / "receipt.json", receipt), status=2)
    assert "\\u001b[2J\\u202e" in done.stdout
    assert "\x1b" not in done.stdout
