"""Rows that are changed past the ORM: each gets its own values, all get the shared ones, and no other row changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blockchain.indexer.states import FIELDS
from blockchain.models import ChainState, Complaint, ScanCheckpoint, ScanCursor, Write
from blockchain.models.bulk import (
    ROWS_PER_STATEMENT,
    pks_update,
    queryset_of,
    rows_update,
    values_update,
    values_upsert,
)
from blockchain.protocol.kinds import EventType, Status

AT = datetime(2026, 3, 1, 12, 30, 15, 123_456, tzinfo=UTC)
PLAIN = ("tx_hash", "log_index")


@pytest.fixture
def writes(db: None) -> list[Write]:
    """Five writes of one complaint."""
    complaint = Complaint.objects.create(complaint_id="0x1", source="test", external_id="T1", salt="0x")
    return Write.objects.bulk_create(
        Write(complaint=complaint, nonce=nonce, event_type=EventType.COMMENTED, data="0x") for nonce in range(5)
    )


def stored(*names: str) -> list[tuple[Any, ...]]:
    return list(Write.objects.order_by("nonce").values_list(*names))


def test_values_update__rows_with_own_and_shared_values__no_other_row_changes(writes: list[Write]) -> None:
    rows = [("0xa", 1, writes[3].pk), ("0xb", None, writes[1].pk)]
    values_update(Write, PLAIN, rows, state=Write.State.MINED, timestamp=AT, transaction=None)
    untouched = ("", None, "pending", None)
    assert stored(*PLAIN, "state", "timestamp") == [
        untouched,
        ("0xb", None, "mined", AT),
        untouched,
        ("0xa", 1, "mined", AT),
        untouched,
    ]


def test_values_update__values_that_a_driver_does_not_take__are_prepared(writes: list[Write]) -> None:
    odd = {"text": 'it\'s 100 % \\ "Ä"', "list": [1, None, True]}
    rows = [
        (AT, odd, writes[0].pk),
        (AT, None, writes[1].pk),
        (None, {}, writes[2].pk),
        (AT + timedelta(days=1), odd, writes[3].pk),
    ]
    values_update(Write, ("timestamp", "payload"), rows)
    assert stored("timestamp", "payload") == [*[row[:2] for row in rows], (None, None)]


@pytest.mark.parametrize("odd", ["it's", '"', "\\", "%s", "%", "Ä\U0001f600", ";--", "", " a "])
def test_values_update__text_that_is_no_sql__is_stored_as_it_is(writes: list[Write], odd: str) -> None:
    values_update(Write, ("error_detail",), [(odd, writes[0].pk), ("plain", writes[1].pk)], error_code=odd)
    assert stored("error_detail", "error_code")[:3] == [(odd, odd), ("plain", odd), ("", "")]


def test_values_update__shared_json__is_the_same_in_every_row(writes: list[Write]) -> None:
    values_update(Write, ("log_index",), [(1, writes[0].pk), (2, writes[1].pk)], given_up={"reason": "50 %"})
    assert stored("log_index", "given_up")[:3] == [(1, {"reason": "50 %"}), (2, {"reason": "50 %"}), (None, None)]


def test_values_update__nothing__changes_nothing(writes: list[Write]) -> None:
    values_update(Write, PLAIN, [], state=Write.State.FAILED)
    assert stored("state") == [("pending",)] * 5


def test_values_update__row_that_is_not_there__is_passed_over(writes: list[Write]) -> None:
    values_update(Write, PLAIN, [("0xa", 1, writes[0].pk), ("0xb", 2, 10**9)])
    assert stored(*PLAIN) == [("0xa", 1)] + [("", None)] * 4


def test_values_update__more_than_a_statement_takes__each_has_its_own(db: None) -> None:
    number = 2 * ROWS_PER_STATEMENT + 1
    cursor = ScanCursor.objects.create(chain_id=1, address="0x", block_number=0, block_hash="0x")
    made = ScanCheckpoint.objects.bulk_create(
        ScanCheckpoint(cursor=cursor, block_number=each, block_hash="0x") for each in range(number)
    )
    rows = [(f"0x{each.block_number:x}", each.pk) for each in made]
    values_update(ScanCheckpoint, ("block_hash",), rows, cursor=cursor.pk)
    found = ScanCheckpoint.objects.order_by("block_number").values_list("block_hash", flat=True)
    assert list(found) == [f"0x{each:x}" for each in range(number)]


def test_rows_update__fields_of_objects__and_no_others(writes: list[Write]) -> None:
    first, second = writes[:2]
    first.tx_hash, first.timestamp, first.nonce = "0xa", AT, 77
    second.tx_hash, second.payload = "0xb", {"v": 2}
    rows_update([first, second], ["tx_hash", "timestamp", "payload", "complaint"])
    assert stored("nonce", "tx_hash", "timestamp", "payload")[:3] == [
        (0, "0xa", AT, None),
        (1, "0xb", None, {"v": 2}),
        (2, "", None, None),
    ]
    rows_update([], ["tx_hash"])


def test_pks_update__keys__those_rows_alone(writes: list[Write]) -> None:
    assert pks_update(Write, [writes[0].pk, writes[4].pk, 10**9], state=Write.State.SENT, attempts=3) == 2
    assert stored("state", "attempts") == [("sent", 3), *[("pending", 0)] * 3, ("sent", 3)]
    assert pks_update(Write, [], state=Write.State.FAILED) == 0
    assert pks_update(Write, range(1, 40_000), attempts=4) == 5


def test_queryset_of__numbers_in_a_column__are_found_among_thousands(writes: list[Write]) -> None:
    found = queryset_of(Write, [*range(3, 40_000)], column="nonce").filter(state="pending").order_by("nonce")
    assert [each.nonce for each in found] == [3, 4]
    # The column is of the table itself, also where another one is joined that has the name.
    assert queryset_of(Write, [writes[2].pk]).select_related("complaint").get().nonce == 2


def test_queryset_of__what_is_no_number__is_refused(writes: list[Write]) -> None:
    keys: list[Any] = ["1) OR (1=1"]
    with pytest.raises(ValueError, match="invalid literal"):
        queryset_of(Write, keys)


def test_values_upsert__new_and_known_rows__are_as_given(db: None) -> None:
    known = ChainState.objects.create(complaint_id="0xa", head="0x1", event_count=5, sla_deadline=9, agrees=True)
    rows = [
        ("0xb", 1, "0x2", 0, int(Status.OPEN), 0, 0, None, "", False, None),
        ("0xa", 6, "0x3", 8, int(Status.CLOSED), 2, 1, 77, "0x7", False, None),
    ]
    values_upsert(ChainState, FIELDS, rows)
    values_upsert(ChainState, FIELDS, [])
    found = ChainState.objects.order_by("-complaint_id").values_list("complaint_id", *FIELDS[1:])
    assert list(found) == rows
    assert known.pk == "0xa"
