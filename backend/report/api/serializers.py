"""Bodies of the report endpoints."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from blockchain.enums import EventType
from report.models import Comment, IssueReport
from report_hub.serializers import ChoiceField, StrictSerializer, TextField

MAX_PAGE_SIZE = 200


@extend_schema_field(serializers.CharField(max_length=150))
class StaffField(serializers.Field):
    """The username of an active staff user."""

    default_error_messages = {"unknown": "Must be the username of an active staff user, or null."}

    def to_internal_value(self, data: Any) -> User:
        if not isinstance(data, str) or not data.isprintable():
            self.fail("unknown")
        # Compared again here: databases compare text by rules of their own.
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


class ReportUpdateSerializer(StrictSerializer):
    status = ChoiceField(choices=IssueReport.Status.choices, required=False)
    priority = ChoiceField(choices=IssueReport.Priority.choices, required=False)
    assigned_to = StaffField(allow_null=True, required=False)

    def refusal(self, name: str) -> str:
        if name in {field.name for field in IssueReport._meta.get_fields()}:
            return "Can't be changed."
        return "Unknown field."


class ReportQuerySerializer(StrictSerializer):
    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, required=False)
    status = ChoiceField(choices=IssueReport.Status.choices, required=False)
    assigned_to = serializers.CharField(
        required=False,
        max_length=150,
        help_text="A username; `me` for oneself; `none` for what nobody is assigned to.",
    )


class CommentQuerySerializer(StrictSerializer):
    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, required=False)


class CommitmentSerializer(serializers.Serializer):
    """What the chain gets is `data_hash = keccak256(salt || JCS(payload))`: keep it as the receipt."""

    payload = serializers.DictField()
    salt = serializers.CharField()
    data_hash = serializers.CharField()


class ReportSummarySerializer(serializers.ModelSerializer):
    """A report in a list."""

    filed_by = serializers.UUIDField(source="user.opaque_id", help_text="Opaque id of the complainant.")
    assigned_to = serializers.CharField(source="assigned_to.username", default=None, allow_null=True)

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


class ReportSerializer(ReportSummarySerializer):
    """A report, with what its owner needs to prove what was filed."""

    created = serializers.SerializerMethodField()

    class Meta(ReportSummarySerializer.Meta):
        fields = [*ReportSummarySerializer.Meta.fields, "complaint_salt", "created"]
        read_only_fields = fields

    def get_created(self, report: IssueReport) -> CommitmentSerializer:
        write = report.writes.get(event_type=EventType.CREATED)
        return CommitmentSerializer(write).data  # type: ignore[return-value]


class CommentCreateSerializer(StrictSerializer):
    text = TextField(max_length=5_000, multiline=True)


class CommentSerializer(serializers.ModelSerializer):
    author = serializers.UUIDField(source="author.opaque_id", help_text="Opaque id of the author.")
    by_staff = serializers.BooleanField(source="author.is_staff")

    class Meta:
        model = Comment
        fields = ["id", "text", "author", "by_staff", "created_at"]
        read_only_fields = fields


class CommentCreatedSerializer(CommentSerializer):
    payload = serializers.DictField(source="write.payload")
    salt = serializers.CharField(source="write.salt")
    data_hash = serializers.CharField(source="write.data_hash")

    class Meta(CommentSerializer.Meta):
        fields = [*CommentSerializer.Meta.fields, "payload", "salt", "data_hash"]
        read_only_fields = fields
