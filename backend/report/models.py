"""Complaints and their comments."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from model_utils import FieldTracker

# Crockford base32: no I, L, O, U, so that an id can be read out over a telephone.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACKING_ID_LENGTH = 12


def tracking_id_new() -> str:
    """12 random Crockford base32 characters: 60 bits, not to be guessed."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(TRACKING_ID_LENGTH))


class IssueReport(models.Model):
    """A complaint. Changed by `report.services` only: they record each change for the chain in the same transaction."""

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

    tracking_id = models.CharField(max_length=TRACKING_ID_LENGTH, unique=True, default=tracking_id_new, editable=False)
    # keccak256(complaint_salt || tracking_id), hex: the only name that the chain knows. Spec section 3.
    complaint_id = models.CharField(max_length=66, unique=True, editable=False)
    complaint_salt = models.CharField(max_length=66, editable=False)

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
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # The order of the next write in this complaint's outbox; taken under the row's lock.
    next_write_order = models.PositiveIntegerField(default=1, editable=False)
    # The first assignment sets the deadline of the priority; later ones move none.
    priority_deadline_set = models.BooleanField(default=False, editable=False)

    # What was last seen of the chain, for display. Answers about the chain never come from here.
    blockchain_tx_hash = models.CharField(max_length=66, blank=True, editable=False)
    blockchain_verified = models.BooleanField(default=False, editable=False)
    sla_escalated = models.BooleanField(default=False, editable=False)

    tracker = FieldTracker(fields=["status", "priority", "assigned_to"])

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="report_user"),
            models.Index(fields=["status", "-created_at"], name="report_status"),
            models.Index(fields=["-created_at", "-id"], name="report_newest"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who makes the change that is about to be saved; set by the services, read by the signal handlers.
        self.acting_user: Any = None

    def __str__(self) -> str:
        return self.tracking_id


class Comment(models.Model):
    """A comment of the complainant or of staff."""

    report = models.ForeignKey(IssueReport, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The write that records it, as long as the object lives that was created; set by the signal handler.
        self.write: Any = None

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.report_id}"
