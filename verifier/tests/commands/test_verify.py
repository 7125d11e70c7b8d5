"""`verify`: its arguments, its limits, and what it prints."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import BARE, CORPUS, Json, run, saved

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


def test_verify__audit_trail__says_how_to_make_a_receipt(tmp_path: Path) -> None:
    done = run("verify", saved(tmp_path / "trail.json", {"events": []}), status=1)
    assert "`prove` makes one from an audit trail" in done.stdout


def test_verify__control_characters_in_a_name__never_reach_the_terminal(tmp_path: Path) -> None:
    case = CORPUS / "sound_proved" / "receipt.json"
    receipt = json.loads(case.read_text()) | {"\x1b[2J\u202e": 1}
    done = run("verify", saved(tmp_path / "receipt.json", receipt), status=2)
    assert "\\u001b[2J\\u202e" in done.stdout
    assert "\x1b" not in done.stdout
