"""Reports and their comments."""

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from model_utils import FieldTracker

from blockchain.acceptance import UnrecordedChange
from blockchain.models import Complaint, Write

# Crockford base32: no I, L, O or U, so an id can be read out over the phone.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACKING_ID_LENGTH = 12
# Every change of these fields is recorded for the chain.
TRACKED = ("status", "priority", "assigned_to")


def tracking_id_new() -> str:
    """12 random Crockford base32 characters: 60 bits, which nobody can guess."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(TRACKING_ID_LENGTH))


class IssueReportQuerySet(models.QuerySet["IssueReport"]):
    """Refuses operations that would change tracked fields without a record. Raises `UnrecordedChange`."""

    def update(self, **values: Any) -> int:
        if changed := sorted({name.removesuffix("_id") for name in values}.intersection(TRACKED)):
            raise UnrecordedChange(f"{', '.join(changed)} can only be changed by report.services")
        return super().update(**values)

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        raise UnrecordedChange("reports are filed by report.services, one by one")


class IssueReport(models.Model):
    """A complaint as this system handles it. Only `report.services` changes it, and records each change."""

    class Status(models.TextChoices):
        PENDING = "pending"
        IN_PROGRESS = "in_progress"
        ON_HOLD = "on_hold"
        RESOLVED = "resolved"
        REJECTED = "rejected"
        CLOSED = "closed"

    class Priority(models.TextChoices):
        LOW = "low"
        NORMAL = "normal"
        HIGH = "high"
        URGENT = "urgent"

    # The complaint on the chain; its `external_id` is the tracking id.
    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="report", editable=False)
    tracking_id = models.CharField(max_length=TRACKING_ID_LENGTH, unique=True, default=tracking_id_new, editable=False)

    issue_title = models.CharField(max_length=200)
    location = models.CharField(max_length=200)
    issue_description = models.TextField(max_length=10_000)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.NORMAL)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_reports",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="filed by", on_delete=models.PROTECT, related_name="reports"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # The first assignment sets the priority's deadline; later ones leave it as it is.
    priority_deadline_set = models.BooleanField(default=False, editable=False)

    objects = IssueReportQuerySet.as_manager()
    tracker = FieldTracker(fields=TRACKED)

    class Meta:
        verbose_name = "report"
        ordering = ["-created_at", "-id"]
        # The order of every list, with any filter.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="report_newest"),
            models.Index(fields=["user", "-created_at", "-id"], name="report_user"),
            models.Index(fields=["status", "-created_at", "-id"], name="report_status"),
            models.Index(fields=["priority", "-created_at", "-id"], name="report_priority"),
            models.Index(fields=["assigned_to", "-created_at", "-id"], name="report_assignee"),
            models.Index(fields=["assigned_to", "status", "-created_at", "-id"], name="report_assignee_status"),
        ]

    def __str__(self) -> str:
        return self.tracking_id

    def save(self, *args: Any, **options: Any) -> None:
        """Saves changes that need no record. Raises `UnrecordedChange` for a new report or a tracked field."""
        if self._state.adding or self.tracker.changed():
            raise UnrecordedChange(f"{self} can only be filed and changed by report.services")
        super().save(*args, **options)

    def save_recorded(self) -> None:
        """Saves a change that was recorded in the same database transaction."""
        super().save()


class Comment(models.Model):
    """A comment of the complainant or of staff."""

    # The id in the API: a row number would reveal how many comments there are.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    report = models.ForeignKey(IssueReport, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5_000)
    created_at = models.DateTimeField(auto_now_add=True)
    # The write that records the comment; a comment can't be saved without one.
    write = models.OneToOneField(Write, on_delete=models.PROTECT, related_name="comment", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"comment of {self.created_at:%Y-%m-%d %H:%M} on {self.report}"


class IdempotentRequest(models.Model):
    """A request that was sent with an `Idempotency-Key`, and what it created; forgotten after a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # SHA-256, hex: of the key, and of path and body.
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    # The request that holds the key, and until when, in case it dies.
    holder = models.UUIDField()
    held_until = models.DateTimeField()
    # Primary key of the created object; null if it does not exist yet.
    result_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key_hash"], name="idempotent_request_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_request_created")]

    def __str__(self) -> str:
        return f"request of {self.user_id} at {self.created_at}"
