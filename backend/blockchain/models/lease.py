"""Who may write with a signing key, and what keeps it from writing."""

from django.db import models


class RelayLease(models.Model):
    """One writer at a time for each signing key. The lease optimises; nonces and guarded updates protect."""

    signer = models.CharField(max_length=42, unique=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField("lease until")
    last_run_at = models.DateTimeField("last run")
    # Why the relay can't write now (no funds, no role, fees above the cap, ...); empty when it can.
    blocked_reason = models.CharField("blocked because", max_length=300, blank=True)
    # Why the relay must not write with this key until `recover` has run: a link by this key is no write of ours.
    stopped_reason = models.CharField("stopped because", max_length=300, blank=True)

    class Meta:
        verbose_name = "relay"

    def __str__(self) -> str:
        return f"{self.signer} held by {self.holder}"
