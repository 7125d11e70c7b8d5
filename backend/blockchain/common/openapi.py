"""What the OpenAPI schema says of errors, and of what the serializers of this project refuse."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from blockchain.common.problem_details import CONTENT_TYPE
from blockchain.common.serializers import PatternField, PlainField, StrictSerializer, TextField
from blockchain.common.text import BLANK, DIRECTION

# As JSON Schema reads patterns (ECMA-262, with Unicode).
SEEN = r"(?![{blank}])[\p{{L}}\p{{N}}\p{{P}}\p{{S}}]"
CONTROL = r"\u0000-\u001f\u007f-\u009f"
CONTROL_BUT_LINES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
# Of every operation: something that the server needs is down.
UNAVAILABLE = 503
# The web server itself refuses these, before it is known which operation is meant.
TOO_LONG = {
    414: OpenApiResponse(description="The URL is longer than the server reads (4,094 bytes)."),
    431: OpenApiResponse(description="A header is longer than the server reads (8,190 bytes)."),
}


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Unknown fields are refused."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, **self.target.rules, "additionalProperties": False}


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text by a person."""

    target_class = TextField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": text_pattern(multiline=self.target.multiline)}


class PlainSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text by a machine, or a secret."""

    target_class = PlainField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": r"^[^\u0000]*$"}


class PatternSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text of one form."""

    target_class = PatternField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "pattern": f"^(?:{self.target.pattern})$"}


def text_pattern(*, multiline: bool) -> str:
    """What `TextField` accepts: something that can be seen, without control characters or changes of direction."""
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
    field = serializers.CharField(help_text="Name of the field; empty if the whole body is meant.")
    message = serializers.CharField()


class ValidationProblemSerializer(ProblemSerializer):
    def get_fields(self) -> dict[str, Any]:
        errors = FieldErrorSerializer(many=True, required=False, help_text="What is wrong, field by field.")
        return {**super().get_fields(), "errors": errors}


class TransitionProblemSerializer(ProblemSerializer):
    def get_fields(self) -> dict[str, Any]:
        states = {
            "from": serializers.CharField(required=False, help_text="The report's status, if it is the reason."),
            "to": serializers.CharField(required=False, help_text="The requested status."),
        }
        return {**super().get_fields(), **states}


BODIES: dict[int, type[ProblemSerializer]] = {400: ValidationProblemSerializer, 409: TransitionProblemSerializer}


def problems(*statuses: int, any_type: bool = False) -> dict[int | tuple[int, str], OpenApiResponse]:
    """The responses of an operation to what it refuses, problem details; with those that every operation has.

    `any_type`: it answers in its own type, whatever the request accepts.
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
                allow_null=True, help_text="Number of items on all pages; null if `cursor` is used."
            ),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True, help_text="Null if `cursor` is used."),
            "results": serializer_class(many=True),
        },
    )
