"""The base of the API's serializers: they refuse unknown fields, and text that can't be stored, shown or committed
to."""

import re
import unicodedata
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from blockchain.common.text import is_seen, turns_direction

INTEGER = re.compile(r"-?[0-9]{1,20}")
# RFC 3339; the parser checks whether the day exists.
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields, and names them, instead of ignoring them."""

    # The rules of `validate` for the whole body, in JSON Schema.
    rules: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            refused = {str(name): [self.refusal(str(name))] for name in data if name not in writable}
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def refusal(self, name: str) -> str:
        """Why the field `name` is refused."""
        return "Unknown field."


class TextField(serializers.CharField):
    """Text that a person wrote, kept as it was sent: bounded, visible, without control characters, and without
    characters that change the direction of text.

    Line breaks and tabs are accepted if `multiline`.
    """

    default_error_messages = {
        "control": "Control characters are not allowed.",
        "direction": "Characters that change the direction of text are not allowed.",
        "unseen": "Must contain a visible character.",
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
        # Empty text has its own error.
        if data.strip() and not any(map(is_seen, data)):
            self.fail("unseen")
        return data


class PlainField(serializers.CharField):
    """Text that a machine made, or a secret: accepted as it is, except for NUL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class PatternField(serializers.RegexField):
    """Text that matches a pattern as a whole, and is accepted as it is."""

    default_error_messages = {"invalid": "Has the wrong format."}

    def __init__(self, pattern: str, **options: Any) -> None:
        # JSON Schema reads it the same way, except for `\Z`.
        self.pattern = pattern
        super().__init__(rf"^(?:{pattern})\Z", trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IntegerField(serializers.IntegerField):
    """A whole number that is written as such: not `2.0`, `+2` or `true`."""

    def to_internal_value(self, data: Any) -> Any:
        is_text = isinstance(data, str) and INTEGER.fullmatch(data)
        if isinstance(data, bool) or not (is_text or isinstance(data, int)):
            self.fail("invalid")
        return super().to_internal_value(data)


class TimeField(serializers.DateTimeField):
    """An RFC 3339 time, with its time zone."""

    default_error_messages = {"form": "Must be an RFC 3339 time with a time zone, such as 2026-03-01T09:30:00Z."}

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not TIME.fullmatch(value):
            self.fail("form")
        return super().to_internal_value(value.upper())


def query_valid(serializer_class: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The validated query parameters of a request. Raises `ValidationError`."""
    serializer = serializer_class(data=_query_values(request))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _query_values(request: Request) -> dict[str, str]:
    """Raises `ValidationError` for a parameter that is given twice, since servers disagree on its meaning."""
    twice = {name: ["Given more than once."] for name, values in request.query_params.lists() if len(values) > 1}
    if twice:
        raise serializers.ValidationError(twice)
    return request.query_params.dict()


class ChoiceField(serializers.ChoiceField):
    """A choice whose error names the possible values but does not repeat the value that was sent."""

    default_error_messages = {"invalid_choice": "Must be one of: {choices}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(str(choice) for choice in self.choices))
        return data
