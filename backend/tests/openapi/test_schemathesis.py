"""Schemathesis makes requests of the committed schema, good and bad: the server answers each as the schema says."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from string import Template

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from blockchain.protocol.kinds import ENTRIES
from blockchain.systems.tokens import token_create
from report.models import IssueReport
from tests.chain_fixtures import INTAKE_KEY, Chain
from tests.faults.conftest import Processes
from tests.faults.web import Web
from tests.servers.process import wait_until
from tests.systems.conftest import FILED

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# The same requests in the same order, so that a red run can be repeated. All callers take less than two minutes;
# `make schemathesis SEED=2 EXAMPLES=50` looks further.
SEED = os.environ.get("SEED") or "1"
EXAMPLES = os.environ.get("EXAMPLES") or "3"
PLENTY = "1000000/hour"
QUOTAS = tuple(who + what for who in ("", "STAFF_", "SYSTEM_") for what in ("FILINGS", "COMMENTS", "OBJECTIONS"))


@pytest.fixture
def web(chain: Chain, processes: Processes) -> Web:
    """The web server, without quotas, and a relay, so that all components are up."""
    plenty = dict.fromkeys(("LOGIN", "LOGIN_ADDRESS", "LOGIN_ACCOUNT", "EVIDENCE_UPLOAD"), PLENTY)
    processes.environment |= {
        "BLOCKCHAIN_INTAKE_KEY": INTAKE_KEY,
        "EVIDENCE_BYTES_PER_HOUR": str(2**50),
        **{f"THROTTLE_{name}": rate for name, rate in plenty.items()},
        **{f"QUOTA_{name}": PLENTY for name in QUOTAS},
        **{f"QUOTA_{name}PENDING": "1000000" for name in ("", "STAFF_", "SYSTEM_")},
    }
    running = Web(processes)
    processes.start("manage.py", "run_relay")
    return running


@pytest.fixture
def authorizations(complainant: User, staff: User) -> dict[str, dict[str, str]]:
    """The headers by which each caller is known; nobody is by none."""
    _, token = token_create(name="city", source="city", event_types=ENTRIES, lifetime=timedelta(days=1))
    tokens = {"complainant": AccessToken.for_user(complainant), "staff": AccessToken.for_user(staff), "service": token}
    return {"nobody": {}, **{name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}}


@pytest.fixture
def configuration(
    web: Web, authorizations: dict[str, dict[str, str]], report: IssueReport, staff: User, tmp_path: Path
) -> Path:
    """The configuration, with the names of a report that has evidence; a system's complaint is there, too."""
    path = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    headers = authorizations["complainant"]
    stored = web.session.post(web.url + path, files={"file": ("a.txt", b"content")}, headers=headers, timeout=30)
    assert stored.status_code == 202, stored.text
    path = "/api/blockchain/complaints/city/7001/events/e1/"
    filed = web.session.put(web.url + path, json=FILED, headers=authorizations["service"], timeout=30)
    assert filed.status_code == 201, filed.text
    wait_until(lambda: all(part["up"] for part in web.health(staff).values()), what="all components are up", seconds=60)
    known = {"evidence_id": stored.json()["id"], "later": int(time.time()) + 86_400}
    filled = tmp_path / CONFIGURATION.name
    # Numbers without quotes.
    text = CONFIGURATION.read_text().replace('"$later"', "$later")
    filled.write_text(Template(text).safe_substitute(known, tracking_id=report.tracking_id))
    return filled


@pytest.mark.faults
def test_schema__requests_by_each_caller__answered_as_it_says(
    web: Web, authorizations: dict[str, dict[str, str]], configuration: Path, tmp_path: Path
) -> None:
    wrong = []
    for caller, headers in authorizations.items():
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={configuration}",
            "run",
            str(SCHEMA),
            f"--url={web.url}",
            f"--seed={SEED}",
            f"--max-examples={EXAMPLES}",
            "--no-color",
            *(f"--header={name}: {value}" for name, value in headers.items()),
        ]
        done = subprocess.run(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            wrong.append(f"as {caller}:\n{done.stdout}")
    assert not wrong, "\n".join(wrong)
