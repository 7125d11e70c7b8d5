"""A complaint's objections over HTTP: hand in a file that the complainant signed, and see what became of it."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.api.addresses import AddressField
from blockchain.api.views import ComplaintView
from blockchain.common.openapi import paginated, problems
from blockchain.common.pagination import PageQuerySerializer, page_response
from blockchain.common.serializers import IntegerField, PatternField, StrictSerializer, query_valid
from blockchain.models import Objection
from blockchain.objections import (
    MOST,
    ObjectionInvalid,
    Signed,
    State,
    objection_accept,
    objection_check,
    objections_with_link,
    reason_of,
    state_of,
    subject_of,
)
from blockchain.protocol.kinds import EventType
from blockchain.quotas import causer, within_quota

HASH = r"0x[0-9a-f]{64}"
KNOWN = "This objection was handed in before."


class ObjectionFileSerializer(StrictSerializer):
    """An objection as the complainant signed it: the file that `verify.html` and `receipt.py object` write."""

    complaint_id = PatternField(HASH)
    subject = PatternField(HASH)
    complainant = AddressField(help_text="Address of the key that signed it: the complaint's `complainant_address`.")
    data = PatternField(  # type: ignore[assignment]  # REST framework takes fields off the class
        HASH, help_text="`keccak256(salt || JCS(payload))`."
    )
    number = IntegerField(min_value=0, max_value=MOST - 1, help_text="Number of objections before this one.")
    signature = PatternField(
        r"0x[0-9a-fA-F]{130}", help_text="Of the EIP-712 type `Objection`, by the complainant's key: 65 bytes."
    )
    salt = PatternField(HASH)
    payload = serializers.DictField(help_text="The objection, as the schema of OBJECTED has it.")


class ObjectionSerializer(serializers.ModelSerializer):
    """An objection, with all that its link commits to."""

    id = serializers.UUIDField(source="public_id")
    complaint_id = serializers.CharField(source="complaint.complaint_id")
    complainant = serializers.CharField(source="complaint.complainant")
    subject = serializers.SerializerMethodField()
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    payload = serializers.DictField(allow_null=True)
    state = serializers.SerializerMethodField(
        help_text="As last read from the chain. `waiting`: to be recorded; `sent`: in a transaction that is not final; "
        "`recorded`; `superseded`: another objection was recorded under its number; `refused`: the contract does not "
        "accept it, and its number is free again."
    )
    reason = serializers.SerializerMethodField(help_text="Why it was refused or waits; null if nothing holds it up.")
    sequence = serializers.SerializerMethodField(help_text="Position of its link in the complaint's chain, or null.")
    block_timestamp = serializers.SerializerMethodField(help_text="Unix seconds, or null.")
    tx_hash = serializers.SerializerMethodField(help_text="The transaction with its link, or null.")

    class Meta:
        model = Objection
        fields = [
            "id",
            "complaint_id",
            "subject",
            "complainant",
            "data",
            "number",
            "signature",
            "salt",
            "payload",
            "state",
            "reason",
            "sequence",
            "block_timestamp",
            "tx_hash",
            "created_at",
        ]
        read_only_fields = fields

    def get_subject(self, objection: Objection) -> str:
        subject: str = self.context["subject"]
        return subject

    @extend_schema_field(serializers.ChoiceField(choices=[state.value for state in State]))
    def get_state(self, objection: Objection) -> str:
        return state_of(objection)

    def get_reason(self, objection: Objection) -> str | None:
        return reason_of(objection)

    def get_sequence(self, objection: Any) -> int | None:
        return objection.link_sequence

    def get_block_timestamp(self, objection: Any) -> int | None:
        return objection.link_timestamp

    def get_tx_hash(self, objection: Any) -> str | None:
        return objection.link_tx_hash


class ObjectionListView(ComplaintView):
    """Lists a complaint's objections, and accepts a new one."""

    @extend_schema(
        tags=["blockchain"],
        summary="List the objections that were handed in",
        description="Oldest first. An objection that the complainant has recorded without this server is only in the "
        "audit trail.",
        parameters=[PageQuerySerializer],
        responses={200: paginated(ObjectionSerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request, **names: str) -> Response:
        complaint = self.complaint(request, **names)
        rows = objections_with_link(complaint.objections.order_by("id"))
        return page_response(
            self,
            rows,
            ObjectionSerializer,
            query=query_valid(PageQuerySerializer, request),
            known=complaint.objections.order_by("id"),
            name="public_id",
            context_of=lambda page: {"subject": subject_of(complaint)},
        )

    @extend_schema(
        tags=["blockchain"],
        summary="Hand in an objection that the complainant signed",
        description="Takes the file as it is. The operator pays for the transaction that records it; the status of the "
        "complaint does not matter. Handing it in again changes nothing. An objection that is on the chain already is "
        "kept to open its link. Returns 409 if the complaint has no complainant's address, or if the objection has "
        "another number than the next one.",
        request=ObjectionFileSerializer,
        responses={
            201: ObjectionSerializer,
            200: OpenApiResponse(ObjectionSerializer, KNOWN),
            **problems(400, 401, 404, 409, 413, 415, 429),
        },
    )
    def post(self, request: Request, **names: str) -> Response:
        complaint, user = self.complaint(request, **names), request.user
        body = ObjectionFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        lower = {name: values[name].lower() for name in ("complainant", "signature")}
        signed = Signed(**{**values, **lower})
        try:
            objection_check(complaint=complaint, signed=signed)
        except ObjectionInvalid as error:
            raise ValidationError({error.member: [f"{error.reason[:1].upper()}{error.reason[1:]}."]}) from None
        objection, is_new = within_quota(
            user,
            lambda: objection_accept(complaint=complaint, signed=signed, caused_by=causer(user)),
            event_type=EventType.OBJECTED,
        )
        shown = objections_with_link(Objection.objects.filter(pk=objection.pk)).get()
        # It was compared with the complaint's.
        context = {"subject": signed.subject}
        return Response(ObjectionSerializer(shown, context=context).data, status=201 if is_new else 200)
