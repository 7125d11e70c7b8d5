"""Request and response bodies of the report endpoints."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from blockchain.api.addresses import AddressField
from blockchain.api.statements import AcknowledgedSerializer, PromisedSerializer
from blockchain.common.openapi import text_pattern
from blockchain.common.pagination import PageQuerySerializer
from blockchain.common.serializers import ChoiceField, StrictSerializer, TextField
from blockchain.models import ChainState
from blockchain.promises import accepted_of
from blockchain.verdict import VERIFIED, Verdict
from report.models import Comment, IssueReport

# Fields of the API that have different names in the database.
NEVER_CHANGED = {"complainant_address", "complaint_id", "complaint_salt"}


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": 150, "pattern": text_pattern(multiline=False)})
class StaffField(serializers.Field):
    """The username of an active staff user."""

    default_error_messages = {"unknown": "Must be the username of an active staff user, or null."}

    def to_internal_value(self, data: Any) -> User:
        if not isinstance(data, str) or not data.isprintable():
            self.fail("unknown")
        # Compares again here, since databases have their own rules for comparing text.
        candidates = User.objects.filter(username=data, is_staff=True, is_active=True)
        user = next((user for user in candidates if user.username == data), None)
        if user is None:
            self.fail("unknown")
        return user

    def to_representation(self, value: User) -> str:
        return value.username


class ReportCreateSerializer(StrictSerializer):
    issue_title = TextField(max_length=200)
    location = TextField(max_length=200)
    issue_description = TextField(max_length=10_000, multiline=True)
    complainant_address = AddressField(
        required=False,
        allow_null=True,
        help_text="Address of the complainant's own key, preferably a new one for each complaint. Only this key can "
        "object on the chain. It can't be changed later; without it, nobody can object.",
    )


class ReportUpdateSerializer(StrictSerializer):
    rules = {"minProperties": 1}

    status = ChoiceField(choices=IssueReport.Status.choices, required=False)
    priority = ChoiceField(choices=IssueReport.Priority.choices, required=False)
    assigned_to = StaffField(allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(f"Send at least one of {', '.join(self.fields)}.")
        return attrs

    def refusal(self, name: str) -> str:
        if name in NEVER_CHANGED | {field.name for field in IssueReport._meta.get_fields()}:
            return "Can't be changed."
        return "Unknown field."


class ReportQuerySerializer(PageQuerySerializer):
    status = ChoiceField(choices=IssueReport.Status.choices, required=False)
    assigned_to = TextField(
        required=False,
        max_length=150,
        help_text="A username, `me` for yourself, or `none` for unassigned reports.",
    )


class CommitmentSerializer(serializers.Serializer):
    """The commitment on the chain, `data = keccak256(salt || JCS(payload))`. Keep all three values as your receipt."""

    payload = serializers.DictField()
    salt = serializers.CharField()
    data = serializers.CharField()  # type: ignore[assignment]  # REST framework takes fields off the class


class ReportSummarySerializer(serializers.ModelSerializer):
    """A report in a list."""

    filed_by = serializers.UUIDField(source="user.opaque_id", help_text="Opaque id of the complainant.")
    assigned_to = serializers.CharField(source="assigned_to.username", default=None, allow_null=True)
    complaint_id = serializers.CharField(source="complaint.complaint_id", help_text="The complaint's id on the chain.")
    blockchain_tx_hash = serializers.SerializerMethodField(
        help_text="Hash of the transaction with the newest link that was read; may be empty."
    )
    blockchain_verified = serializers.SerializerMethodField(help_text=VERIFIED)
    sla_escalated = serializers.SerializerMethodField(help_text="True if a missed deadline is on record.")

    class Meta:
        model = IssueReport
        fields = [
            "tracking_id",
            "issue_title",
            "location",
            "issue_description",
            "status",
            "priority",
            "assigned_to",
            "filed_by",
            "complaint_id",
            "blockchain_tx_hash",
            "blockchain_verified",
            "sla_escalated",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_blockchain_tx_hash(self, report: IssueReport) -> str:
        state = _chain_state(report)
        return state.last_tx_hash if state else ""

    def get_blockchain_verified(self, report: IssueReport) -> bool:
        verdicts: dict[int, Verdict] = self.context["verdicts"]
        return verdicts[report.complaint_id].verified

    def get_sla_escalated(self, report: IssueReport) -> bool:
        state = _chain_state(report)
        return state is not None and state.escalations > 0


class ReportSerializer(PromisedSerializer, ReportSummarySerializer):
    """A report, with the data that lets its owner prove the filing, or record it without the operator."""

    complainant_address = AddressField(source="complaint.complainant", allow_null=True)
    complaint_salt = serializers.CharField(source="complaint.salt", help_text="Opens `complaint_id`. Keep it secret.")
    created = serializers.SerializerMethodField()

    class Meta(ReportSummarySerializer.Meta):
        fields = [
            *ReportSummarySerializer.Meta.fields,
            "complainant_address",
            "complaint_salt",
            "created",
            "promise",
            "promise_reason",
        ]
        read_only_fields = fields

    def get_created(self, report: IssueReport) -> CommitmentSerializer:
        return CommitmentSerializer(self.context["created"]).data  # type: ignore[return-value]


class CommentCreateSerializer(StrictSerializer):
    text = TextField(max_length=5_000, multiline=True)


class CommentSerializer(AcknowledgedSerializer, serializers.ModelSerializer):
    """A comment, with the data that lets its author prove that it was accepted."""

    id = serializers.UUIDField(source="public_id")
    author = serializers.UUIDField(source="author.opaque_id", help_text="Opaque id of the author.")
    by_staff = serializers.BooleanField(source="author.is_staff")
    payload = serializers.SerializerMethodField()
    salt = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # REST framework takes fields off the class

    class Meta:
        model = Comment
        fields = [
            "id",
            "text",
            "author",
            "by_staff",
            "created_at",
            "payload",
            "salt",
            "data",
            "acknowledgement",
            "acknowledgement_reason",
        ]
        read_only_fields = fields

    def get_payload(self, comment: Comment) -> dict[str, Any]:
        return accepted_of(comment.write).payload

    def get_salt(self, comment: Comment) -> str:
        return accepted_of(comment.write).salt

    def get_data(self, comment: Comment) -> str:
        return accepted_of(comment.write).data


def _chain_state(report: IssueReport) -> ChainState | None:
    return getattr(report.complaint, "chain_state", None)
