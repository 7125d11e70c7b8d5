"""A long receipt is verified quickly and in little memory, on a bare Python (claim C2)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import receipt as r
from tests.corpus.chain import Chain, Complaint, anvil

LINKS, PROOFS = 1_000, 20
MEMORY = 64 * 2**20  # bytes


@pytest.fixture(scope="module")
def long_receipt() -> tuple[dict[str, object], list[str]]:
    """1,000 links and 20 proofs, at ever later blocks; and the hashes of the blocks."""
    with anvil() as node:
        chain = Chain.deployed(node)
        chain.file_others(200)
        complaint = Complaint(chain, "long")
        complaint.file()
        blocks = []
        for i in range(2, LINKS + 1):
            complaint.add(r.COMMENTED, changes={"text": [None, f"{i} " + "text " * 40]})
            if i % (LINKS // PROOFS) == 0:
                blocks.append(complaint.prove())
        return complaint.receipt(), blocks


# A small process between this one and the verifier: a child's peak of memory includes that of the process it came from.
LAUNCHER = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024]))
"""


def measured(path: Path, blocks: list[str]) -> tuple[float, int]:
    """Seconds of processor time (the best of three) and bytes of memory of a verification."""
    bare = [sys.executable, "-I", "-S"]
    command = [*bare, r.__file__, "verify", str(path), "--json"]
    for block in blocks:
        command += ["--block", block]
    seconds, memory = [], 0
    for _ in range(3):
        done = subprocess.run([*bare, "-c", LAUNCHER, *command], check=True, capture_output=True)
        status, used, peak = json.loads(done.stdout)
        assert status == 0
        seconds.append(used)
        memory = max(memory, peak)
    return min(seconds), memory


@pytest.mark.long
@pytest.mark.parametrize(("is_opened", "most"), [(False, 1.0), (True, 2.5)])
def test_verify__1000_links_and_20_proofs__is_quick(
    long_receipt: tuple[dict[str, object], list[str]], tmp_path: Path, is_opened: bool, most: float
) -> None:
    receipt, blocks = long_receipt
    value = receipt if is_opened else {**receipt, "openings": {}}
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(value, ensure_ascii=False))
    seconds, memory = measured(path, blocks)
    print(f"{path.stat().st_size / 1e6:.2f} MB, opened: {is_opened}: {seconds:.2f} s, {memory / 2**20:.0f} MiB")
    assert memory < MEMORY
    assert seconds < most
