"""The outbox: one row for each link that is to be appended to a complaint's chain."""

from django.conf import settings
from django.db import models

from blockchain.enums import EventType
from blockchain.models.signed_transaction import SignedTransaction


class BlockchainTransaction(models.Model):
    """One write: what is to be recorded, how far it came, and where it landed.

    What is to be recorded (salt and payload above all) is not on the chain and is never dropped. Where it landed is a
    cache that `rebuild_cache` reads again.
    """

    class State(models.TextChoices):
        PENDING = "pending"  # waits to be packed
        SIGNED = "signed"  # in a signed transaction that is stored
        SENT = "sent"  # that transaction was handed to a node
        MINED = "mined"  # its link is in a block
        CONFIRMED = "confirmed"  # that block is buried deep enough
        FAILED = "failed"  # the contract will never take it; holds back its own complaint
        SUPERSEDED = "superseded"  # staff gave it up, with a recorded reason

    OPEN_STATES = (State.PENDING, State.SIGNED, State.SENT, State.MINED)

    report = models.ForeignKey("report.IssueReport", on_delete=models.PROTECT, related_name="writes")
    # Place within the report's outbox, from 1.
    order = models.PositiveIntegerField()
    event_type = models.PositiveSmallIntegerField(choices=EventType)

    # What is recorded. Logged events: salt, payload and their commitment. Evidence: its hash as commitment.
    salt = models.CharField(max_length=66, blank=True)
    payload = models.JSONField(null=True, blank=True)
    data_hash = models.CharField(max_length=66, blank=True)
    # SLA_DEADLINE_SET: the deadline that was promised, Unix seconds.
    requested_deadline = models.BigIntegerField(null=True, blank=True)
    # ESCALATED: the deadline that was missed, Unix seconds; with the complaint the identity of the breach.
    missed_deadline = models.BigIntegerField(null=True, blank=True)
    # Makes enqueueing idempotent where the same fact is found again and again.
    dedupe_key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    # The sequence that it was last packed with.
    sequence = models.PositiveIntegerField(null=True, blank=True)
    signed_transaction = models.ForeignKey(
        SignedTransaction,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="writes",
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    superseded_reason = models.TextField(blank=True, max_length=2_000)
    superseded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    # Where it landed: a cache.
    tx_hash = models.CharField(max_length=66, blank=True)
    block_number = models.BigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    log_index = models.PositiveIntegerField(null=True, blank=True)
    # Time of the block.
    timestamp = models.DateTimeField(null=True, blank=True)
    # This write's share of the transaction's gas; wei per gas.
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    effective_gas_price = models.PositiveBigIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["report", "order"], name="write_order_unique")]
        indexes = [
            models.Index(fields=["state", "id"], name="write_state_id"),
            models.Index(fields=["tx_hash"], name="write_tx_hash"),
            models.Index(fields=["timestamp"], name="write_timestamp"),
        ]
        permissions = [
            ("retry_write", "Can retry a failed write"),
            ("supersede_write", "Can supersede a failed write"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_type_display()} {self.report_id}/{self.order} ({self.state})"
