"""The periodic jobs: when each of them last succeeded, and how far one that was interrupted had come."""

from django.db import models


class Job(models.Model):
    """One job. It is expected to succeed again and again; health is red when it has not for too long."""

    name = models.CharField(max_length=32, unique=True)
    # Since when it is expected to run.
    since = models.DateTimeField(auto_now_add=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    # Why it failed after its last success; empty if it did not.
    error = models.TextField(blank=True)
    # Where it continues after an interruption; empty if it has nothing to continue.
    progress = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
