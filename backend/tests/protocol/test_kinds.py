"""The table of kinds, against the contract's own words."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.protocol.kinds import ENTRIES, KINDS, WITH_PAYLOAD, Data, EventType, Role, Status, is_entry, kind_of
from blockchain.protocol.lifecycle import first_unlawful, status_after, transition

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
INTERFACE = (CONTRACTS / "interfaces" / "IComplaintRegistry.sol").read_text()


def enum_names(name: str) -> list[str]:
    """The members of an enum of the interface, in order."""
    body = re.search(rf"enum {name} \{{(.*?)\}}", INTERFACE, re.DOTALL)
    assert body is not None
    return re.findall(r"^\s*([A-Z_]+),?\s*(?://.*)?$", body[1], re.MULTILINE)


def test_event_type__names_and_numbers__are_the_contracts() -> None:
    assert [each.name for each in EventType] == enum_names("EventType")
    assert [each.value for each in EventType] == list(range(16))


def test_status__names_and_numbers__are_the_contracts() -> None:
    assert [each.name for each in Status] == enum_names("Status")
    assert [each.value for each in Status] == list(range(5))


def test_kinds__each_number__is_its_index() -> None:
    assert [kind.event_type for kind in KINDS] == list(EventType)
    assert all(kind_of(each).event_type is each for each in EventType)


@pytest.mark.parametrize("number", [-1, 16, 255])
def test_kind_of__no_kind__raises(number: int) -> None:
    with pytest.raises(IndexError):
        kind_of(number)


def test_is_entry__breaches_and_objections__are_none() -> None:
    assert set(EventType) - ENTRIES == {EventType.ESCALATED, EventType.OBJECTED}
    assert [is_entry(each) for each in EventType] == [each in ENTRIES for each in EventType]


def test_kinds__roles__are_those_of_the_specification() -> None:
    by_role = {role: {kind.event_type.name for kind in KINDS if kind.role is role} for role in Role}
    assert by_role[Role.INTAKE] == {"CREATED"}
    assert by_role[Role.SLA_MANAGER] == {"SLA_DEADLINE_SET", "SLA_PAUSED", "SLA_RESUMED"}
    assert by_role[Role.ANYONE] == {"ESCALATED"}
    assert by_role[Role.COMPLAINANT] == {"OBJECTED"}


def test_with_payload__all_but_the_clock_and_breaches() -> None:
    assert set(EventType) - WITH_PAYLOAD == {
        EventType.SLA_DEADLINE_SET,
        EventType.SLA_PAUSED,
        EventType.SLA_RESUMED,
        EventType.ESCALATED,
    }
    assert kind_of(EventType.SLA_DEADLINE_SET).data is Data.DEADLINE


SEQUENCES = st.lists(st.sampled_from(sorted(ENTRIES)), max_size=8)


@given(st.sampled_from(Status), SEQUENCES)
def test_first_unlawful__any_sequence__is_where_the_status_ends(status: Status, event_types: list[EventType]) -> None:
    index = first_unlawful(status, event_types)
    lawful = event_types if index is None else event_types[:index]
    reached = status_after(status, lawful)
    if index is not None:
        assert transition(reached, event_types[index]) is None
        with pytest.raises(ValueError, match=f"{reached.name} forbids {event_types[index].name}"):
            status_after(status, event_types)
