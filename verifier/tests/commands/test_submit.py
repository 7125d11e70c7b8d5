"""`submit` and `object`: a complainant writes to the chain without the operator."""

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import receipt as r
from tests.commands.running import VERIFIER, newest, run, saved, verdict
from tests.corpus.chain import COMPLAINANT, DAY, INTAKE, RELAY, STRANGER, Chain, Complaint, key_of


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


def test_submit__promise_that_expires__warns(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "expiring")
    complaint.promise(valid_until=chain.time + DAY)
    path = saved(tmp_path / "receipt.json", complaint.receipt())
    done = run("submit", path, "--rpc", chain.node.url, "--yes", keys={"RECEIPT_KEY": key_of(STRANGER)})
    assert "should never expire" in done.stderr
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


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
    for data in (f"\ufeff{own['private_key']}\r\n".encode(), f"\ufeff{json.dumps(own)}".encode("utf-16-le")):
        key.write_bytes(data)  # as Notepad saves it
        run(*arguments, "--complainant-key-file", key, "--number", "3")
    assert "no private key" in run(*arguments, "--complainant-key-file", path, status=2).stderr
    run(*arguments, "--number", "255", status=2, keys={"RECEIPT_COMPLAINANT_KEY": key_of(COMPLAINANT)})


def test_set_role__intake_key__is_the_one_of_the_corpus(chain: Chain) -> None:
    assert r.address_of(key_of(INTAKE)) == chain.address(INTAKE)
