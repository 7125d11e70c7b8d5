"""A whole life with `/file/` in Chromium against the real web server, relay and chain."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from accounts.models import User
from blockchain.protocol.hashing import unhex
from report import services
from report.models import IssueReport
from tests.chain_fixtures import INTAKE_KEY, Chain
from tests.faults.conftest import Processes, everything_confirmed, processes
from tests.faults.web import Web
from tests.fixtures.actors import PASSWORD
from tests.fixtures.reports import FILED
from tests.receipt_py import receipt_py
from tests.servers.process import wait_until

__all__ = ["processes"]

VERIFIER = Path(__file__).resolve().parents[3] / "verifier"
LIFE = VERIFIER / "page" / "tests" / "life.mjs"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SECONDS = 120

missing = next(
    (
        f"{what} is missing; {remedy}"
        for what, remedy, is_there in (
            ("Chromium", 'install it with "apt-get install chromium", or name it in CHROMIUM', Path(CHROMIUM).exists()),
            ("node", "install Node.js", shutil.which("node") is not None),
            ("playwright-core", "run `make test-page` once", (VERIFIER / "page/node_modules/playwright-core").exists()),
        )
        if not is_there
    ),
    "",
)
pytestmark = pytest.mark.skipif(bool(missing), reason=missing)


@pytest.fixture
def web(chain: Chain, processes: Processes) -> Web:
    """The web server with an intake key, and the relay."""
    processes.environment |= {"BLOCKCHAIN_INTAKE_KEY": INTAKE_KEY, "BLOCKCHAIN_PROOF_INTERVAL": "0.2"}
    running = Web(processes)
    processes.start("manage.py", "run_relay")
    return running


@pytest.fixture
def complainant(complainant: User) -> User:
    """With a password that the web server can check."""
    complainant.password = make_password(PASSWORD, hasher=PBKDF2PasswordHasher())
    complainant.save()
    return complainant


def lived(act: str, web: Web, profile: Path, user: User) -> dict[str, Any]:
    """What the page does and says; see life.mjs."""
    command = ["node", str(LIFE), act, f"{web.url}/file/", str(profile), user.username, PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert said.pop("errors") == []
    return said


def verdict(path: str, chain: Chain, *, block: int) -> dict[str, Any]:
    """What receipt.py says of a file, if this block is trusted."""
    header = chain.anvil.rpc("eth_getBlockByNumber", hex(block), False)
    done = receipt_py("verify", path, "--json", "--block", header["hash"], "--contract", chain.address.lower())
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def codes(said: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["id"]: (each["verdict"], each["code"]) for each in said["statements"]}


def test_file_page__whole_life__exported_file_proves_it_and_a_closed_complaint_is_objected_to(
    chain: Chain, web: Web, complainant: User, staff: User, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    said = lived("file", web, profile, complainant)
    assert said["wrong"] == ""
    assert "stands for your text and your key" in said["checks"]
    assert "signed promise is valid" in said["checks"]
    assert said["isFiledBefore"] is False
    report = IssueReport.objects.select_related("complaint").get()
    assert said["filed"].startswith(f"Filed. {report.tracking_id}")
    # Text as it was written
    assert report.issue_description == " Half a metre wide.\n\nDeep. "
    kept = json.loads(Path(said["receipt"]).read_text())
    assert kept["complainant_key"]["address"] == report.complaint.complainant.lower()
    assert kept["complaint"]["id"] == report.complaint.complaint_id

    # Whatever the server does from now on: a proof of any node completes what the page has saved.
    wait_until(everything_confirmed, what="the filing is recorded", seconds=SECONDS)
    proved = tmp_path / "proved.receipt.json"
    made = receipt_py("prove", said["receipt"], "--rpc", chain.anvil.url, "--output", str(proved))
    assert made.returncode == 0, made.stderr
    number = max(int(each["id"].partition("@")[2]) for each in _headers(proved, chain))
    told = verdict(str(proved), chain, block=number)
    assert told["verdict"] == "PROVED"
    assert codes(told)["identity"] == ("PROVED", "id-matches")
    assert codes(told)["promise/1"] == ("PROVED", "kept")

    services.report_update(report_id=report.pk, by=staff, status="closed")
    objected = lived("object", web, profile, complainant)
    assert "was accepted and will be recorded" in objected["handedIn"]
    objection = json.loads(Path(objected["objection"]).read_text())

    def recorded() -> bool:
        (fold,) = chain.registry.complaints([report.complaint.complaint_id]).values()
        return fold.objections == 1

    wait_until(recorded, what="the objection is recorded", seconds=SECONDS)

    def proof_covers_it() -> bool:
        served = web.ask(complainant, "GET", f"/api/blockchain/reports/{report.tracking_id}/receipt/")
        return served.status_code == 200 and served.json()["links"][-1]["data"] == objection["data"]

    wait_until(proof_covers_it, what="a final proof covers the objection", seconds=SECONDS)
    newest = lived("save", web, profile, complainant)["receipt"]
    number = max(int(each["id"].partition("@")[2]) for each in _headers(Path(newest), chain))
    told = verdict(newest, chain, block=number)
    assert told["verdict"] == "PROVED"
    assert [link["type"] for link in told["timeline"]] == ["CREATED", "CLOSED", "OBJECTED"]
    opened = json.loads(Path(newest).read_text())["openings"]["links"]["3"]
    assert opened["payload"] == objection["payload"]


def test_pages__anybody__are_accessible_and_fit_a_telephone(
    chain: Chain, web: Web, complainant: User, staff: User, tmp_path: Path
) -> None:
    first, second = (services.report_create(user=complainant, **FILED) for _ in range(2))
    services.report_update(report_id=first.pk, by=staff, status="resolved")
    wait_until(everything_confirmed, what="everything is recorded", seconds=SECONDS)
    chain.anvil.warp(chain.anvil.time() + 40 * 86_400)
    chain.write("checkAndEscalate", unhex(second.complaint.complaint_id), sender=chain.stranger)
    wait_until(lambda: "missed, level 1" in web.session.get(f"{web.url}/statistics/").text, what="it is counted")
    assert "\n".join(lived("look", web, tmp_path / "profile", complainant)["violations"]) == ""


def _headers(path: Path, chain: Chain) -> list[dict[str, Any]]:
    """The statements about blocks of a receipt, with nothing trusted."""
    said = json.loads(receipt_py("verify", str(path), "--json").stdout)
    return [each for each in said["statements"] if each["id"].startswith("header@")]
