"""How far a report's writes have come, as the database knows it: a cache, which asks no chain."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction, SLATracker
from report.models import IssueReport
from report.selectors import report_visible
from report_hub.openapi import problems


class WriteErrorSerializer(serializers.Serializer):
    code = serializers.CharField(source="error_code")
    detail = serializers.SerializerMethodField(help_text="Staff only.")

    def get_detail(self, write: BlockchainTransaction) -> str | None:
        return write.error_detail if self.context["user"].is_staff else None


class WriteSerializer(serializers.ModelSerializer):
    """One write: a link of the complaint's chain, or on its way to become one."""

    event_type = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    tx_hash = serializers.SerializerMethodField()

    class Meta:
        model = BlockchainTransaction
        fields = [
            "order",
            "event_type",
            "state",
            "sequence",
            "data_hash",
            "tx_hash",
            "block_number",
            "timestamp",
            "gas_used",
            "effective_gas_price",
            "attempts",
            "next_attempt_at",
            "error",
            "superseded_reason",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=EventType.names))
    def get_event_type(self, write: BlockchainTransaction) -> str:
        return EventType(write.event_type).name

    @extend_schema_field(WriteErrorSerializer(allow_null=True))
    def get_error(self, write: BlockchainTransaction) -> dict[str, Any] | None:
        return WriteErrorSerializer(write, context=self.context).data if write.error_code else None

    def get_tx_hash(self, write: BlockchainTransaction) -> str | None:
        return write.tx_hash or None


class SLASerializer(serializers.Serializer):
    """The clock as last read from the chain."""

    deadline = serializers.DateTimeField(allow_null=True, help_text="Null while it stands, or where there is none.")
    remaining_seconds = serializers.IntegerField(allow_null=True, help_text="While it stands.")
    paused = serializers.BooleanField()
    escalated = serializers.BooleanField()
    level = serializers.IntegerField()
    last_escalated_at = serializers.DateTimeField(allow_null=True)
    promised_deadline = serializers.DateTimeField(allow_null=True, help_text="The last one asked for, landed or not.")


class ChainStatusSerializer(serializers.Serializer):
    tracking_id = serializers.CharField()
    complaint_id = serializers.CharField()
    blockchain_verified = serializers.BooleanField()
    sla = SLASerializer()
    transactions = WriteSerializer(many=True)


class ReportStatusView(APIView):
    """A report's writes and its SLA clock."""

    @extend_schema(
        operation_id="blockchain_status",
        tags=["blockchain"],
        summary="How far is this report on the chain?",
        description="From the cache, so it answers while the chain is down. Proof is in the audit trail.",
        responses={200: ChainStatusSerializer, **problems(401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = report_visible(user=caller(request), tracking_id=tracking_id)
        writes = list(report.writes.order_by("order"))
        body = {
            "tracking_id": report.tracking_id,
            "complaint_id": report.complaint_id,
            "blockchain_verified": report.blockchain_verified,
            "sla": _sla(report=report, writes=writes),
            "transactions": writes,
        }
        return Response(ChainStatusSerializer(body, context={"user": caller(request)}).data)


def _sla(*, report: IssueReport, writes: list[BlockchainTransaction]) -> dict[str, Any]:
    clock = SLATracker.objects.filter(report=report).first() or SLATracker(report=report)
    given_up = BlockchainTransaction.State.SUPERSEDED
    promises = [write.requested_deadline for write in writes if write.requested_deadline and write.state != given_up]
    return {
        "deadline": clock.deadline,
        "remaining_seconds": clock.remaining_seconds,
        "paused": clock.paused,
        "escalated": clock.level > 0,
        "level": clock.level,
        "last_escalated_at": clock.last_escalated_at,
        "promised_deadline": datetime.fromtimestamp(promises[-1], UTC) if promises else None,
    }
