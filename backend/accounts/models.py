"""The user: Django's own, with an id that says nothing about the person."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A complainant, or staff (`is_staff`)."""

    # Stands for the person in payloads and tokens, so that neither carries a name or a countable number.
    opaque_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class LoginAttempt(models.Model):
    """One try to log in, kept while the throttle counts it: in the database, so that all processes count together."""

    # SHA-256 of an address or an account name, so that neither is kept.
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["key", "at"], name="login_attempt_key_at"),
            models.Index(fields=["at"], name="login_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"attempt at {self.at}"
