"""Signed transactions, stored before they are sent."""

from django.db import models


class SignedTransaction(models.Model):
    """One attempt at one nonce: the bytes, what they pay, and what became of them."""

    class State(models.TextChoices):
        SIGNED = "signed"
        SENT = "sent"
        MINED = "mined"
        CONFIRMED = "confirmed"
        REPLACED = "replaced"  # the nonce was used by another attempt, or by somebody else with the same key

    UNSETTLED_STATES = (State.SIGNED, State.SENT)

    signer = models.CharField(max_length=42)
    nonce = models.PositiveBigIntegerField()
    attempt = models.PositiveSmallIntegerField(default=1)
    tx_hash = models.CharField(max_length=66, unique=True)
    raw = models.TextField()
    gas_limit = models.PositiveBigIntegerField()
    # wei per gas; a legacy transaction has its gas price in both.
    max_fee_per_gas = models.PositiveBigIntegerField()
    max_priority_fee_per_gas = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.SIGNED)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    # The receipt: a cache.
    succeeded = models.BooleanField(null=True, blank=True)
    block_number = models.BigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    effective_gas_price = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["signer", "nonce", "attempt"]
        constraints = [
            models.UniqueConstraint(fields=["signer", "nonce", "attempt"], name="signed_transaction_attempt_unique"),
        ]
        indexes = [models.Index(fields=["state", "signer", "nonce"], name="signed_state_nonce")]

    def __str__(self) -> str:
        return f"{self.tx_hash} (nonce {self.nonce}, attempt {self.attempt}, {self.state})"
