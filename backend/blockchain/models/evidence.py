"""Evidence files: what was stored, and when its hash was anchored."""

from django.conf import settings
from django.db import models

from blockchain.models.write import BlockchainTransaction


class EvidenceHash(models.Model):
    """One file of one report. The bytes are in the evidence store, under their CID."""

    report = models.ForeignKey("report.IssueReport", on_delete=models.PROTECT, related_name="evidence")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ipfs_cid = models.CharField(max_length=100)
    # The parameters that the CID was made with; without them it could not be computed again.
    cid_parameters = models.JSONField()
    # SHA-256 of the file, hex.
    file_hash = models.CharField(max_length=64)
    salt = models.CharField(max_length=66)
    # keccak256(salt || sha256 || cid), hex: what the chain knows. Spec section 3.
    evidence_hash = models.CharField(max_length=66)
    # Bytes.
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=127, blank=True)
    # A label, never a path.
    name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Made by the signal handler when the row is; None only in between.
    write = models.OneToOneField(
        BlockchainTransaction,
        null=True,
        on_delete=models.PROTECT,
        related_name="evidence",
    )
    # Time of the block that anchored it: a cache.
    anchored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["report", "file_hash"], name="evidence_once_per_report")]

    def __str__(self) -> str:
        return self.ipfs_cid
