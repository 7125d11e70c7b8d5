"""`blockchain_verified` means one thing wherever it is said: complete, as recorded, and nothing failed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework.test import APIClient

from blockchain.models import ChainEvent, ChainState, Complaint, EvidenceFile, Write
from blockchain.protocol.kinds import EventType
from blockchain.verdict import verdict_of
from report import services
from report.models import IssueReport
from tests.verification.test_tampering import altered, altered_report

STATE, KIND = Write.State, EventType

# What is altered, how, and what the verdict says of it.
DAMAGE: dict[str, tuple[Callable[[], QuerySet[Any]], dict[str, Any], str]] = {
    "a write that failed": (
        lambda: Write.objects.filter(event_type=KIND.COMMENTED),
        {"state": STATE.FAILED, "error_code": "InvalidTransition"},
        "failed: COMMENTED (InvalidTransition)",
    ),
    "frozen": (Complaint.objects.all, {"frozen_reason": "link 9 is not ours"}, "frozen: link 9 is not ours"),
    "not compared": (ChainState.objects.all, {"agrees": False}, "differ from the contract"),
    "state": (ChainState.objects.all, {"status": 1}, "do not add up to the state"),
    "payload": (
        lambda: Write.objects.filter(event_type=KIND.COMMENTED),
        {"payload": {"type": "COMMENTED", "text": "no"}},
        "COMMENTED (5): payload",
    ),
    "evidence": (EvidenceFile.objects.all, {"name": "other.png"}, "EVIDENCE_ANCHORED (6): evidence: name"),
    "link": (lambda: ChainEvent.objects.filter(sequence=2), {"timestamp": 1}, "do not add up to the state"),
    "salt of the id": (Complaint.objects.all, {"salt": "0x" + "11" * 32}, "complaint_id does not belong"),
}


@pytest.fixture
def said(lived: IssueReport, complainant_client: APIClient, staff_client: APIClient) -> Callable[[], set[bool]]:
    """What list, report and status say, to complainant and staff."""

    def ask() -> set[bool]:
        answers = set()
        for client in (complainant_client, staff_client):
            (listed,) = client.get("/api/reports/").json()["results"]
            detail = client.get(f"/api/reports/{lived.tracking_id}/").json()
            status = client.get(f"/api/blockchain/reports/{lived.tracking_id}/status/").json()
            answers |= {body["blockchain_verified"] for body in (listed, detail, status)}
        return answers

    return ask


def reasons(report: IssueReport) -> str:
    return "; ".join(verdict_of(Complaint.objects.get(pk=report.complaint_id)).reasons)


def test_blockchain_verified__whole_life__true_everywhere(lived: IssueReport, said: Callable[[], set[bool]]) -> None:
    assert reasons(lived) == ""
    assert said() == {True}


def test_blockchain_verified__anything_wrong__false_everywhere_with_a_reason(
    lived: IssueReport, said: Callable[[], set[bool]]
) -> None:
    for name, (rows, changes, reason) in DAMAGE.items():
        with altered(rows(), **changes):
            assert said() == {False}, name
            assert reason in reasons(lived), name
    assert said() == {True}


@pytest.mark.parametrize(("field", "value"), [("issue_title", "Nothing"), ("status", "pending")])
def test_blockchain_verified__report_altered__false_and_names_the_field(
    lived: IssueReport, said: Callable[[], set[bool]], field: str, value: str
) -> None:
    altered_report(**{field: value})
    assert said() == {False}
    assert reasons(lived) == f"the report differs from what was recorded: {field}"


def test_blockchain_verified__link_missing__false(lived: IssueReport, said: Callable[[], set[bool]]) -> None:
    ChainEvent.objects.filter(sequence=4).delete()
    assert said() == {False}
    assert "links are missing" in reasons(lived)


def test_blockchain_verified__another_write_waits__still_true(
    lived: IssueReport, staff: Any, said: Callable[[], set[bool]]
) -> None:
    services.report_update(report_id=lived.pk, by=staff, status="in_progress")
    assert Write.objects.filter(state=STATE.PENDING).count() == 1
    assert said() == {True}


def test_blockchain_verified__nothing_landed_yet__false(report: IssueReport) -> None:
    assert reasons(report) == "nothing has been read from the chain yet"
