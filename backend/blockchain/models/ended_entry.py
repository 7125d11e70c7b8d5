"""Officers' entries whose reservation ended, and whose nonce was given back."""

from django.db import models

from blockchain.models.complaint import Complaint
from blockchain.models.write import EVENT_TYPE_CHOICES


class EndedEntry(models.Model):
    """An entry whose link may still appear: if its signature exists, anyone who holds it may record the entry."""

    # The primary key of the former write, which it becomes again if it lands.
    write_id = models.PositiveBigIntegerField(primary_key=True)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="ended_entries")
    nonce = models.PositiveIntegerField()
    event_type = models.PositiveSmallIntegerField(choices=EVENT_TYPE_CHOICES)
    data = models.CharField(max_length=66)
    salt = models.CharField(max_length=66, blank=True)
    payload = models.JSONField(null=True, blank=True)
    actor = models.CharField(max_length=42)
    entry_head = models.CharField(max_length=46)
    # Unix seconds; afterwards no signature of it is valid.
    valid_until = models.BigIntegerField()

    # The same columns as those of a write.
    OF_ENTRY = ("nonce", "event_type", "data", "salt", "payload", "actor", "entry_head", "valid_until")

    class Meta:
        ordering = ["write_id"]

    def __str__(self) -> str:
        return f"{self.get_event_type_display()} of {self.complaint.external_id}, nonce {self.nonce} (ended)"
