"""What the OpenAPI schema says of errors."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from blockchain.common.problem_details import CONTENT_TYPE


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


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The problem-details responses of an operation."""
    return {
        (status, CONTENT_TYPE): OpenApiResponse(BODIES.get(status, ProblemSerializer), HTTPStatus(status).phrase)
        for status in statuses
    }


def paginated(serializer_class: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """One page of a list."""
    name = f"{serializer_class.__name__.removesuffix('Serializer')}Page"
    return inline_serializer(  # type: ignore[return-value]
        name,
        {
            "count": serializers.IntegerField(help_text="Number of items on all pages."),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer_class(many=True),
        },
    )
