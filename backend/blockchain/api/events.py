"""The API for other systems: each event has its own URL and is recorded once, however often it is sent."""

import re
from datetime import datetime
from functools import partial
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.addresses import AddressField
from blockchain.api.service_auth import IsServiceOfSource, ServiceAuthentication
from blockchain.api.statements import AcknowledgementSerializer, PromiseSerializer
from blockchain.common.errors import ProblemError
from blockchain.common.openapi import problems
from blockchain.common.problem_details import exception_handler
from blockchain.common.serializers import ChoiceField, IntegerField, PatternField, StrictSerializer, TimeField
from blockchain.common.views import RegistryView
from blockchain.models import Write
from blockchain.promises import accepted_of, statement_of
from blockchain.protocol import payloads, schemas
from blockchain.protocol.kinds import ENTRIES, Data, EventType, kind_of
from blockchain.quotas import causer, within_quota
from blockchain.recording import deadline_word
from blockchain.systems.events import Event, event_put
from blockchain.systems.tokens import Service

EXTERNAL_ID = r"[0-9A-Za-z][0-9A-Za-z ._:#-]{0,127}"
EVENT_ID = r"[0-9A-Za-z][0-9A-Za-z._:-]{0,99}"
COMMITMENT = r"0x[0-9a-f]{64}"
MAX_BATCH = 200
NAMES = [
    OpenApiParameter(name, {"type": "string", "pattern": f"^{pattern}$"}, OpenApiParameter.PATH)
    for name, pattern in (("external_id", EXTERNAL_ID), ("event_id", EVENT_ID))
]
# The members of a payload that belong to its kind, besides those of every payload.
COMMON = {"v", "type", "occurred_at", "by", "witnessed"}


class EventSerializer(StrictSerializer):
    """An event to record. Its payload follows the schema of its kind; the payload itself never goes on the chain."""

    event_type = ChoiceField(choices=[(kind.name, kind.name) for kind in sorted(ENTRIES)])
    occurred_at = TimeField(help_text="When it happened, RFC 3339 with a time zone.")
    payload = serializers.DictField(
        required=False,
        help_text="`by` (an opaque id; optional), `changes` (field to `[old, new]`) and the other members in the "
        "schema of this kind. The registry stores the payload and commits to it.",
    )
    data = PatternField(  # type: ignore[assignment]  # REST framework takes fields off the class
        COMMITMENT,
        required=False,
        help_text="Your own commitment, `keccak256(salt || JCS(payload))`, instead of a payload. The payload follows "
        "the same schema; you keep it and its salt. Not allowed for CREATED or for imported events.",
    )
    deadline = IntegerField(required=False, help_text="Unix seconds. Required for SLA_DEADLINE_SET, else not allowed.")
    complainant_address = AddressField(
        required=False,
        allow_null=True,
        help_text="Only for CREATED: address of the key that may object. It can't be changed later.",
    )
    imported = serializers.BooleanField(
        default=False, help_text="True for an old case that your system did not witness. The record says so forever."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        kind = kind_of(EventType[values["event_type"]])
        has_payload = kind.data is Data.PAYLOAD
        is_created = kind.event_type is EventType.CREATED
        given = {"payload", "data"} & values.keys()
        if has_payload and len(given) != 1:
            raise ValidationError({"payload": ["Send either a payload, or your own commitment as data."]})
        if not has_payload and given:
            raise ValidationError({name: ["This kind has no payload."] for name in given})
        if kind.event_type is EventType.EVIDENCE_ANCHORED and "payload" in given:
            raise ValidationError({"payload": ["Upload the file to its own URL, or send your own commitment as data."]})
        if "data" in given and (is_created or values["imported"]):
            raise ValidationError({"data": ["A filing or an imported event needs its payload."]})
        if values["imported"] and not has_payload:
            raise ValidationError({"imported": ["This kind has no payload, so it can't be marked as imported."]})
        if ("deadline" in values) != (kind.event_type is EventType.SLA_DEADLINE_SET):
            raise ValidationError({"deadline": ["Required for SLA_DEADLINE_SET, and not allowed for other kinds."]})
        if "deadline" in values:
            try:
                deadline_word(values["deadline"])
            except ValueError:
                raise ValidationError({"deadline": ["Must be a time at most 3,650 days ahead."]}) from None
        if values.get("complainant_address") and not is_created:
            raise ValidationError({"complainant_address": ["Only allowed for CREATED."]})
        return values


class EventRecordedSerializer(serializers.Serializer):
    """A recorded event, as its link."""

    event_id = serializers.CharField()
    complaint_id = serializers.CharField()
    complaint_salt = serializers.CharField(help_text="Opens `complaint_id`. Keep it secret.")
    event_type = serializers.CharField()
    nonce = serializers.IntegerField()
    data = serializers.CharField(help_text="The entry's commitment or value.")  # type: ignore[assignment]
    opened = serializers.BooleanField(
        help_text="True if the registry has the payload and its salt; false if only you have them."
    )
    payload = serializers.DictField(allow_null=True)
    salt = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Write.State.choices)
    promise = PromiseSerializer(allow_null=True)
    acknowledgement = AcknowledgementSerializer(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is neither a promise nor an acknowledgement.")


class BatchItemSerializer(EventSerializer):
    external_id = PatternField(EXTERNAL_ID)
    event_id = PatternField(EVENT_ID)


class Batch:
    """The body of a batch of events, for the OpenAPI schema."""


class BatchSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """A list of limited length."""

    target_class = Batch

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return "Batch"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        item = auto_schema.resolve_serializer(BatchItemSerializer, direction).ref
        return {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_BATCH}


class BatchResultSerializer(serializers.Serializer):
    external_id = serializers.CharField()
    event_id = serializers.CharField()
    status = serializers.IntegerField(help_text="The status that the event's own URL would have returned.")
    body = serializers.DictField(help_text="The recorded event, or the problem.")


class ServiceView(RegistryView):
    """Base of the views for other systems."""

    authentication_classes = (ServiceAuthentication,)
    permission_classes = (IsServiceOfSource,)

    def service(self, request: Request) -> Service:
        """The calling system."""
        assert isinstance(request.user, Service)
        return request.user


class EventView(ServiceView):
    """One event of another system's complaint."""

    @extend_schema(
        tags=["systems"],
        summary="Record an event of another system",
        description="Idempotent: the same event at the same URL is recorded once. The first event of a complaint must "
        "be CREATED. Requires a service token (`manage.py service_token`).",
        parameters=NAMES,
        request=EventSerializer,
        responses={
            201: EventRecordedSerializer,
            200: OpenApiResponse(EventRecordedSerializer, "Already recorded."),
            **problems(400, 401, 403, 404, 409, 413, 415, 429),
        },
    )
    def put(self, request: Request, source: str, external_id: str, event_id: str) -> Response:
        names_check(external_id=external_id, event_id=event_id)
        status, body = event_record(
            service=self.service(request), external_id=external_id, event_id=event_id, data=request.data
        )
        return Response(body, status=status)


class EventBatchView(ServiceView):
    """A batch of events."""

    @extend_schema(
        tags=["systems"],
        summary="Record many events of another system",
        description=f"Records up to {MAX_BATCH} events in order, each as if it had been sent to its own URL. If one is "
        "refused, the others are still recorded.",
        request=Batch,
        responses={200: BatchResultSerializer(many=True), **problems(400, 401, 403, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        items = request.data
        if not isinstance(items, list) or not 0 < len(items) <= MAX_BATCH:
            raise ValidationError(f"Send a list of 1 to {MAX_BATCH} events.")
        return Response([self._item(request, item) for item in items])

    def _item(self, request: Request, item: Any) -> dict[str, Any]:
        own = item if isinstance(item, dict) else {}
        names = {name: str(own.get(name, ""))[:128] for name in ("external_id", "event_id")}
        rest = {name: value for name, value in own.items() if name not in names}
        try:
            names_check(**names)
            status, body = event_record(service=self.service(request), **names, data=rest)
        except (ProblemError, APIException) as error:
            problem = exception_handler(error, {"request": request, "view": self})
            assert problem is not None
            status, body = problem.status_code, problem.data
        return {**names, "status": status, "body": body}


def event_record(*, service: Service, external_id: str, event_id: str, data: Any) -> tuple[int, dict[str, Any]]:
    """Records one event; returns the status and body of its response."""
    serializer = EventSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    event = _event(serializer.validated_data, caused_by=causer(service))
    if event.event_type not in service.event_types:
        raise PermissionDenied(f"This token may not record {event.event_type.name}.")
    put = partial(event_put, source=service.source, external_id=external_id, event_id=event_id, event=event)
    write, created = within_quota(service, put, event_type=event.event_type)
    return (201 if created else 200), _recorded(event_id, write)


def names_check(*, external_id: str, event_id: str) -> None:
    """Raises `ValidationError` for names that could be mistaken for others, or that can't be part of a URL."""
    wrong = {
        name: [
            "Must start with a letter or digit, have only letters, digits and . _ : - (spaces and # in an external "
            "id), and not be too long."
        ]
        for name, pattern, value in (
            ("external_id", EXTERNAL_ID, external_id),
            ("event_id", EVENT_ID, event_id),
        )
        if not re.fullmatch(pattern, value)
    }
    if wrong:
        raise ValidationError(wrong)


def _event(values: dict[str, Any], *, caused_by: str) -> Event:
    event_type, occurred_at = EventType[values["event_type"]], values["occurred_at"]
    members = dict(values.get("payload", {}))
    if taken := COMMON & members.keys() - {"by"}:
        raise ValidationError({"payload": [f"{', '.join(sorted(taken))}: the registry sets this."]})
    by, changes = members.pop("by", "system"), members.pop("changes", None)
    if "payload" in values:
        _payload_check(event_type, occurred_at, by, changes, members)
    return Event(
        event_type=event_type,
        occurred_at=occurred_at,
        by=by,
        changes=changes,
        more=members,
        data=values.get("data"),
        deadline=values.get("deadline"),
        complainant=values.get("complainant_address") or "",
        witnessed=not values["imported"],
        caused_by=caused_by,
    )


def _payload_check(event_type: EventType, occurred_at: datetime, by: Any, changes: Any, more: dict[str, Any]) -> None:
    payload = payloads.payload_new(event_type=event_type, by=by, changes=changes, occurred_at=occurred_at) | more
    try:
        schemas.payload_check(payload)
    except schemas.PayloadInvalid as error:
        raise ValidationError({"payload": [f"{error.path or 'payload'}: {error.reason}."]}) from None


def _recorded(event_id: str, write: Write) -> dict[str, Any]:
    accepted, statement = accepted_of(write), statement_of(write)
    key = "promise" if accepted.event_type is EventType.CREATED else "acknowledgement"
    return {
        "event_id": event_id,
        "complaint_id": write.complaint.complaint_id,
        "complaint_salt": write.complaint.salt,
        "event_type": accepted.event_type.name,
        "nonce": write.nonce,
        "data": accepted.data,
        "opened": write.opened,
        "payload": accepted.payload or None,
        "salt": accepted.salt or None,
        "state": write.state,
        "promise": None,
        "acknowledgement": None,
        key: statement.body,
        "reason": statement.reason,
    }
