"""Signed transactions, stored before they are sent."""

from typing import Any

from django.db import models


class SignedTransaction(models.Model):
    """One attempt at one nonce: the bytes, what they pay, and what became of them."""

    class State(models.TextChoices):
        SIGNED = "signed"
        SENT = "sent"
        MINED = "mined"
        CONFIRMED = "confirmed"
        REPLACED = "replaced"  # the nonce was used by another attempt, or by somebody else with the same key

    RECEIPT_FIELDS = ("succeeded", "block_number", "block_hash", "gas_used", "effective_gas_price")

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

    def receipt_apply(self, receipt: dict[str, Any] | None) -> None:
        """Takes over a JSON-RPC receipt, or its absence; does not save."""
        self.succeeded = self.block_number = self.gas_used = self.effective_gas_price = None
        self.block_hash = ""
        if receipt is not None:
            self.succeeded = int(receipt["status"], 16) == 1
            self.block_number, self.block_hash = int(receipt["blockNumber"], 16), receipt["blockHash"]
            self.gas_used = int(receipt["gasUsed"], 16)
            self.effective_gas_price = int(receipt.get("effectiveGasPrice", "0x0"), 16)
