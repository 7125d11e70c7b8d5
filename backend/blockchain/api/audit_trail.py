"""A report's audit trail over HTTP."""

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
    """Which part of a list that only grows: a complaint's events and pending writes, or its writes alone."""

    after = IntegerField(
        min_value=0,
        max_value=MAX_AFTER,
        required=False,
        help_text="Number of entries to leave out, as in `next_after`.",
    )
    limit = IntegerField(
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        required=False,
        help_text=f"Number of entries in one answer, at most; {PAGE_SIZE} unless you say otherwise.",
    )


class TrailBlockSerializer(serializers.Serializer):
    """The block up to which events were read; the contract is queried at this block."""

    number = serializers.IntegerField()
    hash = serializers.CharField()


class TrailStateSerializer(serializers.Serializer):
    """Status and clock, computed from the events by the contract's rules. No event carries the default deadline."""

    status = serializers.ChoiceField(choices=STATUSES)
    sla_deadline = serializers.IntegerField(
        help_text="While OPEN, the deadline in Unix seconds; otherwise the seconds left on the stopped clock. 0 means "
        "none."
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


class TrailMismatchSerializer(serializers.Serializer):
    field = serializers.CharField()
    report = serializers.JSONField(allow_null=True, help_text="The report's value.")
    recorded = serializers.JSONField(allow_null=True, help_text="The value last committed to.")
    reason = serializers.CharField(allow_blank=True)


class TrailEvidenceSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    ipfs_cid = serializers.CharField()
    cid_parameters = serializers.JSONField()
    file_hash = serializers.CharField(help_text="SHA-256, hex.")
    size = serializers.IntegerField(help_text="Bytes.")
    media_type = serializers.CharField()
    name = serializers.CharField()


class TrailGivenUpSerializer(serializers.Serializer):
    """The write that the note replaced. The note's payload names `data`; salt and payload open it."""

    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    reason = serializers.CharField()


class TrailPendingSerializer(serializers.Serializer):
    """A write that is not, or not yet, among the events."""

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
        help_text="Number of recorders' links before this one. Null if it was not written by a recorder.",
    )
    event_type = serializers.ChoiceField(choices=EVENT_TYPES)
    actor = serializers.CharField(help_text="Without meaning for ESCALATED.")
    timestamp = serializers.CharField(allow_null=True, help_text="Block time, RFC 3339.")
    block_timestamp = serializers.IntegerField(help_text="Block time in Unix seconds, as hashed into the link.")
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
        help_text="What `data` means where it is not a commitment: `deadline`, `missed` and `next` in Unix seconds, "
        "`seconds_left`, `level`.",
    )
    salt = serializers.CharField(allow_null=True)
    payload = serializers.JSONField(allow_null=True)
    not_opened = serializers.CharField(
        allow_null=True, help_text="Why `data` can't be opened here, although nothing is wrong with the link."
    )
    witnessed = serializers.BooleanField(
        allow_null=True, help_text="False for an imported event, which nobody witnessed."
    )
    recorded_after = serializers.IntegerField(allow_null=True, help_text="Seconds from `occurred_at` to the block.")
    state = TrailStateSerializer(allow_null=True)
    given_up = TrailGivenUpSerializer(allow_null=True)
    evidence = TrailEvidenceSerializer(allow_null=True)
    verified_on_chain = serializers.BooleanField(allow_null=True, help_text="Null while the chain is unavailable.")
    problem = serializers.CharField(allow_null=True, help_text="The differences found.")


class AuditTrailSerializer(serializers.Serializer):
    """Everything needed to repeat the check without this backend.

    `head` after each event is `bytes22(keccak256(abi.encode(head, complaintId, sequence, eventType, actor, timestamp,
    data)))`, starting with `genesis`; `data` of a link with a payload is `keccak256(salt || JCS(payload))`.
    `complaint_id` is
    `keccak256(abi.encode(subject, complainant))`, with `subject = keccak256(abi.encode(keccak256(complaint_salt ||
    tracking_id), data of CREATED))`.
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
        allow_null=True, help_text="The contract's head; recomputed from the events while the chain is unavailable."
    )
    block = TrailBlockSerializer(allow_null=True)
    state = TrailStateSerializer(allow_null=True)
    total_events = serializers.IntegerField(help_text="Number of events in the whole trail.")
    total_pending = serializers.IntegerField(help_text="Number of pending writes in the whole trail.")
    next_after = serializers.IntegerField(
        allow_null=True, help_text="`after` for the next entries; null if this answer has the last ones."
    )
    complete = serializers.BooleanField(allow_null=True, help_text="True if no event is missing, surplus or altered.")
    complete_reason = serializers.CharField(allow_null=True, help_text="Why `complete` is false or null.")
    missing_sequences = serializers.ListField(child=serializers.IntegerField())
    unread_events = serializers.IntegerField(allow_null=True, help_text="Newer events that have not been read yet.")
    clock_stops = TrailStopSerializer(many=True)
    report_matches = serializers.BooleanField(
        allow_null=True,
        help_text="True if the project's own record agrees with what was committed to; null if there "
        "is no such record.",
    )
    mismatches = TrailMismatchSerializer(many=True)
    pending = TrailPendingSerializer(many=True)
    events = TrailEventSerializer(many=True)


class AuditTrailView(ComplaintView):
    """Every event of a complaint, checked against the chain."""

    @extend_schema(
        tags=["blockchain"],
        summary="Get and check a complaint's history",
        description="Queries the chain now. While the chain is unavailable, the cache answers and `complete` and "
        "`verified_on_chain` are null. An answer has a bounded number of events and pending writes; `next_after` leads "
        "to the rest, and everything else in it holds for the whole trail. "
        "`python -m blockchain.verification.offline` checks the saved answers anywhere.",
        parameters=[EntryQuerySerializer],
        responses={200: AuditTrailSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        page = Page(**query_valid(EntryQuerySerializer, request))
        return Response(audit_trail(complaint=complaint, own=host().own_record(complaint), page=page))
