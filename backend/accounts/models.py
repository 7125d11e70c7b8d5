"""The user: Django's own, with an id that says nothing about the person."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A complainant, or staff (`is_staff`)."""

    # Stands for the person in payloads and tokens, so they carry neither a name nor a sequential number.
    opaque_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class LoginAttempt(models.Model):
    """One login attempt, kept while the throttle counts it. It is in the database, so all processes share the count."""

    # HMAC of an address, of an account name, or of both; neither is stored itself.
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["key", "at"], name="login_attempt_key_at"),
            models.Index(fields=["at"], name="login_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"attempt at {self.at}"


class KnownAddress(models.Model):
    """An address from which its owner has logged in to an account; attempts from other addresses don't lock it out."""

    # HMAC of address and account.
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"login at {self.at}"


class Login(models.Model):
    """One login and all of its tokens. It ends with a logout, or when a used refresh token is sent again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The id of the refresh token that has not been used yet.
    refresh_id = models.CharField(max_length=64)
    ended = models.BooleanField(default=False)
    # When its newest token expires.
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"login until {self.expires_at}"
