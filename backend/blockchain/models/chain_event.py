"""The indexed chain events and the scan cursor: a cache."""

from django.db import models

from blockchain.models.write import EVENT_TYPE_CHOICES


class ChainEvent(models.Model):
    """One link of one complaint's hash chain, as a log in a block said it."""

    complaint_id = models.CharField(max_length=66)
    sequence = models.PositiveIntegerField()
    event_type = models.PositiveSmallIntegerField(choices=EVENT_TYPE_CHOICES)
    actor = models.CharField(max_length=42)
    # Unix seconds, as hashed into the link.
    timestamp = models.BigIntegerField()
    # What the link commits to, 32 bytes of `0x` hex.
    data = models.CharField(max_length=66)
    tx_hash = models.CharField("transaction hash", max_length=66)
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    log_index = models.PositiveIntegerField()

    class Meta:
        verbose_name = "event on the chain"
        verbose_name_plural = "events on the chain"
        ordering = ["complaint_id", "sequence"]
        # The contract gives each sequence once. Places of logs are no key: some nodes count them in each transaction.
        constraints = [
            models.UniqueConstraint(fields=["complaint_id", "sequence"], name="chain_event_link_unique"),
        ]
        indexes = [
            models.Index(fields=["block_number", "log_index"], name="chain_event_place"),
            models.Index(fields=["event_type", "block_number", "log_index"], name="chain_event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_type_display()} ({self.sequence}) of {self.complaint_id}"


class ScanCursor(models.Model):
    """How far the chain has been read: one row for each contract."""

    chain_id = models.PositiveBigIntegerField()
    address = models.CharField(max_length=42)
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    updated_at = models.DateTimeField(auto_now=True)
    # When all complaints were last compared with the contract, none left out. Of the last comparison, complete or not:
    # how many were compared, and how many could not be.
    reconciled_at = models.DateTimeField(null=True, blank=True)
    reconciled = models.PositiveIntegerField(default=0)
    reconcile_uncompared = models.PositiveIntegerField(default=0)
    # Of the complaints that were read lately: how many differ and could not be repaired, and how many could not be
    # compared.
    differing = models.PositiveIntegerField(default=0)
    uncompared = models.PositiveIntegerField(default=0)
    # With several nodes: the first block that none but one of them has told of. Null: two agree on all blocks.
    unconfirmed_from = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "address"], name="scan_cursor_contract_unique")]

    @classmethod
    def find(cls, *, chain_id: int, address: str) -> "ScanCursor | None":
        """The cursor of a contract; None while nothing of it has been read."""
        return cls.objects.filter(chain_id=chain_id, address=address).first()

    def __str__(self) -> str:
        return f"block {self.block_number}"


class ScanCheckpoint(models.Model):
    """Blocks that the cursor stood on before, to find the common ancestor after a reorg."""

    cursor = models.ForeignKey(ScanCursor, on_delete=models.CASCADE, related_name="checkpoints")
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)

    class Meta:
        ordering = ["-block_number"]
        constraints = [
            models.UniqueConstraint(fields=["cursor", "block_number"], name="scan_checkpoint_block_unique"),
        ]

    def __str__(self) -> str:
        return f"block {self.block_number}"
