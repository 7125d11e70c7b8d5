"""The end of the demo: all programs and their data are gone, and what the complainant has kept proves what happened."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.stack import browser
from tools.stack.client import LOOK_INTERVAL, Client
from tools.stack.errors import StepFailed
from tools.stack.places import ROOT
from tools.stack.stack import Stack
from tools.stack.story import Story, short

VERIFIER = ROOT / "verifier" / "receipt.py"
PAGE = ROOT / "verifier" / "verify.html"
PROVED_SECONDS = 30.0
VERIFY_SECONDS = 60.0


@dataclass(frozen=True)
class Kept:
    """What the complainant has: the receipt, the evidence, and the hash of one block and the contract on paper."""

    receipt: Path
    files: tuple[Path, ...]
    block: str
    contract: str


def keep(stack: Stack, story: Story, *, complainant: Client, tracking_id: str, evidence: dict[str, bytes]) -> Kept:
    """Saves the receipt once it proves everything so far, and writes the block down. Raises `StepFailed`."""
    story.step("The complainant saves the receipt, and writes down the hash of a block")
    path = f"/api/blockchain/reports/{tracking_id}"
    links = complainant.get(f"{path}/audit-trail/").expect(200)["total_events"]
    deadline = time.monotonic() + PROVED_SECONDS
    while True:
        answer = complainant.get(f"{path}/receipt/")
        if answer.status == 200 and len(answer.body["links"]) == links:
            break
        if time.monotonic() > deadline:
            raise StepFailed(f"no receipt of {links} links after {PROVED_SECONDS:g} s: {answer.status}")
        time.sleep(LOOK_INTERVAL)
    folder = stack.folder / "kept"
    folder.mkdir()
    receipt = folder / f"{tracking_id}.receipt.json"
    receipt.write_text(json.dumps(answer.body), encoding="utf-8")
    for name, content in evidence.items():
        (folder / name).write_bytes(content)
    size, proofs = receipt.stat().st_size, len(answer.body["proofs"])
    story.check(proofs > 0, f"{receipt.name}: {links} links, {proofs} storage proofs, {size:,} bytes", but=answer.body)
    # Which block it proves is the receipt's word; what its hash is, is the chain's.
    untrusted = _verdict(receipt)
    headers = [each["id"].partition("@") for each in untrusted["statements"] if each["id"].startswith("header@")]
    number = max(int(number) for _, _, number in headers)
    block = stack.chain.block_hash(number)
    story.tell(f"block {number}: {short(block)}")
    return Kept(receipt, tuple(folder / name for name in evidence), block, stack.contract)


def check(kept: Kept, stack: Stack, story: Story) -> None:
    """Verifies what was kept, without anything else. Raises `StepFailed`."""
    story.step("Relay, web server, database and chain are gone. The receipt alone, with the file and the block")
    for path in stack.folder.iterdir():
        if path not in (kept.receipt.parent, stack.supervisor.logs):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    story.tell("their programs are stopped, and their data removed")
    options = ["--block", kept.block, "--contract", kept.contract, *(f"--file={file}" for file in kept.files)]
    verdict = _verdict(kept.receipt, *options)
    proved = [each["id"] for each in verdict["statements"] if each["verdict"] == "PROVED"]
    story.check(
        verdict["verdict"] == "PROVED",
        f"python3 -I -S receipt.py verify: {verdict['verdict']}, {len(proved)} statements",
        but=[each for each in verdict["statements"] if each["verdict"] != "PROVED"],
    )
    story.check(_verdict(kept.receipt)["exit"] == 2, "without the block it is UNKNOWN: the receipt trusts nobody")
    if browser.chromium() is None:
        story.tell("Chromium is not installed here, so verify.html is not tried")
        return
    profile = kept.receipt.parent / "chromium"
    shown = browser.verify(
        PAGE, receipt=kept.receipt, files=kept.files, block=kept.block, contract=kept.contract, folder=profile
    )
    how = "without a network interface (unshare -rn)" if browser.can_cut_off() else "which opened no connection"
    story.check(shown.verdict == verdict, f"verify.html in Chromium, {how}: {shown.word}", but=shown)


def _verdict(receipt: Path, *options: str) -> Any:
    """What `receipt.py verify --json` says, run as one file without any package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), "verify", str(receipt), "--json", *options],
        env={},
        capture_output=True,
        text=True,
        timeout=VERIFY_SECONDS,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise StepFailed(f"receipt.py verify: {done.stderr.strip()}") from None
