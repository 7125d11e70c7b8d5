"""The status page of a report: its writes and its clock, from the cache."""

from datetime import UTC, datetime

import pytest

from blockchain.models import ChainState, Complaint
from blockchain.protocol.clock import NEVER
from blockchain.protocol.kinds import Status
from report import services

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def url(report) -> str:
    return f"/api/blockchain/reports/{report.tracking_id}/status/"


def state_of(report, **values) -> ChainState:
    return ChainState.objects.create(complaint=report.complaint, head="0x" + "11" * 22, **values)


def test_status__new_report__one_pending_write(url, report, complainant_client, no_network):
    body = complainant_client.get(url).json()
    assert body["tracking_id"] == report.tracking_id
    assert body["complaint_id"] == report.complaint.complaint_id
    assert (body["blockchain_verified"], body["frozen_reason"], body["objections"]) == (False, None, 0)
    assert body["sla"] == {
        "deadline": None,
        "remaining_seconds": None,
        "paused": False,
        "escalated": False,
        "level": 0,
        "escalations": 0,
        "last_escalated_at": None,
        "promised_deadline": None,
    }
    (write,) = body["transactions"]
    assert (write["nonce"], write["event_type"], write["state"], write["sequence"]) == (0, "CREATED", "pending", None)
    assert write["data"] == report.complaint.writes.get().data
    assert write.keys() >= {"block_number", "timestamp", "gas_used", "attempts", "next_attempt_at"}
    assert (write["tx_hash"], write["error"], write["given_up_reason"], write["actor"]) == (None, None, None, None)
    assert "salt" not in write


def test_status__landed_write__where_it_landed(url, report, complainant_client):
    report.complaint.writes.update(
        state="confirmed", sequence=1, tx_hash="0x" + "ab" * 32, block_number=9, timestamp=WHEN, gas_used=51_000
    )
    write = complainant_client.get(url).json()["transactions"][0]
    expected = {
        "state": "confirmed",
        "sequence": 1,
        "tx_hash": "0x" + "ab" * 32,
        "block_number": 9,
        "timestamp": "2026-01-02T03:04:05Z",
        "gas_used": 51_000,
    }
    assert expected.items() <= write.items()


def test_status__failed_write__code_for_the_owner_and_detail_for_staff(url, report, complainant_client, staff_client):
    report.complaint.writes.update(state="failed", error_code="InvalidTransition", error_detail="the detail")
    for client, detail in ((complainant_client, None), (staff_client, "the detail")):
        error = client.get(url).json()["transactions"][0]["error"]
        assert error == {"code": "InvalidTransition", "detail": detail}


def test_status__write_given_up__why(url, report, staff, complainant_client):
    services.comment_create(report_id=report.pk, author=staff, text="x")
    report.complaint.writes.filter(nonce=1).update(event_type=15, given_up={"reason": "sent twice"})
    write = complainant_client.get(url).json()["transactions"][1]
    assert (write["event_type"], write["given_up_reason"]) == ("NOTED", "sent twice")


def test_status__escalated__level_and_deadline_of_the_chain(url, report, complainant_client, deployment):
    at = int(WHEN.timestamp())
    state_of(report, status=Status.OPEN, sla_deadline=at, escalations=5, last_escalated_at=at, agrees=True)
    body = complainant_client.get(url).json()
    sla = body["sla"]
    assert (sla["deadline"], sla["last_escalated_at"]) == ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z")
    assert (sla["escalated"], sla["level"], sla["escalations"]) == (True, 3, 5)


@pytest.mark.parametrize(
    ("status", "sla_deadline", "expected"),
    [
        (Status.OPEN, 0, (None, None, False)),
        (Status.OPEN, NEVER, (None, None, False)),
        (Status.ON_HOLD, 500, (None, 500, True)),
        (Status.ON_HOLD, 0, (None, None, True)),
        (Status.RESOLVED, 500, (None, 500, False)),
        (Status.CLOSED, 1, (None, 1, False)),
    ],
)
def test_status__clock_in_each_state__deadline_or_seconds_left(
    url, report, complainant_client, status, sla_deadline, expected
):
    state_of(report, status=status, sla_deadline=sla_deadline)
    sla = complainant_client.get(url).json()["sla"]
    assert (sla["deadline"], sla["remaining_seconds"], sla["paused"]) == expected


def test_status__assigned__promises_the_deadline_before_it_lands(url, report, staff, complainant_client):
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    deadline = int(report.complaint.writes.get(nonce=2).data, 16)
    promised = complainant_client.get(url).json()["sla"]["promised_deadline"]
    assert promised == datetime.fromtimestamp(deadline, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_status__frozen__says_why(url, report, complainant_client):
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    assert complainant_client.get(url).json()["frozen_reason"] == "link 3 is not ours"


def test_status__objections__as_the_chain_has_them(url, report, complainant_client):
    state_of(report, status=Status.CLOSED, objections=2)
    assert complainant_client.get(url).json()["objections"] == 2


def test_report__chain_state__in_detail_and_list(report, complainant_client, deployment):
    detail_url = f"/api/reports/{report.tracking_id}/"
    names = ("blockchain_tx_hash", "blockchain_verified", "sla_escalated")
    for body in (
        complainant_client.get(detail_url).json(),
        complainant_client.get("/api/reports/").json()["results"][0],
    ):
        assert tuple(body[name] for name in names) == ("", False, False)
    state_of(report, status=Status.OPEN, escalations=1, agrees=True, last_tx_hash="0x" + "ab" * 32)
    for body in (
        complainant_client.get(detail_url).json(),
        complainant_client.get("/api/reports/").json()["results"][0],
    ):
        # Its state alone, without the links that it stands for, verifies nothing.
        assert tuple(body[name] for name in names) == ("0x" + "ab" * 32, False, True)


def test_status__many_writes__no_more_queries(url, report, staff, complainant_client, django_assert_max_num_queries):
    for number in range(10):
        services.comment_create(report_id=report.pk, author=staff, text=str(number))
    with django_assert_max_num_queries(4):
        assert len(complainant_client.get(url).json()["transactions"]) == 11
