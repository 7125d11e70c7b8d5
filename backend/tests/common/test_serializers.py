"""What serializers of the API share: nothing unknown, and text that can be stored, shown and committed to."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from blockchain.common.serializers import ChoiceField, StrictSerializer, TextField
from blockchain.common.text import is_seen, turns_direction


class Filing(StrictSerializer):
    title = TextField(max_length=20)
    story = TextField(multiline=True, required=False, trim_whitespace=False)
    kind = ChoiceField(choices=["light", "road"], required=False)
    number = serializers.IntegerField(read_only=True)


def errors_of(data: Any) -> dict[str, list[str]]:
    checked = Filing(data=data)
    assert not checked.is_valid()
    return {name: [str(each) for each in errors] for name, errors in checked.errors.items()}


def test_strict_serializer__known_fields__are_taken_as_they_were_sent() -> None:
    body = {"title": " Dark ", "story": "one\r\n\ttwo", "kind": "light"}
    checked = Filing(data=body)
    assert checked.is_valid(), checked.errors
    assert checked.validated_data == body


def test_strict_serializer__unknown_and_read_only_fields__are_refused_by_name() -> None:
    assert errors_of({"title": "Dark", "colour": 1, "number": 5}) == {
        "colour": ["Unknown field."],
        "number": ["Unknown field."],
    }


def test_strict_serializer__own_reason__is_told() -> None:
    class Choosy(Filing):
        def refusal(self, name: str) -> str:
            return f"{name} is not for you."

    checked = Choosy(data={"title": "Dark", "colour": 1})
    assert not checked.is_valid()
    assert checked.errors == {"colour": ["colour is not for you."]}


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_strict_serializer__no_object__is_refused(data: Any) -> None:
    assert not Filing(data=data).is_valid()


@given(st.text(min_size=1, max_size=20), st.booleans())
def test_text_field__any_text__is_kept_unless_part_of_it_misleads(text: str, multiline: bool) -> None:
    field = TextField(multiline=multiline)
    control = {each for each in text if unicodedata.category(each) == "Cc"} - set("\n\r\t" if multiline else "")
    surrogate = any(unicodedata.category(each) == "Cs" for each in text)
    misleads = not any(map(is_seen, text)) or turns_direction(text)
    if control or surrogate or misleads or not text.strip():
        with pytest.raises(serializers.ValidationError):
            field.run_validation(text)
    else:
        assert field.run_validation(text) == text


@pytest.mark.parametrize("value", [5, 1.5, True, ["a"], {"a": 1}])
def test_text_field__no_text__is_not_turned_into_one(value: Any) -> None:
    assert errors_of({"title": value}) == {"title": ["Not a valid string."]}


@pytest.mark.parametrize("value", ["", " ", "\u2003", "\u00a0 "])
def test_text_field__blank__is_refused(value: str) -> None:
    assert errors_of({"title": value}) == {"title": ["This field may not be blank."]}


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\n", "\t"])
def test_text_field__control_character__is_refused(character: str) -> None:
    assert errors_of({"title": f"a{character}b"}) == {"title": ["Control characters are not allowed."]}


def test_text_field__too_long__is_refused() -> None:
    assert errors_of({"title": "a" * 21}) == {"title": ["Ensure this field has no more than 20 characters."]}


@pytest.mark.parametrize("value", ["hunter2", "", "Light", 5, None, [], {"light": 1}, True])
def test_choice_field__no_choice__is_refused_without_repeating_it(value: Any) -> None:
    (error,) = errors_of({"title": "Dark", "kind": value})["kind"]
    assert error == ("This field may not be null." if value is None else "Must be one of: light, road.")


def test_choice_field__number_for_a_choice_of_text__is_refused() -> None:
    with pytest.raises(serializers.ValidationError):
        ChoiceField(choices=[(1, "one"), ("2", "two")]).run_validation(1)
