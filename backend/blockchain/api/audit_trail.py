"""A report's audit trail over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.views import ComplaintView
from blockchain.common.openapi import problems
from blockchain.host import host
from blockchain.protocol.kinds import EventType, Status
from blockchain.verification.audit_trail import audit_trail

EVENT_TYPES = [event_type.name for event_type in EventType]
STATUSES = [status.name for status in Status]


class TrailBlockSerializer(serializers.Serializer):
    """Up to this block events were read; the contract is asked at it."""

    number = serializers.IntegerField()
    hash = serializers.CharField()


class TrailStateSerializer(serializers.Serializer):
    """Status and clock, computed from the events by the contract's rules; the default deadline is in no event."""

    status = serializers.ChoiceField(choices=STATUSES)
    sla_deadline = serializers.IntegerField(
        help_text="While OPEN, the deadline in Unix seconds; else the seconds left on the stopped clock; 0: none."
    )
    escalations = serializers.IntegerField()
    objections = serializers.IntegerField()


class TrailStopSerializer(serializers.Serializer):
    """A time during which the clock stood: on hold, resolved or closed."""

    status = serializers.ChoiceField(choices=STATUSES)
    from_sequence = serializers.IntegerField()
    to_sequence = serializers.IntegerField(allow_null=True, help_text="Null: it still stands.")
    from_timestamp = serializers.IntegerField(help_text="Unix seconds.")
    to_timestamp = serializers.IntegerField(allow_null=True)
    seconds = serializers.IntegerField(allow_null=True)


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
    size = serializers.IntegerField(help_text="Bytes.")
    media_type = serializers.CharField()
    name = serializers.CharField()


class TrailGivenUpSerializer(serializers.Serializer):
    """What a note stands for. The note's payload names `data`; salt and payload open it."""

    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    reason = serializers.CharField()


class TrailPendingSerializer(serializers.Serializer):
    """A write that is not among the events (yet)."""

    nonce = serializers.IntegerField()
    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    state = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    decoded = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    given_up = TrailGivenUpSerializer(allow_null=True)
    evidence = TrailEvidenceSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class TrailEventSerializer(serializers.Serializer):
    """One link of the complaint's chain."""

    sequence = serializers.IntegerField()
    nonce = serializers.IntegerField(
        allow_null=True, help_text="Number of links by recorders before it. Null: not written by a recorder."
    )
    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    actor = serializers.CharField(help_text="Of ESCALATED it means nothing.")
    timestamp = serializers.CharField(allow_null=True, help_text="Time of the block, RFC 3339.")
    block_timestamp = serializers.IntegerField(help_text="The same in Unix seconds, as hashed into the link.")
    tx_hash = serializers.CharField()
    block_number = serializers.IntegerField()
    block_hash = serializers.CharField()
    log_index = serializers.IntegerField()
    data = serializers.CharField(  # type: ignore[assignment]  # REST framework takes fields off the class
        help_text="What the link commits to."
    )
    decoded = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="What `data` says where it is no commitment: `deadline` and `missed`, `next` in Unix seconds, "
        "`seconds_left`, `level`.",
    )
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    not_opened = serializers.CharField(
        allow_null=True, help_text="Why nothing here opens `data`, where that contradicts nothing."
    )
    witnessed = serializers.BooleanField(allow_null=True, help_text="False: imported; nobody here saw it.")
    recorded_after = serializers.IntegerField(allow_null=True, help_text="Seconds from `occurred_at` to the block.")
    state = TrailStateSerializer(allow_null=True)
    given_up = TrailGivenUpSerializer(allow_null=True)
    evidence = TrailEvidenceSerializer(allow_null=True)
    verified_on_chain = serializers.BooleanField(allow_null=True, help_text="Null: the chain is currently unavailable.")
    problem = serializers.CharField(allow_null=True, help_text="What differs.")


class AuditTrailSerializer(serializers.Serializer):
    """All that is needed to do the check again without this backend.

    `head` after each event is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp,
    data)))`, from `genesis` on; `data` of what somebody words is `keccak256(salt || JCS(payload))`. `complaint_id` is
    `keccak256(abi.encode(subject, complainant))`, with `subject = keccak256(abi.encode(keccak256(complaint_salt ||
    tracking_id), data of CREATED))`.
    """

    tracking_id = serializers.CharField()
    complaint_id = serializers.CharField()
    complaint_salt = serializers.CharField()
    complainant = serializers.CharField(allow_null=True, help_text="Address of the key that may object.")
    witnessed = serializers.BooleanField(help_text="False: an imported case.")
    chain_id = serializers.IntegerField()
    contract = serializers.CharField()
    genesis = serializers.CharField(help_text="The head before the first link.")
    default_sla = serializers.IntegerField(help_text="Seconds from filing to the first deadline; 0: none.")
    escalation_interval = serializers.IntegerField(help_text="Seconds.")
    max_escalation_level = serializers.IntegerField()
    head = serializers.CharField(
        allow_null=True, help_text="The contract's; recomputed while the chain is unavailable."
    )
    block = TrailBlockSerializer(allow_null=True)
    state = TrailStateSerializer(allow_null=True)
    total_events = serializers.IntegerField()
    complete = serializers.BooleanField(allow_null=True, help_text="No event is missing, surplus or altered.")
    complete_reason = serializers.CharField(allow_null=True, help_text="Why not, or why it is not known.")
    missing_sequences = serializers.ListField(child=serializers.IntegerField())
    unread_events = serializers.IntegerField(allow_null=True, help_text="Newer events that were not read yet.")
    clock_stops = TrailStopSerializer(many=True)
    report_matches = serializers.BooleanField(
        allow_null=True, help_text="The project's own record says what was committed to; null if it has none."
    )
    mismatches = TrailMismatchSerializer(many=True)
    pending = TrailPendingSerializer(many=True)
    events = TrailEventSerializer(many=True)


class AuditTrailView(ComplaintView):
    """Every event of a complaint, checked against the chain."""

    @extend_schema(
        tags=["blockchain"],
        summary="Get and check a complaint's history",
        description="Asks the chain now. While the chain is unavailable, the cache answers, with `complete` and "
        "`verified_on_chain` null. `python -m blockchain.verification.offline` checks a saved answer anywhere.",
        responses={200: AuditTrailSerializer, **problems(401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        return Response(audit_trail(complaint=complaint, own=host().own_record(complaint)))
