"""Bodies of the account endpoints."""

from rest_framework import serializers

from accounts.models import User
from blockchain.common.serializers import PlainField, StrictSerializer, TextField


class CredentialsSerializer(StrictSerializer):
    username = TextField(max_length=150)
    password = PlainField(max_length=1_000, style={"input_type": "password"})


class RefreshSerializer(StrictSerializer):
    refresh = PlainField(max_length=4_000)


class TokenPairSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="For the header `Authorization: Bearer …`; short-lived.")
    refresh = serializers.CharField(help_text="Exchange it once at `/api/token/refresh/` for a new pair.")


class MeSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "opaque_id", "is_staff"]
        read_only_fields = fields
