"""A report's audit trail over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain.enums import EventType
from blockchain.verification.audit_trail import audit_trail
from report.selectors import report_visible
from report_hub.openapi import problems


class TrailBlockSerializer(serializers.Serializer):
    """Up to this block events were read; the contract is asked at it."""

    number = serializers.IntegerField()
    hash = serializers.CharField()


class TrailMismatchSerializer(serializers.Serializer):
    field = serializers.CharField()
    report = serializers.JSONField(allow_null=True, help_text="What the report says.")
    recorded = serializers.JSONField(allow_null=True, help_text="What was committed to last.")
    reason = serializers.CharField(allow_blank=True)


class TrailEvidenceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    ipfs_cid = serializers.CharField()
    cid_parameters = serializers.JSONField()
    file_hash = serializers.CharField(help_text="SHA-256, hex.")
    evidence_hash = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    media_type = serializers.CharField()
    name = serializers.CharField()


class TrailPendingSerializer(serializers.Serializer):
    """A write that is not among the events (yet)."""

    order = serializers.IntegerField()
    event_type = serializers.ChoiceField(choices=EventType.names)
    state = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    superseded_reason = serializers.CharField(allow_null=True)
    data_hash = serializers.CharField(allow_null=True)
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    evidence = TrailEvidenceSerializer(allow_null=True)
    requested_deadline = serializers.IntegerField(allow_null=True, help_text="Unix seconds.")
    created_at = serializers.DateTimeField()


class TrailEventSerializer(serializers.Serializer):
    """One link of the complaint's chain."""

    sequence = serializers.IntegerField()
    event_type = serializers.ChoiceField(choices=EventType.names)
    actor = serializers.CharField()
    timestamp = serializers.CharField(allow_null=True, help_text="Time of the block, RFC 3339.")
    block_timestamp = serializers.IntegerField(help_text="The same in Unix seconds, as hashed into the link.")
    tx_hash = serializers.CharField()
    block_number = serializers.IntegerField()
    block_hash = serializers.CharField()
    log_index = serializers.IntegerField()
    data_hash = serializers.CharField()
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    arguments = serializers.JSONField(help_text="Of links that the contract makes: deadline, remaining, level, ...")
    evidence = TrailEvidenceSerializer(allow_null=True)
    verified_on_chain = serializers.BooleanField(allow_null=True, help_text="Null: the chain can't be asked now.")
    problem = serializers.CharField(allow_null=True, help_text="What differs.")


class AuditTrailSerializer(serializers.Serializer):
    """All that is needed to do the check again without this backend.

    `head` after each event is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp,
    dataHash)))`, from `bytes22(keccak256(abi.encode(chain_id, contract)))` on; `data_hash` is
    `keccak256(salt || JCS(payload))`.
    """

    tracking_id = serializers.CharField()
    complaint_id = serializers.CharField()
    complaint_salt = serializers.CharField()
    chain_id = serializers.IntegerField()
    contract = serializers.CharField()
    head = serializers.CharField(allow_null=True, help_text="The contract's; recomputed while it can't be asked.")
    block = TrailBlockSerializer(allow_null=True)
    total_events = serializers.IntegerField()
    complete = serializers.BooleanField(allow_null=True, help_text="No event is missing, surplus or altered.")
    complete_reason = serializers.CharField(allow_null=True, help_text="Why not, or why it is not known.")
    missing_sequences = serializers.ListField(child=serializers.IntegerField())
    unread_events = serializers.IntegerField(allow_null=True, help_text="Newer events that were not read yet.")
    report_matches = serializers.BooleanField(help_text="The report says what was committed to.")
    mismatches = TrailMismatchSerializer(many=True)
    pending = TrailPendingSerializer(many=True)
    events = TrailEventSerializer(many=True)


class AuditTrailView(APIView):
    """Every event of a report, checked against the chain."""

    @extend_schema(
        operation_id="audit_trail",
        tags=["blockchain"],
        summary="Get and check a report's history",
        description="Asks the chain now. While it can't be asked, the cache answers, with `complete` and "
        "`verified_on_chain` null. `python -m blockchain.verification.offline` checks a saved answer anywhere.",
        responses={200: AuditTrailSerializer, **problems(401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        return Response(audit_trail(report=report_visible(user=caller(request), tracking_id=tracking_id)))
