"""Tokens of other systems that record through the API."""

from django.db import models


class ServiceToken(models.Model):
    """A token that lets one system record events of some kinds on complaints of its source. Only its hash is stored."""

    name = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=32)
    # Names of kinds, such as "CREATED".
    event_types = models.JSONField()
    # SHA-256 of the token, hex. The token has 256 random bits, so no slow hash is needed.
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} of {self.source}"
