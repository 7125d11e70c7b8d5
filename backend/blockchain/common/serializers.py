"""What all serializers of the API share: no unknown fields, and only text that can be stored, shown and committed
to."""

import re
import unicodedata
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from blockchain.common.text import is_seen, turns_direction

INTEGER = re.compile(r"-?[0-9]{1,20}")
# RFC 3339; whether there is such a day is for the parser.
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name, instead of ignoring them."""

    # What `validate` asks of the whole, in the words of JSON Schema.
    rules: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            refused = {str(name): [self.refusal(str(name))] for name in data if name not in writable}
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def refusal(self, name: str) -> str:
        """Why the field `name` is not taken."""
        return "Unknown field."


class TextField(serializers.CharField):
    """Text by a person, kept as it was sent: not blank, bounded, seen, read in the order it is written in,
    and without control characters.

    Line breaks and tabs are taken if `multiline`.
    """

    default_error_messages = {
        "control": "Control characters are not allowed.",
        "direction": "Characters that change the direction of text are not allowed.",
        "unseen": "Must contain something that can be seen.",
    }

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        allowed = "\n\r\t" if self.multiline else ""
        if any(unicodedata.category(character) == "Cc" and character not in allowed for character in data):
            self.fail("control")
        if turns_direction(data):
            self.fail("direction")
        # An empty text has an error of its own.
        if data.strip() and not any(map(is_seen, data)):
            self.fail("unseen")
        return data


class PlainField(serializers.CharField):
    """Text that nobody words, or a secret: taken as it is, but for NUL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class PatternField(serializers.RegexField):
    """Text that matches a pattern from its beginning to its end, and is taken as it is."""

    default_error_messages = {"invalid": "Not of the form that it must have."}

    def __init__(self, pattern: str, **options: Any) -> None:
        # As JSON Schema reads it too, but for `\Z`.
        self.pattern = pattern
        super().__init__(rf"^(?:{pattern})\Z", trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IntegerField(serializers.IntegerField):
    """A whole number that is written as one: not `2.0`, `+2` or `true`."""

    def to_internal_value(self, data: Any) -> Any:
        is_text = isinstance(data, str) and INTEGER.fullmatch(data)
        if isinstance(data, bool) or not (is_text or isinstance(data, int)):
            self.fail("invalid")
        return super().to_internal_value(data)


class TimeField(serializers.DateTimeField):
    """A time of RFC 3339, with its zone."""

    default_error_messages = {"form": "Must be a time of RFC 3339 with a time zone, such as 2026-03-01T09:30:00Z."}

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not TIME.fullmatch(value):
            self.fail("form")
        return super().to_internal_value(value.upper())


def query_valid(serializer_class: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The valid parameters of a request's query. Raises `ValidationError`."""
    serializer = serializer_class(data=_query_values(request))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _query_values(request: Request) -> dict[str, str]:
    """Raises `ValidationError` for a parameter that is given twice: servers read that differently."""
    twice = {name: ["Given more than once."] for name, values in request.query_params.lists() if len(values) > 1}
    if twice:
        raise serializers.ValidationError(twice)
    return request.query_params.dict()


class ChoiceField(serializers.ChoiceField):
    """A choice whose error names the possible values, and does not repeat what was sent."""

    default_error_messages = {"invalid_choice": "Must be one of: {choices}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(str(choice) for choice in self.choices))
        return data
