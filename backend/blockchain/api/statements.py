"""Promises and acknowledgements in the API's answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blockchain.promises import Statement
from blockchain.protocol.kinds import EventType

SIGNATURE = "Signature of `typed_data`: 65 bytes, hex."
TYPED_DATA = "EIP-712 typed data, in the form that wallets accept."


class PromiseSerializer(serializers.Serializer):
    """The filing as an entry that the operator's intake key has signed.

    Anyone can record it: `recordSigned((complaint_id, data, 0, nonce), head, actor, valid_until, signature)`.
    """

    type = serializers.ChoiceField(choices=["entry"])
    complaint_id = serializers.CharField()
    event_type = serializers.CharField(help_text="Always CREATED, number 0.")
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    nonce = serializers.IntegerField()
    head = serializers.CharField(help_text="Zero: valid whatever the complaint's history is.")
    actor = serializers.CharField(help_text="Address of the intake key.")
    valid_until = serializers.IntegerField(
        help_text="Unix seconds; the largest possible value, so the promise never expires."
    )
    signature = serializers.CharField(help_text=SIGNATURE)
    typed_data = serializers.DictField(help_text=TYPED_DATA)


class AcknowledgementSerializer(serializers.Serializer):
    """The operator's signed confirmation that the request was accepted, and when."""

    type = serializers.ChoiceField(choices=["acknowledgement"])
    complaint_id = serializers.CharField()
    event_type = serializers.ChoiceField(choices=[kind.name for kind in EventType])
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class
    accepted_at = serializers.IntegerField(help_text="Unix seconds.")
    signer = serializers.CharField(help_text="Address of the intake key.")
    signature = serializers.CharField(help_text=SIGNATURE)
    typed_data = serializers.DictField(help_text=TYPED_DATA)


class PromisedSerializer(serializers.Serializer):
    """Adds the promise, from the `statement` of the context."""

    promise = serializers.SerializerMethodField(help_text="Keep it: it lets you record the filing yourself.")
    promise_reason = serializers.SerializerMethodField(help_text="Why there is no promise; null if there is one.")

    @extend_schema_field(PromiseSerializer(allow_null=True))
    def get_promise(self, _: Any) -> dict[str, Any] | None:
        statement: Statement = self.context["statement"]
        return statement.body

    def get_promise_reason(self, _: Any) -> str | None:
        statement: Statement = self.context["statement"]
        return statement.reason


class AcknowledgedSerializer(serializers.Serializer):
    """Adds the acknowledgement of an object with a write, from the `statements` of the context."""

    acknowledgement = serializers.SerializerMethodField()
    acknowledgement_reason = serializers.SerializerMethodField(
        help_text="Why there is no acknowledgement; null if there is one."
    )

    @extend_schema_field(AcknowledgementSerializer(allow_null=True))
    def get_acknowledgement(self, instance: Any) -> dict[str, Any] | None:
        statement: Statement = self.context["statements"][instance.write_id]
        return statement.body

    def get_acknowledgement_reason(self, instance: Any) -> str | None:
        statement: Statement = self.context["statements"][instance.write_id]
        return statement.reason
