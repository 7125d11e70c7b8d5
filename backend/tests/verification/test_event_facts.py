"""What is said of one event, and where cache and chain differ."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.protocol.hashing import word
from blockchain.protocol.kinds import KINDS, Data, EventType
from blockchain.protocol.links import Breach, Link, breach_data
from blockchain.verification.event_facts import (
    FIELDS,
    IDENTIFYING,
    data_of,
    decoded,
    differences,
    event_type_name,
    facts_of,
    link_of,
)
from tests.protocol.links import links, words
from tests.verification.lists import event_of

few = settings(max_examples=20)
uint32 = st.integers(0, 2**32 - 1)
LINK = Link("0x" + "11" * 32, 5, 3, "0x" + "22" * 20, 9, word(7), "0x" + "33" * 32, 8, "0x" + "44" * 32, 2)
# A value that the link has not, for each field.
ALTERED: dict[str, Any] = {
    "complaint_id": "0x" + "99" * 32,
    "sequence": 6,
    "event_type": 4,
    "actor": "0x" + "99" * 20,
    "timestamp": 10,
    "data": word(8),
    "tx_hash": "0x" + "99" * 32,
    "block_number": 9,
    "block_hash": "0x" + "99" * 32,
    "log_index": 3,
}


@few
@given(links)
def test_facts_of__row_and_link__say_the_same(link: Link) -> None:
    assert facts_of(event_of(link)) == facts_of(link)
    assert differences(event_of(link), link) == []


def test_facts__fields__are_all_of_a_link() -> None:
    assert set(FIELDS) == set(Link._fields) == set(ALTERED)


@pytest.mark.parametrize("field", FIELDS)
def test_differences__one_field_was_altered__names_it_and_both_values(field: str) -> None:
    (said,) = differences(event_of(LINK, **{field: ALTERED[field]}), LINK)
    shown = {"event_type": ("RESOLVED", "COMMENTED")}.get(field, (str(ALTERED[field]), str(getattr(LINK, field))))
    assert said == f"{field}: the cache says {shown[0]}, the chain {shown[1]}"


def test_differences__very_long_value__is_shown_in_part() -> None:
    (said,) = differences(event_of(LINK, data="x" * 10_000), LINK)
    assert said == f"data: the cache says {'x' * 80}, the chain {LINK.data}"


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "complaint_id"])
def test_link_of__any_one_field_was_altered__is_found_all_the_same(field: str) -> None:
    neighbour = LINK._replace(sequence=6, log_index=3, data=word(8))
    assert link_of(event_of(LINK, **{field: ALTERED[field]}), [neighbour, LINK]) == LINK


def test_link_of__nothing_alike__none() -> None:
    assert link_of(event_of(LINK), []) is None
    assert link_of(event_of(LINK), [LINK._replace(complaint_id="0x" + "99" * 32)]) is None
    assert link_of(event_of(LINK), [LINK._replace(sequence=6, log_index=3)]) is None


@few
@given(links, st.lists(links, max_size=3), st.sampled_from(IDENTIFYING))
def test_link_of__among_any_others__the_most_alike(link: Link, others: list[Link], field: str) -> None:
    # Two links of one transaction share neither their place nor their sequence.
    near = link._replace(**{name: ALTERED[name] for name in IDENTIFYING if name != field})
    found = link_of(event_of(link), [*others, near, link])
    assert found is not None
    assert all(getattr(found, name) == getattr(link, name) for name in IDENTIFYING)


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_data_of__each_kind__is_the_declared_one(number: int) -> None:
    assert data_of(number) is KINDS[number].data
    assert event_type_name(number) == EventType(number).name


@pytest.mark.parametrize("number", [-1, 16, 10**9])
def test_data_of__no_kind__none_and_shown_as_its_number(number: int) -> None:
    assert data_of(number) is None
    assert event_type_name(number) == str(number)
    assert decoded(number, word(7)) is None


@few
@given(st.integers(0, 255), uint32, uint32)
def test_decoded__breach__is_what_it_was_made_of(level: int, missed: int, following: int) -> None:
    data = breach_data(Breach(level=level, missed=missed, next=following))
    assert decoded(EventType.ESCALATED, data) == {"level": level, "missed": missed, "next": following}


@few
@given(uint32)
def test_decoded__clock__is_a_deadline_or_the_seconds_left(number: int) -> None:
    assert decoded(EventType.SLA_DEADLINE_SET, word(number)) == {"deadline": number}
    assert decoded(EventType.SLA_RESUMED, word(number)) == {"deadline": number}
    assert decoded(EventType.SLA_PAUSED, word(number)) == {"seconds_left": number}


@few
@given(st.sampled_from([kind.event_type for kind in KINDS if kind.data is Data.PAYLOAD]), words)
def test_decoded__commitment__says_nothing(event_type: EventType, data: str) -> None:
    assert decoded(event_type, data) is None


@pytest.mark.parametrize("event_type", [kind.event_type for kind in KINDS if kind.data is not Data.PAYLOAD])
@pytest.mark.parametrize("data", ["", "0x", "0xzz", "text"])
def test_decoded__altered_row__says_nothing(event_type: EventType, data: str) -> None:
    assert decoded(event_type, data) is None
