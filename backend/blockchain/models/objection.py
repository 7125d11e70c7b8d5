"""Objections that complainants signed and handed in, for the relay to record."""

import uuid

from django.db import models

from blockchain.models.complaint import Complaint
from blockchain.models.transaction import Transaction


class Objection(models.Model):
    """One objection. Its content is not on the chain and is never dropped; its state is computed, from the cache."""

    # The id in the API: a row number would reveal how many objections there are.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="objections")
    # The number of objections on the chain before this one, as the complainant signed it.
    number = models.PositiveSmallIntegerField()
    # The payload's commitment, 32 bytes of `0x` hex; the salt likewise.
    data = models.CharField(max_length=66)
    salt = models.CharField(max_length=66, blank=True)
    payload = models.JSONField(null=True, blank=True)
    # The complainant's, 65 bytes of `0x` hex.
    signature = models.CharField(max_length=132)
    # Null once it was refused: its number is then free again, since databases treat nulls as different.
    standing = models.BooleanField(null=True, default=True)
    # The user or system whose quota it counts for, such as "user 5".
    caused_by = models.CharField(max_length=80, blank=True)

    # The transaction that carries it, or that recorded it for good.
    transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="objections"
    )
    # How often the contract refused it at an estimate, which costs nothing; and in a transaction, which was paid for.
    refusals = models.PositiveIntegerField(default=0)
    reverts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField("next attempt", null=True, blank=True)
    error_code = models.CharField("error", max_length=64, blank=True)
    error_detail = models.CharField("details", max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "number", "standing"], name="objection_number_unique"),
        ]
        indexes = [
            models.Index(fields=["standing", "transaction"], name="objection_waiting"),
            models.Index(fields=["caused_by", "created_at"], name="objection_caused"),
            models.Index(fields=["created_at"], name="objection_created"),
        ]

    def __str__(self) -> str:
        return f"objection {self.number} to {self.complaint.external_id}"
