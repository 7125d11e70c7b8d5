"""The lease on a signing key: its present holder, and the reasons why it can't write."""

from django.db import models


class RelayLease(models.Model):
    """Allows one writer at a time for each signing key. It avoids conflicts; nonces and guards resolve them."""

    signer = models.CharField(max_length=42, unique=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField("lease until")
    last_run_at = models.DateTimeField("last run")
    # Why the relay can't write now (no funds, no role, fees above the cap, ...); empty when it can.
    blocked_reason = models.CharField("blocked because", max_length=300, blank=True)
    # What the operator can do about it.
    blocked_remedy = models.CharField(max_length=300, blank=True)
    # Why the relay must not write with this key until `recover` has run: this key has a link that matches no write.
    stopped_reason = models.CharField("stopped because", max_length=300, blank=True)

    class Meta:
        verbose_name = "relay"

    def __str__(self) -> str:
        return f"{self.signer} held by {self.holder}"
