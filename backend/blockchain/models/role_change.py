"""Changes of the contract's roles: a cache of its events, and what people acknowledged of them, which is kept."""

from django.db import models


class RoleChange(models.Model):
    """One event of the contract's access control, as a log in a block said it."""

    event = models.CharField(max_length=40)
    # The role's name, or 32 bytes of `0x` hex if it has none; empty where the event is about no role.
    role = models.CharField(max_length=66, blank=True)
    # Whom it is about: who was granted or revoked the role, or is to become the admin.
    account = models.CharField(max_length=42, blank=True)
    # Who sent it; only events of a single role say so.
    sender = models.CharField(max_length=42, blank=True)
    # What the deployment's artifact announced needs no acknowledgement.
    announced = models.BooleanField()
    tx_hash = models.CharField("transaction hash", max_length=66)
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    log_index = models.PositiveIntegerField()

    class Meta:
        ordering = ["block_number", "log_index"]
        # Some nodes count logs in each transaction.
        constraints = [
            models.UniqueConstraint(fields=["block_hash", "tx_hash", "log_index"], name="role_change_log_unique"),
        ]
        indexes = [models.Index(fields=["announced", "block_number"], name="role_change_announced")]

    def __str__(self) -> str:
        return f"{self.event} {self.role} {self.account} in block {self.block_number}".replace("  ", " ")


class RoleAcknowledgement(models.Model):
    """A transaction whose role changes the operator knows about. It is never dropped with the cache."""

    tx_hash = models.CharField("transaction hash", max_length=66, unique=True)
    by = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.tx_hash} by {self.by}"
