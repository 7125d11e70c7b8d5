"""The commands, as processes, against a real chain: a complainant who is alone with a file and one node."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import receipt as r
from tests.corpus.chain import COMPLAINANT, DAY, INTAKE, RELAY, STRANGER, Chain, Complaint, anvil, key_of, salt_of
from tests.proxy import Proxy

VERIFIER = Path(r.__file__)
CORPUS = VERIFIER.parent / "conformance"
BARE = [sys.executable, "-I", "-S", str(VERIFIER)]
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
    command = [*BARE, *map(str, arguments)]
    environment = os.environ | {name: hex(key)[2:].rjust(64, "0") for name, key in (keys or {}).items()}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
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


def trail_of(complaint: Complaint) -> dict[str, Any]:
    """The audit trail that the API gives now."""
    receipt = complaint.receipt()
    opened = receipt["openings"]["links"]
    events = [
        {
            "sequence": link["sequence"],
            "event_type": r.KINDS[link["type"]],
            "actor": link["actor"],
            "block_timestamp": link["time"],
            "data": link["data"],
            **opened.get(str(link["sequence"]), {"salt": None, "payload": None}),
        }
        for link in receipt["links"]
    ]
    own = {"tracking_id": complaint.tracking_id, "complaint_id": r.hex0x(complaint.id)}
    own |= {"complaint_salt": r.hex0x(complaint.id_salt), "complainant": r.hex0x(complaint.complainant)}
    return {**receipt["deployment"], **own, "pending": [], "events": events}


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
    trail = trail_of(complaint) | {"complainant": None}
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


@pytest.fixture(scope="module")
def final(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A receipt with a proof at a block that is final."""
    complaint = Complaint(chain, "malformed")
    complaint.file()
    complaint.prove()
    chain.node.ask("anvil_mine", hex(70))  # anvil's `finalized` lies 64 blocks back
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    return saved(tmp_path_factory.mktemp("final") / "receipt.json", complaint.receipt())


def _hash_of_two_bytes(method: str, result: Any) -> Any:
    return {**result, "hash": "0x1234"} if method == "eth_getBlockByNumber" else result


def _chain_id(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: value if method == "eth_chainId" else result


def _number(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: {**result, "number": value} if method == "eth_getBlockByNumber" else result


def _block(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: value if method == "eth_getBlockByNumber" else result


@pytest.mark.parametrize(
    "alters",
    [
        _hash_of_two_bytes,
        _chain_id(hex(2**60)),
        _chain_id("-0x1"),
        _chain_id(31337),
        _chain_id(["0x7a69"]),
        _chain_id(None),
        _number(hex(2**60)),
        _number(-1),
        _number(None),
        _block("a text"),
        _block(["a list"]),
        _block({}),
        _block(True),
    ],
)
def test_verify__malformed_answers_of_one_node_of_three__change_nothing_and_name_it(
    chain: Chain, final: Path, alters: Callable[[str, Any], Any]
) -> None:
    """Claim C10."""
    with Proxy(chain.node.url) as one, Proxy(chain.node.url) as two, Proxy(chain.node.url, alters=alters) as third:
        good = ["--rpc", one.url, "--rpc", two.url]
        done = run("verify", final, *good, "--rpc", third.url)
        assert third.url.removeprefix("http://") in done.stderr
        assert verdict(final, "--rpc", one.url, "--rpc", third.url, status=2)["header"] == "not-trusted"


def test_verify__node_that_refuses_with_control_characters__shows_none(chain: Chain) -> None:
    with Proxy(chain.node.url) as node:
        node.answer = lambda _: {"jsonrpc": "2.0", "id": 1, "error": {"message": "\x1b[2J no\u202e"}}  # type: ignore[method-assign]
        done = run("verify", CORPUS / "sound_proved" / "receipt.json", "--rpc", node.url, status=2)
    assert "refuses eth_chainId: ?[2J no?" in done.stderr


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


SOUND = CORPUS / "sound_proved"
SOUND_BLOCKS = [f"--block={each}" for each in json.loads((SOUND / "trust.json").read_text())["blocks"]]
SOUND_CONTRACT = json.loads((SOUND / "receipt.json").read_text())["deployment"]["contract"]
OTHER_CONTRACT = "0x" + "11" * 20


@pytest.mark.parametrize(
    "arguments",
    [
        ["--file", "nowhere.jpg"],
        ["--trust", "nowhere.json"],
        ["--block", "0x12"],
        ["--contract", "deadbeef"],
        ["--contract", OTHER_CONTRACT[2:]],
        ["--contract", SOUND_CONTRACT + "00"],
    ],
)
def test_verify__unusable_argument__is_not_decided_and_says_why(arguments: list[str]) -> None:
    done = run("verify", SOUND / "receipt.json", *arguments, status=2)
    assert done.stderr.startswith("receipt.py: ")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("trust", "published", "contract", "status"),
    [
        (None, None, SOUND_CONTRACT, 0),
        (None, None, SOUND_CONTRACT.upper().replace("0X", "0x"), 0),
        (None, None, OTHER_CONTRACT, 1),
        (None, {"chain_id": 31337, "address": SOUND_CONTRACT.upper(), "abi": []}, SOUND_CONTRACT, 0),
        (None, {"chain_id": 1, "address": SOUND_CONTRACT}, SOUND_CONTRACT, 1),
        ({"chain_id": 31337}, None, SOUND_CONTRACT, 0),
        # What the trust file expects is not dropped.
        ({"chain_id": 1}, None, SOUND_CONTRACT, 1),
        ({"genesis": "0x" + "00" * 22}, {"contract": SOUND_CONTRACT}, None, 1),
        # What is named twice must be the same.
        (None, {"address": SOUND_CONTRACT}, OTHER_CONTRACT, 2),
        (None, {"address": OTHER_CONTRACT}, SOUND_CONTRACT, 2),
        ({"contract": OTHER_CONTRACT}, None, SOUND_CONTRACT, 2),
        ({"contract": SOUND_CONTRACT}, {"address": OTHER_CONTRACT}, None, 2),
        ({"chain_id": 1}, {"chain_id": 31337, "contract": SOUND_CONTRACT}, None, 2),
        ({"chain_id": True}, {"chain_id": 1, "contract": SOUND_CONTRACT}, None, 2),
        # What names no contract is no deployment.
        (None, {"chain_id": 31337}, OTHER_CONTRACT, 2),
        (None, {"abi": []}, None, 2),
        (None, [], SOUND_CONTRACT, 2),
    ],
)
def test_verify__contract_named_in_several_ways__is_compared_with_all_of_them(
    tmp_path: Path, trust: Json | None, published: Any, contract: str | None, status: int
) -> None:
    arguments: list[str | Path] = [*SOUND_BLOCKS]
    if trust is not None:
        arguments += ["--trust", saved(tmp_path / "trust.json", {"deployment": trust})]
    if published is not None:
        arguments += ["--deployment", saved(tmp_path / "deployment.json", published)]
    if contract is not None:
        arguments += ["--contract", contract]
    done = run("verify", SOUND / "receipt.json", "--json", *arguments, status=status)
    codes = {0: "as-published", 1: "differs"}
    if status == 2:
        assert done.stdout == ""
    else:
        assert json.loads(done.stdout)["statements"][0]["code"] == codes[status]


def test_verify__deployment_or_trust_nested_without_end__is_not_decided(tmp_path: Path) -> None:
    path = tmp_path / "nested.json"
    path.write_text("[" * 200_000)
    for option in ("--deployment", "--trust", "--anchors"):
        run("verify", SOUND / "receipt.json", option, path, status=2)


def test_verify__file_without_end__is_too_long(tmp_path: Path) -> None:
    zero = Path("/dev/zero")
    assert "longer than 16 MiB" in run("verify", zero, status=1).stdout
    for option in ("--trust", "--deployment", "--policy", "--anchors"):
        run("verify", SOUND / "receipt.json", option, zero, status=2)


def limited(kibibytes: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command with no more than this address space."""
    command = ["bash", "-c", f'ulimit -v {kibibytes}; exec "$@"', "_", *BARE, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_verify__film_as_evidence__is_read_in_pieces(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(400 * 2**20)
    done = limited(200_000, "verify", SOUND / "receipt.json", *SOUND_BLOCKS, "--file", film)
    assert "The file is no evidence of this complaint." in done.stdout, done.stderr
    assert done.returncode == 1


def test_verify__more_than_the_memory_takes__is_not_decided(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text("[" + "[[]]," * 1_000_000 + "0]")
    done = limited(100_000, "verify", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "too large" in done.stderr
    assert "Traceback" not in done.stderr


def test_verify__verdict_that_cannot_be_written__is_not_decided() -> None:
    command = [*BARE, "verify", str(SOUND / "receipt.json"), *SOUND_BLOCKS]
    for more in ([], ["--json"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*command, *more], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
        assert (done.returncode, b"Exception ignored" in done.stderr) == (2, False)
        assert b"No space left" in done.stderr
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([*command, *more], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
        os.close(writing)
        assert (done.returncode, b"Exception ignored" in done.stderr) == (2, False)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*BARE, "verify", "nowhere"], stdout=full, stderr=full, check=False, timeout=60)
    assert done.returncode == 2


def test_verify__interrupted_while_a_node_is_asked__is_not_decided() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [*BARE, "verify", str(SOUND / "receipt.json"), "--rpc", url]
        # Where the tests run in the background, the signal is ignored, and so it would be in the new process.
        handled = signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            signal.signal(signal.SIGINT, handled)
            connection, _ = silent.accept()
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            output, said = process.communicate(timeout=60)
            connection.close()
    assert (process.returncode, output, said) == (2, "", "receipt.py: interrupted\n")


def test_verify__one_file_that_cannot_be_read__does_not_keep_from_the_others() -> None:
    sound, other = SOUND / "receipt.json", CORPUS / "another_head_contradicted" / "receipt.json"
    done = run("verify", "nowhere.json", sound, *SOUND_BLOCKS, status=2)
    assert "PROVED. At block" in done.stdout
    assert "nowhere.json" in done.stderr
    block = json.loads((other.parent / "trust.json").read_text())["blocks"][0]
    done = run("verify", sound, "nowhere.json", other, "--block", block, *SOUND_BLOCKS, status=1)
    assert done.stdout.count("complete@") == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_verify__policy_in_any_encoding__is_read(tmp_path: Path, encoding: str) -> None:
    case = CORPUS / "signed_by_two_witnesses_proved"
    text = json.loads((case / "trust.json").read_text())["policy"].replace("\n", "\r\n")
    policy = tmp_path / "policy.txt"
    policy.write_bytes((("\ufeff" if encoding == "utf-16-be" else "") + text).encode(encoding))
    done = run("verify", case / "receipt.json", "--policy", policy)
    assert "trusts nobody" not in done.stderr


def test_verify__policy_that_does_not_parse__says_so(tmp_path: Path) -> None:
    case = CORPUS / "signed_by_two_witnesses_proved"
    policy = tmp_path / "policy.txt"
    for text in ("", "witness press", "quorum none"):
        policy.write_text(text)
        trust = saved(tmp_path / "trust.json", {"policy": text})
        for option, path in (("--policy", policy), ("--trust", trust)):
            done = run("verify", case / "receipt.json", option, path, status=2)
            assert "the policy does not parse, or has no quorum: it trusts nobody" in done.stderr
            assert "header" in done.stdout
    policy.write_bytes(b"\xff quorum")
    assert run("verify", case / "receipt.json", "--policy", policy, status=2).stdout == ""


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


def test_set_role__intake_key__is_the_one_of_the_corpus(chain: Chain) -> None:
    assert r.address_of(key_of(INTAKE)) == chain.address(INTAKE)


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


def test_verify__audit_trail__says_how_to_make_a_receipt(tmp_path: Path) -> None:
    done = run("verify", saved(tmp_path / "trail.json", {"events": []}), status=1)
    assert "`prove` makes one from an audit trail" in done.stdout


def test_verify__control_characters_in_a_name__never_reach_the_terminal(tmp_path: Path) -> None:
    case = CORPUS / "sound_proved" / "receipt.json"
    receipt = json.loads(case.read_text()) | {"\x1b[2J\u202e": 1}
    done = run("verify", saved(tmp_path / "receipt.json", receipt), status=2)
    assert "\\u001b[2J\\u202e" in done.stdout
    assert "\x1b" not in done.stdout
