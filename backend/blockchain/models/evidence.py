"""Evidence files: what was stored, and the write that anchors it."""

import uuid

from django.conf import settings
from django.db import models

from blockchain.models.complaint import Complaint
from blockchain.models.write import Write


class EvidenceFile(models.Model):
    """One file of one complaint. The bytes are in the evidence store, under their CID; the write has the commitment."""

    # The id in the API: a row number would reveal how many files there are.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="evidence")
    # Null for a file that another system uploaded.
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ipfs_cid = models.CharField("CID", max_length=100)
    # The parameters of the CID; without them it could not be recomputed.
    cid_parameters = models.JSONField()
    # SHA-256 of the file, hex.
    file_hash = models.CharField("SHA-256", max_length=64)
    # Bytes.
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=127, blank=True)
    # A label, never a path.
    name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    write = models.OneToOneField(Write, on_delete=models.PROTECT, related_name="evidence")
    # Time of the block that anchored it: a cache.
    anchored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["complaint", "file_hash"], name="evidence_once_per_complaint")]
        indexes = [
            models.Index(fields=["media_type"], name="evidence_media_type"),
            models.Index(fields=["created_at"], name="evidence_created"),
        ]

    def __str__(self) -> str:
        return self.name or self.ipfs_cid
