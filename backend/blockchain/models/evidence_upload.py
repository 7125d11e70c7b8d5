"""What users uploaded lately: for the limits per hour, which hold across processes."""

from django.conf import settings
from django.db import models


class EvidenceUpload(models.Model):
    """One upload that was admitted; forgotten when it is older than the limits look back."""

    class Purpose(models.TextChoices):
        STORE = "store"
        VERIFY = "verify"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=6, choices=Purpose)
    # Bytes, as the request declared them.
    size = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="evidence_upload_user_at")]

    def __str__(self) -> str:
        return f"{self.size} bytes by {self.user_id}"
