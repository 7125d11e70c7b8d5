"""Payloads, version 2."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from blockchain.protocol.kinds import WITH_PAYLOAD, EventType
from blockchain.protocol.payloads import payload_new

AT = datetime(2026, 3, 1, 12, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=2)))


def test_payload_new__change__has_all_members() -> None:
    changes = {"status": ["pending", "in_progress"]}
    assert payload_new(event_type=EventType.STATUS_UPDATED, by="u1", changes=changes, occurred_at=AT) == {
        "v": 2,
        "type": "STATUS_UPDATED",
        "occurred_at": "2026-03-01T10:30:15.123Z",
        "by": "u1",
        "witnessed": True,
        "changes": changes,
    }


def test_payload_new__no_time_given__is_now() -> None:
    before = datetime.now(UTC)
    payload = payload_new(event_type=EventType.NOTED, by="u1", witnessed=False, reason="given up")
    told = datetime.fromisoformat(payload["occurred_at"])
    assert timedelta(milliseconds=-1) <= told - before <= timedelta(seconds=60)
    assert payload["witnessed"] is False
    assert payload["reason"] == "given up"
    assert "changes" not in payload


@pytest.mark.parametrize("event_type", sorted(set(EventType) - WITH_PAYLOAD))
def test_payload_new__kind_without_payload__is_refused(event_type: EventType) -> None:
    with pytest.raises(ValueError, match=f"{event_type.name} commits to no payload"):
        payload_new(event_type=event_type, by="u1")
