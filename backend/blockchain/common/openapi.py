"""Adds errors, and the rules of this project's serializers, to the OpenAPI schema."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from blockchain.common.problem_details import CONTENT_TYPE
from blockchain.common.serializers import PatternField, PlainField, StrictSerializer, TextField
from blockchain.common.text import BLANK, DIRECTION

# Patterns for JSON Schema (ECMA-262, with Unicode).
SEEN = r"(?![{blank}])[\p{{L}}\p{{N}}\p{{P}}\p{{S}}]"
CONTROL = r"\u0000-\u001f\u007f-\u009f"
CONTROL_BUT_LINES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
# A response of every operation, for when a component that the server needs is down.
UNAVAILABLE = 503
# The web server itself refuses these requests, before they reach an operation.
TOO_LONG = {
    414: OpenApiResponse(description="The request line is longer than 4,094 bytes."),
    431: OpenApiResponse(description="A header is longer than 8,190 bytes."),
}


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Serializers that refuse unknown fields."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, **self.target.rules, "additionalProperties": False}


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text that a person wrote."""

    target_class = TextField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": text_pattern(multiline=self.target.multiline)}


class PlainSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text that a machine made, or a secret."""

    target_class = PlainField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": r"^[^\u0000]*$"}


class PatternSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text that matches a pattern."""

    target_class = PatternField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": f"^(?:{self.target.pattern})$"}


def text_pattern(*, multiline: bool) -> str:
    """The pattern of `TextField`: some visible character, no control characters, no changes of direction."""
    allowed = f"[^{CONTROL_BUT_LINES if multiline else CONTROL}{_escaped(DIRECTION)}]*"
    return f"^{allowed}{SEEN.format(blank=_escaped(BLANK))}{allowed}$"


def _escaped(characters: frozenset[str]) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in sorted(characters))


class ProblemSerializer(serializers.Serializer):
    """Problem details, RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The requested path.")


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Name of the field; empty if the error is about the whole body.")
    message = serializers.CharField()


class ValidationProblemSerializer(ProblemSerializer):
    def get_fields(self) -> dict[str, Any]:
        errors = FieldErrorSerializer(many=True, required=False, help_text="The errors, by field.")
        return {**super().get_fields(), "errors": errors}


class TransitionProblemSerializer(ProblemSerializer):
    def get_fields(self) -> dict[str, Any]:
        states = {
            "from": serializers.CharField(required=False, help_text="The current status, if it forbids the request."),
            "to": serializers.CharField(
                required=False, help_text="The requested status, or the refused action or kind of event."
            ),
        }
        numbers = {
            "expected": serializers.IntegerField(required=False, help_text="The number of the next objection."),
            "given": serializers.IntegerField(required=False, help_text="The number that was sent."),
        }
        return {**super().get_fields(), **states, **numbers}


BODIES: dict[int, type[ProblemSerializer]] = {400: ValidationProblemSerializer, 409: TransitionProblemSerializer}


def problems(*statuses: int, any_type: bool = False) -> dict[int | tuple[int, str], OpenApiResponse]:
    """The error responses of an operation, including those that every operation has.

    `any_type`: the operation ignores `Accept`, so it has no 406.
    """
    found: dict[int | tuple[int, str], OpenApiResponse] = {
        (status, CONTENT_TYPE): OpenApiResponse(BODIES.get(status, ProblemSerializer), HTTPStatus(status).phrase)
        for status in sorted({*statuses, UNAVAILABLE, *([] if any_type else [406])})
    }
    return found | TOO_LONG


def paginated(serializer_class: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """One page of a list."""
    name = f"{serializer_class.__name__.removesuffix('Serializer')}Page"
    return inline_serializer(  # type: ignore[return-value]
        name,
        {
            "count": serializers.IntegerField(
                allow_null=True, help_text="Number of items on all pages; null with `cursor`."
            ),
            "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last one."),
            "previous": serializers.URLField(
                allow_null=True, help_text="The page before; null on the first one, and always with `cursor`."
            ),
            "results": serializer_class(many=True),
        },
    )
