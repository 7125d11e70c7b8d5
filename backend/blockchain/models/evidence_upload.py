"""Recent uploads, for the hourly limits that hold across processes."""

from django.db import models


class EvidenceUpload(models.Model):
    """One accepted upload, deleted once it is older than the period of the limits."""

    class Purpose(models.TextChoices):
        STORE = "store"
        VERIFY = "verify"

    # A user or a system, such as "user 5".
    uploader = models.CharField(max_length=80)
    purpose = models.CharField(max_length=6, choices=Purpose)
    # Bytes, as the request declared them.
    size = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["uploader", "at"], name="evidence_upload_uploader_at")]

    def __str__(self) -> str:
        return f"{self.size} bytes by {self.uploader}"
