"""What all serializers of the API share: nothing unknown, and text that can be stored, shown and committed to."""

import unicodedata
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name, instead of ignoring them."""

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
    """Text of a person, kept as it was sent: not blank, bounded, without control characters.

    Line breaks and tabs are taken if `multiline`.
    """

    default_error_messages = {"control": "Control characters are not allowed."}

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        allowed = "\n\r\t" if self.multiline else ""
        if any(unicodedata.category(character) == "Cc" and character not in allowed for character in data):
            self.fail("control")
        return data


class ChoiceField(serializers.ChoiceField):
    """A choice whose error names the possible values, and does not repeat what was sent."""

    default_error_messages = {"invalid_choice": "Must be one of: {choices}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(str(choice) for choice in self.choices))
        return data
