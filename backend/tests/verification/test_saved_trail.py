"""A saved audit trail, checked without the backend by the verifier of receipts."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from blockchain.protocol import hashing
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.saved_trail import content_of, trail_verdict
from tests.verification.conftest import PHOTO

Trail = dict[str, Any]


@pytest.fixture
def trail(lived: IssueReport, trail_of: Callable[[IssueReport], Trail]) -> Trail:
    return trail_of(lived)


def test_saved_trail__true__is_proved_with_all_that_it_opens_and_its_file(chain: Chain, trail: Trail) -> None:
    verdict = trail_verdict(chain, trail, files={"photo.jpg": PHOTO})
    assert verdict["verdict"] == "PROVED"
    assert len(verdict["timeline"]) == trail["total_events"]
    opened = {each["sequence"] for each in trail["events"] if each["payload"] is not None}
    assert {sequence for sequence, code in content_of(verdict).items() if code == "opened"} == opened
    assert trail_verdict(chain, trail, files={"photo.jpg": PHOTO + b"."})["verdict"] != "PROVED"


def test_saved_trail__write_that_waits__changes_nothing(
    chain: Chain, lived: IssueReport, complainant: User, trail_of: Callable[[IssueReport], Trail]
) -> None:
    services.report_update(report_id=lived.pk, by=complainant, status="in_progress")
    assert trail_verdict(chain, trail_of(lived))["verdict"] == "PROVED"


def test_saved_trail__last_event_cut_off__is_not_complete(chain: Chain, trail: Trail) -> None:
    verdict = trail_verdict(chain, trail | {"events": trail["events"][:-1]})
    assert verdict["verdict"] == "UNKNOWN"
    assert any(each["id"].startswith("more@") for each in verdict["statements"])


def _altered(event: Trail) -> list[tuple[str, Any]]:
    flipped = hashing.hex0x(bytes(each ^ 1 for each in hashing.unhex(event["data"])))
    changes = [("data", flipped), ("block_timestamp", event["block_timestamp"] - 1), ("actor", "0x" + "11" * 20)]
    if event["payload"] is not None:
        changes += [("payload", event["payload"] | {"by": "somebody else"}), ("salt", flipped)]
    return changes


def test_saved_trail__each_altered_event__is_never_proved_with_what_was_altered(chain: Chain, trail: Trail) -> None:
    true = trail_verdict(chain, trail)
    for index, event in enumerate(trail["events"]):
        for member, value in _altered(event):
            changed = copy.deepcopy(trail)
            changed["events"][index][member] = value
            verdict = trail_verdict(chain, changed)
            if member in ("payload", "salt"):
                # It opens nothing any more, and says so.
                assert content_of(verdict)[event["sequence"]] == "not-disclosed"
                assert content_of(true)[event["sequence"]] == "opened"
            else:
                assert verdict["verdict"] == "CONTRADICTED", (index, member)
