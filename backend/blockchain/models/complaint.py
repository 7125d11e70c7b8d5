"""Complaints, which are never dropped, and a cache of their state on the chain."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import cached_property

from blockchain.protocol.kinds import Status

if TYPE_CHECKING:
    from blockchain.models.write import Write

STATUS_CHOICES = [(status.value, status.name) for status in Status]


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints, found by name."""

    def named(self, *, source: str, external_id: str) -> "Complaint | None":
        """The complaint with exactly these names, since a database may treat other names as equal."""
        found = self.filter(source=source, external_id=external_id).first()
        return found if found is not None and (found.source, found.external_id) == (source, external_id) else None


class Complaint(models.Model):
    """One complaint of one source. Its row is locked before a nonce is given; several rows are locked in id order."""

    # The id on the chain, `0x` hex: commits to the filing and to the complainant's address.
    complaint_id = models.CharField(max_length=66, unique=True, editable=False)
    # The system that files it, and that system's id for it, which is hashed into the complaint id with the salt.
    source = models.CharField(max_length=32, editable=False)
    external_id = models.CharField("tracking id", max_length=128, editable=False)
    salt = models.CharField(max_length=66, editable=False)
    # Checksummed address of the complainant's key, who may object; empty for none.
    complainant = models.CharField(max_length=42, blank=True, editable=False)
    # False for an imported case: this system did not witness the events in its payloads.
    witnessed = models.BooleanField(default=True, editable=False)

    # The nonce of the next write. Never use a database sequence instead: a rollback would leave a hole.
    next_nonce = models.PositiveIntegerField(default=0, editable=False)
    # The status on the chain once all accepted writes have landed.
    accepted_status = models.PositiveSmallIntegerField(
        "status", choices=STATUS_CHOICES, default=Status.NONE, editable=False
    )
    # The queue in the relay: complaints of one queue wait for each other, and queues take turns.
    queue = models.CharField(max_length=80, editable=False, default="")
    # The turn of its newest write.
    last_turn = models.PositiveBigIntegerField(default=0, editable=False)
    # Why nothing can be recorded: the chain has a recorder's link that matches no write. Empty: not frozen.
    frozen_reason = models.CharField("frozen because", max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="complaint_source_unique")]
        indexes = [
            models.Index(fields=["frozen_reason"], name="complaint_frozen"),
            models.Index(fields=["queue", "last_turn"], name="complaint_queue_turn"),
            models.Index(fields=["accepted_status"], name="complaint_status"),
            models.Index(fields=["created_at"], name="complaint_created"),
        ]

    @cached_property
    def created(self) -> "Write":
        """The write that files it."""
        return self.writes.get(nonce=0)

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"


class ChainState(models.Model):
    """Cache: the slot of one complaint, computed from the events that were read. Names and units are the contract's."""

    # No database constraint: complaints that were not filed here have a state too, and a foreign key would lock the
    # complaint's row, which requests hold.
    complaint = models.OneToOneField(
        Complaint,
        to_field="complaint_id",
        db_column="complaint_id",
        db_constraint=False,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        related_name="chain_state",
    )
    event_count = models.PositiveIntegerField(default=0)
    # 22 bytes, `0x` hex.
    head = models.CharField(max_length=46)
    # While OPEN, the deadline, Unix seconds; else the seconds left on the stopped clock; 0: none.
    sla_deadline = models.BigIntegerField(default=0)
    status = models.PositiveSmallIntegerField(choices=STATUS_CHOICES, default=Status.NONE)
    escalations = models.PositiveSmallIntegerField(default=0)
    objections = models.PositiveSmallIntegerField(default=0)
    # Unix seconds.
    last_escalated_at = models.BigIntegerField(null=True, blank=True)
    last_tx_hash = models.CharField(max_length=66, blank=True)
    # Whether count and head agreed with the contract at the last comparison.
    agrees = models.BooleanField(default=False)
    # When a storage proof that shows this state was taken last, by our clock; null: there is none.
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "proved_at"], name="chain_state_proved"),
            models.Index(fields=["status", "sla_deadline"], name="chain_state_deadline"),
            models.Index(fields=["agrees"], name="chain_state_agrees"),
        ]

    def __str__(self) -> str:
        return f"{self.event_count} links"
