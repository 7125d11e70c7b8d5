"""The status page of a report: its writes and its clock, from the cache."""

from datetime import UTC, datetime

import pytest

from blockchain.models import SLATracker


@pytest.fixture
def url(report) -> str:
    return f"/api/blockchain/reports/{report.tracking_id}/status/"


def test_status__new_report__pending_writes_and_the_promise(url, report, complainant_client, no_network):
    body = complainant_client.get(url).json()
    assert body["tracking_id"] == report.tracking_id
    assert body["complaint_id"] == report.complaint_id
    assert body["blockchain_verified"] is False
    promised = report.writes.get(order=2).requested_deadline
    assert body["sla"] == {
        "deadline": None,
        "remaining_seconds": None,
        "paused": False,
        "escalated": False,
        "level": 0,
        "last_escalated_at": None,
        "promised_deadline": datetime.fromtimestamp(promised, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    events = [(write["event_type"], write["state"], write["sequence"]) for write in body["transactions"]]
    assert events == [("CREATED", "pending", None), ("SLA_DEADLINE_SET", "pending", None)]
    for write in body["transactions"]:
        assert write.keys() >= {"tx_hash", "block_number", "timestamp", "gas_used", "error", "attempts"}
        assert write["tx_hash"] is None
        assert write["error"] is None
        assert "salt" not in write


def test_status__landed_write__where_it_landed(url, report, complainant_client):
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    report.writes.filter(order=1).update(
        state="confirmed", sequence=1, tx_hash="0x" + "ab" * 32, block_number=9, timestamp=when, gas_used=51_000
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
    report.writes.filter(order=1).update(state="failed", error_code="InvalidTransition", error_detail="the detail")
    for client, detail in ((complainant_client, None), (staff_client, "the detail")):
        error = client.get(url).json()["transactions"][0]["error"]
        assert error == {"code": "InvalidTransition", "detail": detail}


def test_status__escalated__level_and_deadline_of_the_chain(url, report, complainant_client):
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    SLATracker.objects.create(report=report, deadline=when, level=2, last_escalated_at=when)
    sla = complainant_client.get(url).json()["sla"]
    assert (sla["deadline"], sla["escalated"], sla["level"]) == ("2026-01-02T03:04:05Z", True, 2)


def test_status__superseded_deadline__promises_nothing(url, report, complainant_client):
    report.writes.filter(order=2).update(state="superseded")
    assert complainant_client.get(url).json()["sla"]["promised_deadline"] is None


def test_status__many_writes__no_more_queries(url, report, staff, complainant_client, django_assert_max_num_queries):
    from report.services import comment_create

    for number in range(10):
        comment_create(report_id=report.pk, author=staff, text=str(number))
    with django_assert_max_num_queries(4):
        assert len(complainant_client.get(url).json()["transactions"]) == 12
