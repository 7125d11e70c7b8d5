"""JSON that every implementation reads alike, and nothing else."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from blockchain.common.parsers import MAX_INTEGER, BodyTooLarge, JSONParser

texts = st.text(max_size=10)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-float(MAX_INTEGER), float(MAX_INTEGER))
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
few = hypothesis_settings(max_examples=20)


def parsed(body: bytes | str) -> Any:
    return JSONParser().parse(io.BytesIO(body.encode() if isinstance(body, str) else body))


@few
@given(values, st.booleans())
def test_parse__json_of_any_value__is_the_value(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    expected = value if ascii_only else json.loads(body)
    assert parsed(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "{'a': 1}",
        '{"a": 1,}',
        "[1] [2]",
        "NaN",
        "[Infinity]",
        '{"a": -Infinity}',
        "01",
        "+1",
        ".5",
        '"a\nb"',
        "// none\n1",
        b"\xff\xfe1\x00",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf1",
    ],
)
def test_parse__what_is_no_json__is_refused(body: bytes | str) -> None:
    with pytest.raises(ParseError) as raised:
        parsed(body)
    assert str(raised.value.detail) == "The request body is not valid JSON."


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_parse__nested_too_deep__is_refused(opening: str) -> None:
    with pytest.raises(ParseError, match="not valid JSON"):
        parsed(opening * 100_000)


@pytest.mark.parametrize("body", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "a": 3}}]', '{"\\u0061": 1, "a": 2}'])
def test_parse__key_twice_in_an_object__is_refused(body: str) -> None:
    with pytest.raises(ParseError, match="differently: an object has a duplicate key"):
        parsed(body)


def test_parse__same_key_in_two_objects__is_taken() -> None:
    assert parsed('{"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}') == {"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}


@few
@given(st.integers(MAX_INTEGER + 1, 10**400), st.sampled_from(["", "-"]), st.sampled_from(["", ".0", "e0", "E1"]))
def test_parse__number_beyond_2_53__is_refused(number: int, sign: str, ending: str) -> None:
    # As floats, 2^53 + 1 is 2^53 already.
    number += 1 if ending else 0
    with pytest.raises(ParseError, match="differently: a number is beyond 2\\^53"):
        parsed(f'{{"a": [{sign}{number}{ending}]}}')


DIGITS = ["9" * 5_000_000, "-" + "1" * 4_301, "1e999999999"]


@pytest.mark.parametrize("text", DIGITS, ids=["many", "more than Python reads", "infinite"])
def test_parse__number_that_takes_long_to_read__is_refused_at_once(settings: Any, text: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
    with pytest.raises(ParseError, match="beyond 2"):
        parsed(text)


@pytest.mark.parametrize(("size", "taken"), [(9, True), (10, True), (11, False), (500, False)])
def test_parse__body_of_any_size__is_bounded(settings: Any, size: int, taken: bool) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    stream = io.BytesIO(b'"' + b"a" * (size - 2) + b'"')
    if taken:
        assert len(JSONParser().parse(stream)) == size - 2
        return
    with pytest.raises(BodyTooLarge) as raised:
        JSONParser().parse(stream)
    assert raised.value.status_code == 413
    assert str(raised.value.detail) == "The request body is larger than 10 bytes."
    # What is too large is not even read.
    assert stream.tell() == 11
