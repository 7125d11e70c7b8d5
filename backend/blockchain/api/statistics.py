"""The public figures about all complaints over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.common.openapi import problems
from blockchain.common.views import RegistryView
from blockchain.statistics.counting import COUNTED
from blockchain.statistics.published import COMPLETE, NOT_COMPARED, NOT_COMPLETE, statistics_published


class CountsField(serializers.DictField):
    """Numbers by name."""

    child = serializers.IntegerField(min_value=0)


class StatisticsBlockSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    hash = serializers.CharField()
    time = serializers.IntegerField(allow_null=True, help_text="Unix seconds; null while the node is unavailable.")


class CompletenessSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(
        choices=[COMPLETE, NOT_COMPLETE, NOT_COMPARED],
        help_text="Whether the filings are those that the contract commits to, and all entries were compared with it.",
    )
    reason = serializers.CharField(allow_blank=True)


class MonthSerializer(serializers.Serializer):
    missed = CountsField(help_text="Deadlines whose miss was recorded, by escalation level.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**{name: serializers.IntegerField(min_value=0) for name in COUNTED.values()}, **super().get_fields()}


class StatisticsSerializer(serializers.Serializer):
    chain_id = serializers.IntegerField()
    contract = serializers.CharField(help_text="Address, lower case.")
    block = StatisticsBlockSerializer(help_text="The block of the figures.")
    completeness = CompletenessSerializer()
    filed = serializers.IntegerField(min_value=0)
    registry_chain = serializers.CharField(help_text="The hash over all filings in their order, 27 bytes of hex.")
    statuses = CountsField(help_text="Complaints by status.")
    overdue = CountsField(
        allow_null=True,
        help_text="Complaints past a deadline whose miss is not recorded yet, by escalation level; null while the node "
        "is unavailable.",
    )
    months = serializers.DictField(child=MonthSerializer(), help_text="By month (UTC), such as 2026-11.")


class StatisticsView(RegistryView):
    """Figures that contain no personal data. Everyone gets the same."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="blockchain_statistics",
        tags=["blockchain"],
        summary="Count the complaints by month and level",
        description="Filed, resolved and overdue complaints of the contract, from the events that were read. The "
        "filings are compared with the contract's own commitment to them. `verifier/statistics.py` counts the same "
        "from any node, without this server.",
        responses={200: StatisticsSerializer, **problems(503)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        published = statistics_published()
        headers = {"Cache-Control": f"public, max-age={published.max_age}"}
        return Response(published.figures, headers=headers)
