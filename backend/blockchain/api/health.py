"""The health page over HTTP, for monitors and staff."""

from typing import Any

from django.core.cache import cache
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.common.openapi import problems
from blockchain.common.views import RegistryView
from blockchain.health.alarms import alarms_log
from blockchain.health.component import Component
from blockchain.health.report import health_report

# Anyone may request the page, and each report takes several queries to the node.
CACHE_KEY = "blockchain-health"
CACHE_SECONDS = 2


class ComponentSerializer(serializers.Serializer):
    """Staff see more members: measurements, problems and remedies."""

    up = serializers.BooleanField()


class HealthSerializer(serializers.Serializer):
    chain = ComponentSerializer()
    contract = ComponentSerializer()
    relay = ComponentSerializer()
    indexer = ComponentSerializer()
    storage = ComponentSerializer()


class HealthView(RegistryView):
    """Whether each component is up; details for staff only."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="blockchain_health",
        tags=["blockchain"],
        summary="Check whether every component is up",
        description="Anonymous callers and complainants see only `up` of each component.",
        responses={
            200: HealthSerializer,
            503: OpenApiResponse(HealthSerializer, "At least one component is down."),
            **problems(401),
        },
    )
    def get(self, request: Request) -> Response:
        staff = getattr(request.user, "is_staff", False)  # a project's user model may lack it
        report = _measured() if staff else _up_or_down()
        return Response(report, status=200 if all(component["up"] for component in report.values()) else 503)


def _up_or_down() -> dict[str, dict[str, Any]]:
    report: dict[str, dict[str, Any]] | None = cache.get(CACHE_KEY)
    if report is None:
        report = {name: {"up": component["up"]} for name, component in _measured().items()}
        cache.set(CACHE_KEY, report, CACHE_SECONDS)
    return report


def _measured() -> dict[str, Component]:
    report = health_report()
    alarms_log(report)
    return report
