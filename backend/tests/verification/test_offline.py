"""A saved audit trail, checked without the backend."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.verification import offline
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.verification.conftest import FILED, PHOTO

Trail = dict[str, Any]
Change = Callable[[Trail], Any]


@pytest.fixture
def trail(lived: IssueReport, trail_of: Callable[[IssueReport], Trail]) -> Trail:
    return trail_of(lived)


@pytest.fixture
def saved(trail: Trail, tmp_path: Path) -> Path:
    path = tmp_path / "trail.json"
    path.write_text(json.dumps(trail))
    return path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, in a process that knows neither Django's settings nor the backend's packages."""
    code = (
        "import sys\n"
        "for name in ('django', 'web3', 'rest_framework', 'requests'): sys.modules[name] = None\n"
        "from blockchain.verification.offline import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    backend = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=backend, env={}, capture_output=True, text=True, check=False)


def test_main__true_trail__ok_with_and_without_a_node(chain: Chain, saved: Path) -> None:
    alone, with_node = run(saved), run(saved, "--rpc", chain.anvil.url)
    assert (alone.returncode, with_node.returncode) == (0, 0), alone.stdout + with_node.stdout + with_node.stderr
    assert alone.stdout.startswith("OK")
    assert "against the contract" in with_node.stdout


def test_main__as_a_module__runs(saved: Path) -> None:
    backend = Path(__file__).parents[2]
    command = [sys.executable, "-m", "blockchain.verification.offline", str(saved)]
    assert subprocess.run(command, cwd=backend, env={}, capture_output=True, check=False).returncode == 0


def test_main__evidence_file__found_or_not(saved: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(PHOTO)
    assert run(saved, "--file", photo).returncode == 0
    photo.write_bytes(PHOTO[:-1] + b"x")
    refused = run(saved, "--file", photo)
    assert refused.returncode == 1
    assert "photo.png" in refused.stdout


def test_main__later_events_on_the_chain__still_ok(chain: Chain, trail: Trail, saved: Path) -> None:
    complaint_id = trail["complaint_id"]
    nonce = chain.registry.complaints([complaint_id])[complaint_id].nonce
    chain.write("logComplaintEvent", hashing.unhex(complaint_id), EventType.REOPENED, bytes(31) + b"\x01", nonce)
    assert run(saved, "--rpc", chain.anvil.url).returncode == 0


def test_main__write_that_waits__checked_too(chain: Chain, lived: IssueReport, complainant: User, trail_of) -> None:
    report = services.report_create(user=complainant, **FILED)
    land(chain)
    services.comment_create(report_id=report.pk, author=complainant, text="Any news?")
    waiting = trail_of(report)
    assert offline.trail_problems(waiting) == []
    waiting["pending"][0]["payload"]["by"] = "somebody else"
    (problem,) = offline.trail_problems(waiting)
    assert problem.startswith("pending 1 (COMMENTED): payload or salt")


def test_main__cut_trail_that_is_consistent__only_the_chain_tells(chain: Chain, trail: Trail, tmp_path: Path) -> None:
    cut = copy.deepcopy(trail)
    cut["events"].pop()
    cut["total_events"] -= 1
    told = offline.timeline_of(cut)
    assert told.folded is not None
    cut["head"], cut["state"] = hashing.hex0x(told.folded.head), cut["events"][-1]["state"]
    cut["clock_stops"] = told.stops
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(cut))
    assert run(path).returncode == 0
    refused = run(path, "--rpc", chain.anvil.url)
    assert refused.returncode == 1
    counts = f"eventCount of the contract is {trail['total_events']}, the trail's events give {cut['total_events']}"
    assert counts in refused.stdout


def test_main__node_that_does_not_answer__not_checked(saved: Path) -> None:
    refused = run(saved, "--rpc", "http://127.0.0.1:1")
    assert refused.returncode == 2
    assert refused.stdout.startswith("not checked")


def test_main__node_of_another_chain__not_checked(saved: Path) -> None:
    from tests.anvil import Anvil

    other = Anvil("--chain-id", "4711")
    try:
        refused = run(saved, "--rpc", other.url)
    finally:
        other.stop()
    assert refused.returncode == 2
    assert "chain 4711" in refused.stdout


def test_main__packages_missing__says_in_one_line_what_to_install(saved: Path) -> None:
    # -S: a Python without any installed packages.
    command = [sys.executable, "-S", "-m", "blockchain.verification.offline", str(saved)]
    backend = Path(__file__).parents[2]
    refused = subprocess.run(command, cwd=backend, env={}, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (2, "")
    assert refused.stdout == (
        "not checked: No module named 'rfc8785'; "
        "install the packages: pip install eth-abi 'eth-hash[pycryptodome]' rfc8785\n"
    )


def test_main__no_such_file__is_named(saved: Path, tmp_path: Path) -> None:
    for arguments in ([tmp_path / "none"], [saved, "--file", tmp_path / "none"]):
        refused = run(*arguments)
        assert (refused.returncode, refused.stderr) == (2, "")
        assert refused.stdout == f"not checked: {tmp_path / 'none'} can't be read: No such file or directory\n"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"events": {}}', '{"events": [1]}', "nonsense"])
def test_main__no_trail__not_checked_or_fails_without_a_traceback(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trail.json"
    path.write_text(content)
    refused = run(path)
    assert refused.returncode in (1, 2)
    assert refused.stderr == ""


def event(trail: Trail, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in trail["events"] if each["event_type"] == kind)
    return found


CHANGES: dict[str, Change] = {
    "payload": lambda trail: event(trail, "COMMENTED")["payload"].update(by="somebody else"),
    "payload of evidence": lambda trail: event(trail, "EVIDENCE_ANCHORED")["payload"].update(name="other.png"),
    "salt": lambda trail: event(trail, "COMMENTED").update(salt="0x" + "00" * 32),
    "salt lost": lambda trail: event(trail, "COMMENTED").update(salt=None),
    "data": lambda trail: event(trail, "COMMENTED").update(data="0x" + "00" * 32),
    "data cut": lambda trail: event(trail, "SLA_DEADLINE_SET").update(data="0x01"),
    "event type": lambda trail: event(trail, "REJECTED").update(event_type="RESOLVED"),
    "unknown event type": lambda trail: event(trail, "REJECTED").update(event_type="FORGIVEN"),
    "actor": lambda trail: event(trail, "CREATED").update(actor="0x" + "11" * 20),
    "block time": lambda trail: event(trail, "CREATED").update(block_timestamp=1),
    "time": lambda trail: event(trail, "CREATED").update(timestamp="2020-01-01T00:00:00Z"),
    "nonce": lambda trail: event(trail, "COMMENTED").update(nonce=77),
    "nonce of an escalation": lambda trail: event(trail, "ESCALATED").update(nonce=1),
    "deadline": lambda trail: event(trail, "SLA_DEADLINE_SET")["decoded"].update(deadline=1),
    "remaining": lambda trail: event(trail, "SLA_PAUSED")["decoded"].update(seconds_left=1),
    "resumed": lambda trail: event(trail, "SLA_RESUMED")["decoded"].update(deadline=-1),
    "level": lambda trail: event(trail, "ESCALATED")["decoded"].update(level=2),
    "decoded lost": lambda trail: event(trail, "ESCALATED").update(decoded=None),
    "status after an event": lambda trail: event(trail, "CREATED")["state"].update(status="CLOSED"),
    "deadline after an event": lambda trail: event(trail, "CREATED")["state"].update(sla_deadline=1),
    "status": lambda trail: trail["state"].update(status="OPEN"),
    "witnessed": lambda trail: event(trail, "CREATED").update(witnessed=False),
    "recorded after": lambda trail: event(trail, "CREATED").update(recorded_after=-1),
    "what was given up": lambda trail: event(trail, "NOTED")["given_up"].update(event_type="RESOLVED"),
    "payload that was given up": lambda trail: event(trail, "NOTED")["given_up"]["payload"].update(by="somebody"),
    "hold shortened": lambda trail: trail["clock_stops"][0].update(seconds=77_777),
    "hold hidden": lambda trail: trail["clock_stops"].pop(0),
    "file hash": lambda trail: event(trail, "EVIDENCE_ANCHORED")["evidence"].update(file_hash="00" * 32),
    "cid": lambda trail: event(trail, "EVIDENCE_ANCHORED")["evidence"].update(ipfs_cid="bafy"),
    "size": lambda trail: event(trail, "EVIDENCE_ANCHORED")["evidence"].update(size=1),
    "name": lambda trail: event(trail, "EVIDENCE_ANCHORED")["evidence"].update(name="other.png"),
    "evidence lost": lambda trail: event(trail, "EVIDENCE_ANCHORED").update(evidence=None),
    "event removed": lambda trail: trail["events"].pop(4),
    "last event removed": lambda trail: trail["events"].pop(),
    "events exchanged": lambda trail: trail["events"].insert(3, trail["events"].pop(4)),
    "event doubled": lambda trail: trail["events"].insert(3, trail["events"][3]),
    "head": lambda trail: trail.update(head="0x" + "00" * 22),
    "genesis": lambda trail: trail.update(genesis="0x" + "00" * 22),
    "default deadline": lambda trail: trail.update(default_sla=1),
    "total": lambda trail: trail.update(total_events=1),
    "tracking id": lambda trail: trail.update(tracking_id="000000000000"),
    "complaint id": lambda trail: trail.update(complaint_id="0x" + "00" * 32),
    "complaint salt": lambda trail: trail.update(complaint_salt="0x" + "00" * 32),
    "complainant": lambda trail: trail.update(complainant="0x" + "11" * 20),
    "complainant lost": lambda trail: trail.update(complainant=None),
}


def test_trail_problems__each_altered_value__found(trail: Trail) -> None:
    assert offline.trail_problems(trail) == []
    for name, change in CHANGES.items():
        altered = copy.deepcopy(trail)
        change(altered)
        assert offline.trail_problems(altered), name


@pytest.mark.parametrize("change", [{"chain_id": 1}, {"contract": "0x" + "11" * 20}])
def test_main__trail_of_another_deployment__the_chain_tells(
    chain: Chain, trail: Trail, tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(trail | change))
    assert run(path, "--rpc", chain.anvil.url).returncode == 2
