"""Who may write with a signing key."""

from django.db import models


class RelayLease(models.Model):
    """One writer at a time for each signing key. The lease optimises; nonces and guarded updates protect."""

    signer = models.CharField(max_length=42, unique=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.signer} held by {self.holder}"
