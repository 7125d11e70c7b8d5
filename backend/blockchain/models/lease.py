"""Who may write with a signing key, and how its last run went."""

from django.db import models


class RelayLease(models.Model):
    """One writer at a time for each signing key. The lease optimises; nonces and guarded updates protect."""

    signer = models.CharField(max_length=42, unique=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    last_run_at = models.DateTimeField()
    # Why the relay can't write now (no funds, no role, fees above the cap, ...); empty when it can.
    blocked_reason = models.CharField(max_length=300, blank=True)
    # Why the relay must not write with this key until `recover` has run: a link by this key is no write of ours.
    stopped_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.signer} held by {self.holder}"
