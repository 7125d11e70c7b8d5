"""Entries that officers sign with their own keys, over HTTP: prepare here, sign elsewhere, submit here."""

import re
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain.api.addresses import AddressField
from blockchain.common.openapi import problems
from blockchain.common.serializers import (
    ChoiceField,
    IntegerField,
    PatternField,
    PlainField,
    StrictSerializer,
    TextField,
)
from blockchain.entries import MAX_SIGNATURE_BYTES, EntryGone, SignatureInvalid, entry_typed_data
from blockchain.models import Write
from blockchain.protocol.clock import MAX_SLA_DURATION
from blockchain.protocol.kinds import EventType
from blockchain.quotas import within_quota
from blockchain.recording import MAX_DEADLINE
from report import entries
from report.api.serializers import StaffField
from report.models import IssueReport
from report.selectors import report_visible

ENTRY_ID = re.compile(r"(?P<tracking_id>[0-9A-Za-z]{12})-(?P<pk>[0-9]{1,18})")
MIN_VALIDITY = 3600  # seconds: the entry has to reach a block
MAX_VALIDITY = 253_402_300_799  # the end of the year 9999, the last one that a date can have
CHANGES = ("status", "priority", "assigned_to", "comment", "reason", "deadline")


class ChangeSerializer(StrictSerializer):
    """The change to record: exactly one of these."""

    rules = {"minProperties": 1, "maxProperties": 1}

    status = ChoiceField(choices=IssueReport.Status.choices, required=False)
    priority = ChoiceField(choices=IssueReport.Priority.choices, required=False)
    assigned_to = StaffField(allow_null=True, required=False)
    comment = TextField(max_length=5_000, multiline=True, required=False)
    reason = TextField(max_length=2_000, multiline=True, required=False, help_text="The text of a note (NOTED).")
    deadline = IntegerField(
        min_value=1, max_value=MAX_DEADLINE, required=False, help_text="Unix seconds; may lie in the past."
    )

    def validate_deadline(self, value: int) -> int:
        if value > time.time() + MAX_SLA_DURATION:
            raise serializers.ValidationError("Must be at most 3,650 days ahead.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(f"Send exactly one of {', '.join(CHANGES)}.")
        return attrs


class EntryCreateSerializer(StrictSerializer):
    tracking_id = PlainField(max_length=200)
    event_type = ChoiceField(choices=entries.KIND_NAMES)
    changes = ChangeSerializer()
    actor = AddressField(help_text="Address of the signer, who needs the role for this kind on the chain.")
    valid_until = IntegerField(
        max_value=MAX_VALIDITY,
        required=False,
        help_text="Time when the signature expires, in Unix seconds; by default in three days.",
    )

    def validate_valid_until(self, value: int) -> int:
        if not time.time() + MIN_VALIDITY <= value <= MAX_VALIDITY:
            raise serializers.ValidationError("Must be at least an hour ahead, and before the year 10000.")
        return value


class SignatureField(PatternField):
    """Hex bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"0x(?:[0-9a-fA-F]{2})+", max_length=2 + 2 * MAX_SIGNATURE_BYTES, **options)


class EntrySignatureSerializer(StrictSerializer):
    signature = SignatureField(
        help_text="Signature of `typed_data`: 65 bytes by the actor's key, or any bytes that the actor's contract "
        "accepts."
    )


class EntrySerializer(serializers.ModelSerializer):
    """An entry that is waiting for its signature, or was signed."""

    id = serializers.SerializerMethodField()
    tracking_id = serializers.CharField(source="complaint.external_id")
    complaint_id = serializers.CharField(source="complaint.complaint_id")
    event_type = serializers.SerializerMethodField()
    payload = serializers.DictField(
        allow_null=True, help_text="The payload that `data` commits to; null for the kinds of the clock."
    )
    salt = serializers.CharField(help_text="Empty if there is no payload.")
    head = serializers.CharField(source="entry_head", help_text="Zero: valid whatever the complaint's history is.")
    typed_data = serializers.SerializerMethodField(help_text="EIP-712 typed data for the actor to sign.")

    class Meta:
        model = Write
        fields = [
            "id",
            "tracking_id",
            "complaint_id",
            "event_type",
            "nonce",
            "data",
            "payload",
            "salt",
            "actor",
            "head",
            "valid_until",
            "reserved_until",
            "state",
            "typed_data",
        ]
        read_only_fields = fields

    def get_id(self, write: Write) -> str:
        return f"{write.complaint.external_id}-{write.pk}"

    @extend_schema_field(serializers.ChoiceField(choices=entries.KIND_NAMES))
    def get_event_type(self, write: Write) -> str:
        return EventType(write.event_type).name

    @extend_schema_field(serializers.DictField())
    def get_typed_data(self, write: Write) -> dict[str, Any]:
        return entry_typed_data(write)


class EntryListView(APIView):
    """Prepares a new entry."""

    @extend_schema(
        operation_id="entries_create",
        tags=["blockchain"],
        summary="Prepare an entry to sign with your own key (staff)",
        description="Reserves the entry's nonce for ten minutes and returns the data to sign. Changes made meanwhile "
        "are recorded after the entry. The report does not change until the signature is submitted. Each complaint "
        "can have one waiting entry: returns 409 if another one is waiting, or if the report's status forbids this "
        "one. If the same person repeats the request, for example after a timeout, the same entry is returned.",
        request=EntryCreateSerializer,
        responses={201: EntrySerializer, **problems(400, 401, 403, 404, 409, 413, 415, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        body = EntryCreateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        report = _report_of_staff(request, values["tracking_id"])
        valid_until, event_type = values.get("valid_until"), EventType[values["event_type"]]
        try:
            prepare = partial(
                entries.entry_prepare,
                report_id=report.pk,
                by=caller(request),
                event_type=event_type,
                change=_change(values["changes"]),
                actor=values["actor"],
                valid_until=datetime.fromtimestamp(valid_until, UTC) if valid_until else None,
            )
            write = within_quota(caller(request), prepare, event_type=event_type)
        except entries.EntryMismatch as error:
            text = str(error)
            raise serializers.ValidationError({"changes": [f"{text[:1].upper()}{text[1:]}."]}) from None
        return Response(EntrySerializer(write).data, status=201)


class EntryView(APIView):
    """Returns one entry."""

    @extend_schema(
        operation_id="entries_retrieve",
        tags=["blockchain"],
        summary="Read an entry (staff)",
        responses={200: EntrySerializer, **problems(401, 403, 404, 409, 503)},
    )
    def get(self, request: Request, entry_id: str) -> Response:
        return Response(EntrySerializer(_entry_of_staff(request, entry_id)[1]).data)


class EntrySignatureView(APIView):
    """Accepts the signature of an entry."""

    @extend_schema(
        operation_id="entries_sign",
        tags=["blockchain"],
        summary="Submit an entry's signature (staff)",
        description="Makes the change and queues the entry for recording. Returns 400 if the signature is not the "
        "actor's, and 409 if the reservation has ended and something else was accepted meanwhile; in that case, "
        "prepare the entry again. If the entry was already recorded without this API, only its signature is stored. "
        "While the node is unavailable, contract signatures (ERC-1271) can't be checked and are refused.",
        request=EntrySignatureSerializer,
        responses={200: EntrySerializer, **problems(400, 401, 403, 404, 409, 413, 415, 503)},
    )
    def put(self, request: Request, entry_id: str) -> Response:
        report, write = _entry_of_staff(request, entry_id)
        body = EntrySignatureSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            signed = entries.entry_sign(report_id=report.pk, write=write, signature=body.validated_data["signature"])
        except SignatureInvalid:
            raise serializers.ValidationError(
                {"signature": ["This is not the actor's signature for this entry."]}
            ) from None
        return Response(EntrySerializer(signed).data)


def _report_of_staff(request: Request, tracking_id: str) -> IssueReport:
    report = report_visible(user=caller(request), tracking_id=tracking_id)
    if not caller(request).is_staff:
        raise PermissionDenied("Only staff may record entries.")
    return report


def _entry_of_staff(request: Request, entry_id: str) -> tuple[IssueReport, Write]:
    """The entry. Raises `Http404`, `PermissionDenied`, or `EntryGone` if its reservation has ended."""
    match = ENTRY_ID.fullmatch(entry_id)
    if match is None:
        raise Http404("There is no such entry, or it is not yours.")
    report = _report_of_staff(request, match["tracking_id"])
    write = Write.objects.select_related("complaint").filter(complaint=report.complaint, pk=int(match["pk"])).first()
    if write is None or not write.actor:
        raise EntryGone("there is no such entry; if it was reserved, its reservation has ended")
    return report, write


def _change(values: dict[str, Any]) -> entries.Change:
    if values.get("assigned_to", "") is None:
        return entries.Change(unassigned=True)
    return entries.Change(**values)
