"""A complaint's audit trail over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.views import ComplaintView
from blockchain.common.openapi import problems
from blockchain.common.serializers import IntegerField, StrictSerializer, query_valid
from blockchain.host import host
from blockchain.protocol.kinds import EventType, Status
from blockchain.verification.audit_trail import MAX_PAGE_SIZE, PAGE_SIZE, Page, audit_trail

EVENT_TYPES = [event_type.name for event_type in EventType]
STATUSES = [status.name for status in Status]
MAX_AFTER = 2**31 - 1


class EntryQuerySerializer(StrictSerializer):
    """Selects a part of a growing list: of a complaint's events and pending writes, or of its writes alone."""

    after = IntegerField(
        min_value=0,
        max_value=MAX_AFTER,
        required=False,
        help_text="Number of items to skip; take it from `next_after`.",
    )
    limit = IntegerField(
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        required=False,
        help_text=f"Maximum number of items in the response; {PAGE_SIZE} by default.",
    )


class TrailBlockSerializer(serializers.Serializer):
    """The block up to which events were read, and at which the contract was queried."""

    number = serializers.IntegerField()
    hash = serializers.CharField()


class TrailStateSerializer(serializers.Serializer):
    """Status and clock, computed from the events by the contract's rules. No event carries the default deadline."""

    status = serializers.ChoiceField(choices=STATUSES)
    sla_deadline = serializers.IntegerField(
        help_text="While OPEN, the deadline in Unix seconds; otherwise the seconds left on the stopped clock. 0: no "
        "deadline."
    )
    escalations = serializers.IntegerField()
    objections = serializers.IntegerField()


class TrailStopSerializer(serializers.Serializer):
    """A period in which the clock was stopped: on hold, resolved or closed."""

    status = serializers.ChoiceField(choices=STATUSES)
    from_sequence = serializers.IntegerField()
    to_sequence = serializers.IntegerField(allow_null=True, help_text="Null while the clock is still stopped.")
    from_timestamp = serializers.IntegerField(help_text="Unix seconds.")
    to_timestamp = serializers.IntegerField(allow_null=True)
    seconds = serializers.IntegerField(allow_null=True)


class TrailRoleSerializer(serializers.Serializer):
    """A change of the contract's roles that the deployment did not announce: who may record what."""

    event = serializers.CharField(help_text="Name of the contract's event.")
    role = serializers.CharField(allow_null=True)
    account = serializers.CharField(allow_null=True)
    sender = serializers.CharField(allow_null=True)
    block_number = serializers.IntegerField()
    tx_hash = serializers.CharField()
    block_hash = serializers.CharField()
    acknowledged = serializers.BooleanField(help_text="Whether the operator says that the change is theirs.")


class TrailMismatchSerializer(serializers.Serializer):
    field = serializers.CharField()
    report = serializers.JSONField(allow_null=True, help_text="The value in the report.")
    recorded = serializers.JSONField(allow_null=True, help_text="The value in the last commitment.")
    reason = serializers.CharField(allow_blank=True)


class TrailEvidenceSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    ipfs_cid = serializers.CharField()
    cid_parameters = serializers.JSONField()
    file_hash = serializers.CharField(help_text="SHA-256 of the file, hex.")
    size = serializers.IntegerField(help_text="Bytes.")
    media_type = serializers.CharField()
    name = serializers.CharField()


class TrailGivenUpSerializer(serializers.Serializer):
    """The write that the note replaced. The note's payload names its `data`, which salt and payload open."""

    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    reason = serializers.CharField()


class TrailPendingSerializer(serializers.Serializer):
    """A write that is not (yet) among the events."""

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
        allow_null=True,
        help_text="Number of recorders' links before this one. Null if no recorder wrote it.",
    )
    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    actor = serializers.CharField(help_text="Address of the writer. Meaningless for ESCALATED.")
    timestamp = serializers.CharField(allow_null=True, help_text="Block time, RFC 3339.")
    block_timestamp = serializers.IntegerField(help_text="Block time in Unix seconds, as hashed into the link.")
    tx_hash = serializers.CharField()
    block_number = serializers.IntegerField()
    block_hash = serializers.CharField()
    log_index = serializers.IntegerField()
    data = serializers.CharField(  # type: ignore[assignment]  # REST framework takes fields off the class
        help_text="The link's commitment or value."
    )
    decoded = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="The values in `data` if it is not a commitment: `deadline`, `missed` and `next` in Unix seconds, "
        "`seconds_left`, `level`.",
    )
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    not_opened = serializers.CharField(
        allow_null=True, help_text="Why this server can't open `data`, although nothing is wrong with the link."
    )
    witnessed = serializers.BooleanField(
        allow_null=True, help_text="False for an imported event, which the operator's system did not witness."
    )
    recorded_after = serializers.IntegerField(
        allow_null=True, help_text="Seconds from `occurred_at` to the time of the block."
    )
    state = TrailStateSerializer(allow_null=True)
    given_up = TrailGivenUpSerializer(allow_null=True)
    evidence = TrailEvidenceSerializer(allow_null=True)
    verified_on_chain = serializers.BooleanField(allow_null=True, help_text="Null while the chain is unavailable.")
    problem = serializers.CharField(
        allow_null=True, help_text="How the event or its record differs from the chain; null if neither does."
    )


class AuditTrailSerializer(serializers.Serializer):
    """Everything needed to repeat the check without this backend.

    `head` after each event is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp,
    data)))`, starting with `genesis`; `data` of a link with a payload is `keccak256(salt || JCS(payload))`.
    `complaint_id` is `keccak256(abi.encode(subject, complainant))`, with `subject =
    keccak256(abi.encode(keccak256(complaint_salt || tracking_id), data of CREATED))`.
    """

    tracking_id = serializers.CharField()
    complaint_id = serializers.CharField()
    complaint_salt = serializers.CharField()
    complainant = serializers.CharField(allow_null=True, help_text="Address of the key that may object.")
    witnessed = serializers.BooleanField(help_text="False for an imported case.")
    chain_id = serializers.IntegerField()
    contract = serializers.CharField()
    genesis = serializers.CharField(help_text="The head before the first link.")
    default_sla = serializers.IntegerField(help_text="Seconds from filing to the first deadline; 0 if none is set.")
    escalation_interval = serializers.IntegerField(help_text="Seconds.")
    max_escalation_level = serializers.IntegerField()
    head = serializers.CharField(
        allow_null=True, help_text="The head in the contract; while the chain is unavailable, computed from the events."
    )
    block = TrailBlockSerializer(allow_null=True)
    state = TrailStateSerializer(allow_null=True)
    total_events = serializers.IntegerField(help_text="Number of events in the whole trail.")
    total_pending = serializers.IntegerField(help_text="Number of pending writes in the whole trail.")
    next_after = serializers.IntegerField(
        allow_null=True, help_text="`after` for the next items; null if this response has the last ones."
    )
    complete = serializers.BooleanField(
        allow_null=True, help_text="True if no event is missing, surplus or altered; null if this can't be determined."
    )
    complete_reason = serializers.CharField(allow_null=True, help_text="Why `complete` is false or null.")
    missing_sequences = serializers.ListField(child=serializers.IntegerField())
    unread_events = serializers.IntegerField(allow_null=True, help_text="Number of newer events not read yet.")
    clock_stops = TrailStopSerializer(many=True)
    roles = TrailRoleSerializer(many=True, help_text="Changes of the contract's roles since its deployment.")
    report_matches = serializers.BooleanField(
        allow_null=True,
        help_text="True if the report agrees with the recorded commitments; null if this server has no report.",
    )
    mismatches = TrailMismatchSerializer(many=True)
    pending = TrailPendingSerializer(many=True)
    events = TrailEventSerializer(many=True)


class AuditTrailView(ComplaintView):
    """Every event of a complaint, checked against the chain."""

    @extend_schema(
        tags=["blockchain"],
        summary="Get and check a complaint's history",
        description="Queries the chain at the time of the request. While the chain is unavailable, the response comes "
        "from the cache, and `complete` and `verified_on_chain` are null. Each response has a limited number of events "
        "and pending writes; `next_after` leads to the rest, and all other fields are about the whole trail. "
        "`receipt.py prove` makes a receipt of saved responses, on any computer.",
        parameters=[EntryQuerySerializer],
        responses={200: AuditTrailSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        page = Page(**query_valid(EntryQuerySerializer, request))
        return Response(audit_trail(complaint=complaint, own=host().own_record(complaint), page=page))
