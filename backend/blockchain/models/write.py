"""The outbox: one row for each link that a recorder will append to a complaint's chain."""

from django.db import models

from blockchain.models.complaint import Complaint
from blockchain.models.transaction import Transaction
from blockchain.models.wei import WeiField
from blockchain.protocol.kinds import EventType

EVENT_TYPE_CHOICES = [(event_type.value, event_type.name) for event_type in EventType]


class Write(models.Model):
    """One write: its content, its progress, and where it landed.

    Its content (above all nonce, salt and payload) is not on the chain and is never dropped. Where it landed is a cache
    that `rebuild_cache` reads again.
    """

    class State(models.TextChoices):
        RESERVED = "reserved"  # waits for an officer's signature
        PENDING = "pending"  # waits to be packed
        SENT = "sent"  # in a stored signed transaction, which is sent repeatedly until it is mined
        MINED = "mined"  # its link is in a block
        CONFIRMED = "confirmed"  # that block is final
        FAILED = "failed"  # the contract will never accept it; holds back its own complaint

    UNLANDED = (State.RESERVED, State.PENDING, State.SENT, State.FAILED)

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="writes")
    # The number of recorders' links before this one, given when the request was accepted. Only `recover` changes it,
    # and only for rows that were never sent.
    nonce = models.PositiveIntegerField()
    event_type = models.PositiveSmallIntegerField(choices=EVENT_TYPE_CHOICES)
    # The entry's data, 32 bytes of `0x` hex: the payload's commitment, the deadline, or zero.
    data = models.CharField(max_length=66)
    salt = models.CharField(max_length=66, blank=True)
    payload = models.JSONField(null=True, blank=True)
    # False: the commitment was made by another system, which keeps payload and salt.
    opened = models.BooleanField(default=True)
    # Makes recording idempotent when the same fact is reported again.
    dedupe_key = models.CharField(max_length=128, null=True, blank=True)
    # The original before it was given up and became a note: event type, data, salt, payload, reason.
    given_up = models.JSONField(null=True, blank=True)
    # Read from the chain, not accepted here: another system wrote it, and its payload is unknown.
    imported = models.BooleanField(default=False)

    # The user or system whose quota it counts for, such as "user 5". Empty: none.
    caused_by = models.CharField(max_length=80, blank=True)
    # Its place in the relay's order, between queues: `blockchain.turns`.
    turn = models.PositiveBigIntegerField(default=0)

    # An officer's signature (EIP-712), with which anyone can record the entry; empty for the relay's own entries.
    actor = models.CharField(max_length=42, blank=True)
    entry_head = models.CharField(max_length=46, blank=True)
    # Unix seconds.
    valid_until = models.BigIntegerField(null=True, blank=True)
    entry_signature = models.TextField(blank=True)
    reserved_until = models.DateTimeField(null=True, blank=True)

    # The operator's promise (CREATED: the signed entry) or acknowledgement, made after the request was accepted.
    promise_signer = models.CharField(max_length=42, blank=True)
    promise_signature = models.CharField(max_length=132, blank=True)

    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    transaction = models.ForeignKey(Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="writes")
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField("next attempt", null=True, blank=True)
    error_code = models.CharField("error", max_length=64, blank=True)
    error_detail = models.CharField("details", max_length=500, blank=True)

    # Where it landed: a cache.
    sequence = models.PositiveIntegerField(null=True, blank=True)
    tx_hash = models.CharField("transaction hash", max_length=66, blank=True)
    block_number = models.BigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    log_index = models.PositiveIntegerField(null=True, blank=True)
    # Time of the block.
    timestamp = models.DateTimeField("block time", null=True, blank=True)
    # This write's share of the transaction's gas; wei per gas; its share of what was paid.
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    effective_gas_price = models.PositiveBigIntegerField(null=True, blank=True)
    paid_wei = WeiField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "nonce"], name="write_nonce_unique"),
            # Nulls are distinct: writes without a key don't clash.
            models.UniqueConstraint(fields=["complaint", "dedupe_key"], name="write_dedupe_unique"),
        ]
        indexes = [
            models.Index(fields=["state", "turn", "id"], name="write_state_turn"),
            models.Index(fields=["caused_by", "state"], name="write_caused_state"),
            models.Index(fields=["caused_by", "event_type", "created_at"], name="write_caused_kind"),
            models.Index(fields=["state", "complaint", "nonce"], name="write_state_complaint"),
            models.Index(fields=["tx_hash"], name="write_tx_hash"),
            models.Index(fields=["timestamp"], name="write_timestamp"),
            models.Index(fields=["event_type"], name="write_kind"),
            models.Index(fields=["error_code"], name="write_error"),
            models.Index(fields=["created_at"], name="write_created"),
        ]
        permissions = [
            ("retry_write", "Can retry a failed write"),
            ("give_up_write", "Can give a write up, which turns it into a note"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_type_display()} of {self.complaint.external_id}, nonce {self.nonce} ({self.state})"
