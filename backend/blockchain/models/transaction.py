"""Transactions: one account nonce of one key each, stored with its signed bytes before anything is sent."""

from typing import Any

from django.db import models
from django.utils import timezone

from blockchain.chain.paid import price_of, wei_of
from blockchain.models.wei import WeiField


class Transaction(models.Model):
    """The use of one account nonce. Its calldata never changes; fees and gas limit may change with each attempt."""

    class Kind(models.TextChoices):
        RECORD = "record"  # recordBatch
        SIGNED = "signed"  # recordSigned: an entry that an officer signed
        ESCALATE = "escalate"  # batchCheckAndEscalate: carries no writes
        OBJECT = "object"  # logObjection: carries an objection, and no writes

    class State(models.TextChoices):
        OPEN = "open"  # no attempt is mined
        MINED = "mined"  # one attempt is in a block that is not final yet
        CONFIRMED = "confirmed"  # that block is final
        REPLACED = "replaced"  # the nonce was finally used by a transaction that is not ours
        CLOSED = "closed"  # `recover` gave it up: its key lost its roles before it landed

    signer = models.CharField(max_length=42)
    nonce = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    # Hex, `0x`.
    data = models.TextField()
    # Number of its entries; and, once it is mined, how many the contract skipped, except filings that were recorded by
    # others and the entries behind them.
    entries = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # The factor on the estimate in its gas limit.
    gas_margin = models.FloatField(default=1.0)
    # How many times in a row nodes refused it for a reason other than fees; and the words of the last refusal, empty
    # once a node has accepted it.
    refusals = models.PositiveIntegerField(default=0)
    refused_because = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["signer", "nonce"]
        constraints = [models.UniqueConstraint(fields=["signer", "nonce"], name="transaction_nonce_unique")]
        indexes = [models.Index(fields=["state", "signer", "nonce"], name="transaction_state")]

    def __str__(self) -> str:
        return f"nonce {self.nonce} of {self.signer} ({self.state})"


class Attempt(models.Model):
    """Signed bytes for one account nonce, with their fees and their receipt."""

    RECEIPT_FIELDS = (
        "succeeded",
        "block_number",
        "block_hash",
        "gas_used",
        "effective_gas_price",
        "paid_wei",
        "paid_at",
    )

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="attempts")
    attempt_number = models.PositiveSmallIntegerField(default=1)
    tx_hash = models.CharField(max_length=66, unique=True)
    raw = models.TextField()
    # True for an empty transfer to ourselves, which uses up the nonce of a transaction that can never be mined.
    cancels = models.BooleanField(default=False)
    gas_limit = models.PositiveBigIntegerField()
    # wei per gas; a legacy transaction has its gas price in both.
    max_fee_per_gas = models.PositiveBigIntegerField()
    max_priority_fee_per_gas = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    # When it was last handed to a node; null: never.
    sent_at = models.DateTimeField(null=True, blank=True)

    # The receipt: a cache.
    succeeded = models.BooleanField(null=True, blank=True)
    block_number = models.BigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    effective_gas_price = models.PositiveBigIntegerField(null=True, blank=True)
    # What the key paid for it in all, a rollup's fees included; and when we first read that.
    paid_wei = WeiField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["transaction", "attempt_number"]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "attempt_number"], name="attempt_number_unique"),
        ]
        indexes = [
            models.Index(fields=["block_number"], name="attempt_block"),
            models.Index(fields=["paid_at"], name="attempt_paid_at"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt_number}"

    @property
    def most_wei(self) -> int:
        """The most that it may cost on its own chain; a rollup adds its fee for data."""
        return self.gas_limit * self.max_fee_per_gas

    @property
    def ran_out_of_gas(self) -> bool:
        """Whether it failed with its gas used up. A call in it keeps one part in 64 back (EIP-150)."""
        return self.succeeded is False and 64 * (self.gas_used or 0) >= 63 * self.gas_limit

    def receipt_apply(self, receipt: dict[str, Any] | None) -> None:
        """Sets the fields from a JSON-RPC receipt, or clears them without one. Does not save.

        The receipt is one that `blockchain.chain.receipts.priced` has seen.
        """
        self.succeeded = self.block_number = self.gas_used = self.effective_gas_price = self.paid_wei = None
        self.block_hash = ""
        if receipt is None:
            self.paid_at = None
            return
        self.succeeded = int(receipt["status"], 16) == 1
        self.block_number, self.block_hash = int(receipt["blockNumber"], 16), receipt["blockHash"]
        self.gas_used = int(receipt["gasUsed"], 16)
        price = price_of(receipt, max_fee=self.max_fee_per_gas, tip=self.max_priority_fee_per_gas)
        self.effective_gas_price, self.paid_wei = price, wei_of(receipt, price=price)
        self.paid_at = self.paid_at or timezone.now()
