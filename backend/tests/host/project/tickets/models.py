"""The city's tickets: a model and a workflow of its own."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models


def reference_new() -> str:
    return f"C-{secrets.token_hex(4)}"


class Ticket(models.Model):
    class State(models.TextChoices):
        NEW = "new"
        ASSIGNED = "assigned"
        DONE = "done"

    reference = models.CharField(max_length=16, unique=True, default=reference_new)
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    citizen = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    complaint = models.OneToOneField("complaint_registry.Complaint", on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.reference

    def committed(self) -> dict[str, Any]:
        """What payloads say of a ticket."""
        officer = None if self.officer_id is None else str(self.officer_id)
        return {"subject": self.subject, "state": str(self.state), "officer": officer}
