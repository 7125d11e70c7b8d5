"""Does the report say what was committed to? Payloads folded in their order, without a database."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.models import Write
from blockchain.protocol.kinds import EventType, Status
from blockchain.verification.records import Known
from blockchain.verification.report_match import Mismatch, Own, report_mismatches
from tests.protocol.contract_model import MOVES
from tests.verification.lists import changing, landed, write_new

FIELDS = {"status": "pending", "priority": "normal", "title": "Dark"}
STATUS = {
    EventType.SLA_PAUSED: "on_hold",
    EventType.SLA_RESUMED: "in_progress",
    EventType.RESOLVED: "resolved",
    EventType.CLOSED: "closed",
}
OF_LINK = {EventType.CREATED: tuple(FIELDS), EventType.STATUS_UPDATED: ("status", "priority")}


def own(**fields: Any) -> Own:
    return Own(fields=FIELDS | fields, status_of_link=STATUS, fields_of_link=OF_LINK)


def created(**fields: Any) -> Write:
    return changing(EventType.CREATED, **FIELDS | fields)


def found(writes: list[Write], *, waiting: list[Write] | None = None, **fields: Any) -> list[tuple[Any, ...]]:
    """Field, what the report says, what was recorded, and whether there is a reason."""
    mismatches = report_mismatches(own=own(**fields), records=landed(*writes), waiting=list(map(Known, waiting or [])))
    return [(each.field, each.report, each.recorded, bool(each.reason)) for each in mismatches]


@pytest.mark.parametrize("field", FIELDS)
def test_report_mismatches__field_of_the_report_was_altered__is_named_with_both_values(field: str) -> None:
    assert found([created()]) == []
    assert found([created()], **{field: "other"}) == [(field, "other", FIELDS[field], False)]


def test_report_mismatches__nothing_recorded__every_field() -> None:
    assert found([]) == [(name, value, None, False) for name, value in FIELDS.items()]


changes = st.dictionaries(st.sampled_from(["priority", "title", "colour"]), st.sampled_from("abc"), min_size=1)
lawful = st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 6, 7]), changes, st.booleans()), max_size=8)


@settings(max_examples=25)
@given(lawful, st.sampled_from([None, "priority", "title"]))
def test_report_mismatches__any_lawful_changes__the_last_of_each_field_counts(
    calls: list[tuple[int, dict[str, str], bool]], altered: str | None
) -> None:
    status, said = int(Status.OPEN), dict(FIELDS)
    writes, waiting = [created()], list[Write]()
    for kind, changed, is_waiting in calls:
        following = MOVES[kind].get(status)
        if following is None:
            continue
        status = following
        said |= {name: value for name, value in changed.items() if name in FIELDS}
        # What waits comes after all that landed.
        (waiting if is_waiting or waiting else writes).append(changing(EventType(kind), **changed))
    if altered:
        said[altered] = "altered"
    expected = {altered} if altered else set()
    assert {each[0] for each in found(writes, waiting=waiting, **said)} == expected


def test_report_mismatches__clock__stands_for_a_status() -> None:
    held = [created(), write_new(EventType.SLA_PAUSED)]
    assert found(held, status="on_hold") == []
    assert found(held) == [("status", "pending", "on_hold", False)]
    assert found([*held, write_new(EventType.SLA_RESUMED)], status="in_progress") == []
    assert found([created()], waiting=[write_new(EventType.SLA_PAUSED)], status="on_hold") == []


@pytest.mark.parametrize("event_type", [EventType.NOTED, EventType.ERASED])
def test_report_mismatches__note_or_erasure__changes_no_field(event_type: EventType) -> None:
    assert found([created(), changing(event_type, title="other")]) == []


@pytest.mark.parametrize(
    ("event_type", "data"), [(EventType.ESCALATED, 1 << 64), (EventType.OBJECTED, 7), (EventType.SLA_DEADLINE_SET, 5)]
)
def test_report_mismatches__link_that_is_no_change__says_nothing_of_the_report(
    event_type: EventType, data: int
) -> None:
    records = landed(created(), write_new(event_type, data=f"0x{data:064x}"))
    if event_type is not EventType.SLA_DEADLINE_SET:
        records[1].known = None
    assert report_mismatches(own=own(), records=records, waiting=[]) == []


def test_report_mismatches__reserved_for_an_officer__counts_once_it_is_signed() -> None:
    entry = changing(EventType.STATUS_UPDATED, priority="high")
    entry.state = Write.State.RESERVED
    assert found([created()], waiting=[entry]) == []
    entry.state = Write.State.PENDING
    assert found([created()], waiting=[entry], priority="high") == []


@pytest.mark.parametrize("alter", ["salt", "data", "payload"])
def test_report_mismatches__payload_does_not_match_its_commitment__its_fields_are_in_doubt(alter: str) -> None:
    update = changing(EventType.STATUS_UPDATED, priority="high")
    records = landed(created(), update)
    if alter == "data":
        records[1].facts = replace(records[1].facts, data="0x" + "99" * 32)
    elif alter == "salt":
        update.salt = "0x" + "06" * 32
    else:
        update.payload = {**update.payload, "by": "somebody else"}
    mismatches = report_mismatches(own=own(priority="high"), records=records, waiting=[])
    assert [(each.field, each.recorded) for each in mismatches] == [("priority", "high"), ("payload", None)]
    assert mismatches[0].reason == "the payload of STATUS_UPDATED (2) does not match its commitment"
    assert mismatches[1].reason == "the payload of STATUS_UPDATED (2) is not known"
    # A later change of the field says what it is; that a payload of ours is lost stays.
    records = [*records, *landed(changing(EventType.STATUS_UPDATED, priority="low"))]
    later = report_mismatches(own=own(priority="low"), records=records, waiting=[])
    assert [each.field for each in later] == ["payload"]


def test_report_mismatches__record_of_the_write_is_lost__is_said() -> None:
    records = landed(created(), changing(EventType.STATUS_UPDATED, priority="high"))
    records[1].known = None
    (said,) = report_mismatches(own=own(), records=records, waiting=[])
    assert said == Mismatch(
        field="payload", report=None, recorded=None, reason="the payload of STATUS_UPDATED (2) is not known"
    )


@pytest.mark.parametrize("payload", [[], "text", 5, {"changes": [1]}, {"changes": {"priority": "high"}}, {}])
def test_report_mismatches__payload_of_another_form__breaks_nothing(payload: Any) -> None:
    update = write_new(EventType.STATUS_UPDATED, payload=payload)
    assert {each[0] for each in found([created(), update])} <= {"payload"}


def imported(event_type: EventType) -> Write:
    """A link of another system's, whose payload is not known here."""
    return write_new(event_type, imported=True, data="0x" + "77" * 32, salt="")


def test_report_mismatches__link_of_another_system__its_fields_are_in_doubt_until_set_anew() -> None:
    links = [created(), imported(EventType.STATUS_UPDATED)]
    assert found(links) == [("status", "pending", "pending", True), ("priority", "normal", "normal", True)]
    links.append(changing(EventType.STATUS_UPDATED, priority="low"))
    assert found(links, priority="low") == [("status", "pending", "pending", True)]
    links.append(write_new(EventType.SLA_PAUSED))
    assert found(links, priority="low", status="on_hold") == []


def test_report_mismatches__resolution_by_another_system__stands_for_its_status() -> None:
    assert found([created(), imported(EventType.RESOLVED)], status="resolved") == []
    assert found([created(), imported(EventType.COMMENTED)]) == []


def note(*disowned: int, **columns: Any) -> Write:
    return write_new(EventType.NOTED, payload={"type": "NOTED", "disowned": list(disowned)}, **columns)


def test_report_mismatches__disowned_links__change_nothing_and_neither_does_what_undoes_them() -> None:
    stolen = [imported(EventType.RESOLVED), imported(EventType.CLOSED)]
    undone = changing(EventType.REOPENED, priority="high")
    links = [created(), *stolen, note(2, 3), undone]
    assert found(links) == []
    assert found(links, status="closed") == [("status", "closed", "pending", False)]
    # From there on, what is lawful counts again.
    assert found([*links, changing(EventType.STATUS_UPDATED, priority="low")], priority="low") == []


def test_report_mismatches__note_that_waits__disowns_as_well() -> None:
    assert found([created(), imported(EventType.RESOLVED)], waiting=[note(2)]) == []


def test_report_mismatches__note_that_does_not_match_its_commitment__disowns_nothing() -> None:
    links = [created(), changing(EventType.STATUS_UPDATED, priority="high")]
    altered = note(2)
    altered.payload["disowned"].append(1)
    assert ("priority", "high", "high", False) not in found([*links, altered], priority="high")
    assert [each[0] for each in found([*links, altered])] == ["priority"]
