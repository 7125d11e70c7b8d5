"""Rows that go past the ORM arrive as they were, on every database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.models import ChainEvent
from blockchain.models.bulk import ROWS_PER_LITERAL, are_plain, rows_insert_new
from blockchain.protocol.links import Link

LINK = Link("0x11", 1, 0, "0x22", 5, "0x33", "0x44", 7, "0x55", 0)


def stored() -> list[tuple[Any, ...]]:
    return list(ChainEvent.objects.order_by("complaint_id", "sequence").values_list(*Link._fields))


@pytest.mark.parametrize("odd", ["it's", '"', "\\", "%s", "Ä", "a b", ";--"])
def test_rows_insert_new__text_that_is_no_sql__is_stored_as_it_is(db: None, odd: str) -> None:
    links = [LINK, LINK._replace(sequence=2, data=odd)]
    assert not are_plain(links)
    rows_insert_new(ChainEvent, Link._fields, links)
    assert stored() == links


def test_rows_insert_new__more_than_a_statement_takes__are_all_there_once(db: None) -> None:
    links = [LINK._replace(sequence=number) for number in range(1, 2 * ROWS_PER_LITERAL + 7)]
    assert are_plain(links)
    rows_insert_new(ChainEvent, Link._fields, links[10:])
    rows_insert_new(ChainEvent, Link._fields, links)
    assert stored() == links


def test_rows_insert_new__link_that_is_there__stays_as_it_is(db: None) -> None:
    rows_insert_new(ChainEvent, Link._fields, [LINK])
    rows_insert_new(ChainEvent, Link._fields, [LINK._replace(data="0x99")])
    rows_insert_new(ChainEvent, Link._fields, [])
    assert stored() == [LINK]


values = st.integers() | st.text() | st.booleans() | st.none() | st.floats() | st.binary()


@given(st.lists(st.tuples(values, values), min_size=1, max_size=4))
def test_are_plain__any_rows__only_if_each_value_is_sql_as_it_is(rows: list[tuple[Any, Any]]) -> None:
    columns = list(zip(*rows, strict=True))
    plain = all(
        all(type(value) is int for value in column)
        or all(type(value) is str and value.isascii() and (value.isalnum() or not value) for value in column)
        for column in columns
    )
    assert are_plain(rows) == plain
