"""Progress of a complaint's writes, read from the database without querying the chain."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.audit_trail import EntryQuerySerializer
from blockchain.api.views import ComplaintView
from blockchain.chain.artifact import ArtifactError, deployment
from blockchain.common.openapi import problems
from blockchain.common.serializers import query_valid
from blockchain.models import ChainState, Complaint, Write
from blockchain.protocol.clock import NEVER
from blockchain.protocol.kinds import EventType, Status
from blockchain.verdict import VERIFIED, verdict_of
from blockchain.verification.audit_trail import Page


class WriteErrorSerializer(serializers.Serializer):
    code = serializers.CharField(source="error_code")
    detail = serializers.SerializerMethodField(help_text="Staff only.")

    def get_detail(self, write: Write) -> str | None:
        return write.error_detail if getattr(self.context["user"], "is_staff", False) else None


class WriteSerializer(serializers.ModelSerializer):
    """One write: a link of the complaint's chain, or one that has not landed yet."""

    nonce = serializers.IntegerField(
        help_text="Number of recorders' links before this one; fixed when the write was accepted."
    )
    event_type = serializers.SerializerMethodField()
    data = serializers.CharField(  # type: ignore[assignment]  # REST framework takes fields off the class
        help_text="The entry's commitment, its deadline, or zero."
    )
    error = serializers.SerializerMethodField()
    tx_hash = serializers.SerializerMethodField()
    actor = serializers.SerializerMethodField(
        help_text="Address of the officer who signs it; null for the operator's own writes."
    )
    given_up_reason = serializers.SerializerMethodField(
        help_text="Why the write was given up and is now a note; null if it was not."
    )

    class Meta:
        model = Write
        fields = [
            "nonce",
            "event_type",
            "state",
            "sequence",
            "data",
            "actor",
            "tx_hash",
            "block_number",
            "timestamp",
            "gas_used",
            "effective_gas_price",
            "attempts",
            "next_attempt_at",
            "error",
            "given_up_reason",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=[kind.name for kind in EventType]))
    def get_event_type(self, write: Write) -> str:
        return EventType(write.event_type).name

    @extend_schema_field(WriteErrorSerializer(allow_null=True))
    def get_error(self, write: Write) -> dict[str, Any] | None:
        return WriteErrorSerializer(write, context=self.context).data if write.error_code else None

    def get_tx_hash(self, write: Write) -> str | None:
        return write.tx_hash or None

    def get_actor(self, write: Write) -> str | None:
        return write.actor or None

    def get_given_up_reason(self, write: Write) -> str | None:
        return None if write.given_up is None else str(write.given_up["reason"])


class SLASerializer(serializers.Serializer):
    """The clock as last read from the chain."""

    deadline = serializers.DateTimeField(
        allow_null=True, help_text="Null while the clock is paused, or if no deadline is set."
    )
    remaining_seconds = serializers.IntegerField(allow_null=True, help_text="Null unless the clock is paused.")
    paused = serializers.BooleanField()
    escalated = serializers.BooleanField()
    level = serializers.IntegerField()
    escalations = serializers.IntegerField(help_text="Number of missed deadlines on record.")
    last_escalated_at = serializers.DateTimeField(allow_null=True)
    promised_deadline = serializers.DateTimeField(
        allow_null=True, help_text="The last deadline that was set, whether or not it is on the chain yet."
    )


class ChainStatusSerializer(serializers.Serializer):
    tracking_id = serializers.CharField()
    complaint_id = serializers.CharField()
    blockchain_verified = serializers.BooleanField(help_text=VERIFIED)
    frozen_reason = serializers.CharField(
        allow_null=True, help_text="Why nothing can currently be recorded; null if it can."
    )
    objections = serializers.IntegerField(help_text="Number of the complainant's objections on the chain.")
    sla = SLASerializer()
    total_transactions = serializers.IntegerField(help_text="Number of writes on the complaint.")
    next_after = serializers.IntegerField(
        allow_null=True, help_text="`after` for the next writes; null if this response has the last ones."
    )
    transactions = WriteSerializer(many=True, help_text="The writes, in the order of their nonces.")


class StatusView(ComplaintView):
    """A complaint's writes and its SLA clock."""

    @extend_schema(
        tags=["blockchain"],
        summary="Check how much of a complaint is on the chain",
        description="Reads the cache, so it works while the chain is unavailable; for proof, get the audit trail. Each "
        "response has a limited number of writes; `next_after` leads to the rest, and all other fields are about the "
        "whole complaint.",
        parameters=[EntryQuerySerializer],
        responses={200: ChainStatusSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        page = Page(**query_valid(EntryQuerySerializer, request))
        # Nonces are 0, 1, 2 and so on.
        writes = complaint.writes.filter(nonce__gte=page.after).order_by("nonce")[: page.limit]
        state: ChainState = getattr(complaint, "chain_state", None) or ChainState()
        body = {
            "tracking_id": complaint.external_id,
            "complaint_id": complaint.complaint_id,
            "blockchain_verified": verdict_of(complaint).verified,
            "frozen_reason": complaint.frozen_reason or None,
            "objections": state.objections,
            "sla": _sla(state=state, promised=_promised(complaint)),
            "total_transactions": complaint.next_nonce,
            "next_after": page.following(total=complaint.next_nonce),
            "transactions": writes,
        }
        return Response(ChainStatusSerializer(body, context={"user": request.user}).data)


def _promised(complaint: Complaint) -> int | None:
    """The last deadline that was set, in Unix seconds; None if none was set."""
    last = complaint.writes.filter(event_type=EventType.SLA_DEADLINE_SET).order_by("-nonce").first()
    return None if last is None else int(last.data, 16)


def _sla(*, state: ChainState, promised: int | None) -> dict[str, Any]:
    runs = state.status == Status.OPEN
    return {
        "deadline": _time(state.sla_deadline) if runs and state.sla_deadline != NEVER else None,
        "remaining_seconds": None if runs else state.sla_deadline or None,
        "paused": state.status == Status.ON_HOLD,
        "escalated": state.escalations > 0,
        "level": _level(state.escalations),
        "escalations": state.escalations,
        "last_escalated_at": _time(state.last_escalated_at),
        "promised_deadline": _time(promised),
    }


def _time(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _level(escalations: int) -> int:
    try:
        return min(escalations, deployment().rules.max_escalation_level)
    except ArtifactError:
        # The status comes from the cache, so it also works without an artifact.
        return escalations
