"""The commands of docs/systems.md, each run twice with curl against a real server."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from blockchain.models import Complaint, EvidenceFile, Write
from tests.chain_fixtures import Chain
from tests.systems.conftest import token_of

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "systems.md"
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_commands__each_twice__recorded_once(
    live_server: LiveServer, chain: Chain, settings: Any, tmp_path: Path
) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    (tmp_path / "photo.jpg").write_bytes(b"a pothole")
    names, *commands = COMMANDS
    environment = {"PATH": os.environ["PATH"], "SERVER": live_server.url, "TOKEN": token_of("zammad", "zammad")}
    for command in commands:
        answers = []
        for _ in range(2):
            done = subprocess.run(
                ["bash", "-euc", names + command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            answers.append(done.stdout)
        if "-X PUT" in command and "/events/" in command:
            assert json.loads(answers[0]) == json.loads(answers[1])
    assert Complaint.objects.get().external_id == "7001"
    kinds = [write.get_event_type_display() for write in Write.objects.order_by("nonce")]
    assert kinds == ["CREATED", "ASSIGNED", "SLA_DEADLINE_SET", "COMMENTED", "EVIDENCE_ANCHORED", "RESOLVED"]
    assert EvidenceFile.objects.count() == 1
    assert json.loads((tmp_path / "trail.json").read_text())["complete"] is not False
