"""Service level agreements as the chain has them: a cache."""

from django.db import models


class SLATracker(models.Model):
    """The SLA clock of one complaint, folded from the chain's events up to `sequence`."""

    report = models.OneToOneField("report.IssueReport", on_delete=models.CASCADE, related_name="sla")
    # Running clock: when it ends. Stopped clock or no deadline: null.
    deadline = models.DateTimeField(null=True, blank=True)
    # Stopped clock: seconds left on it.
    remaining_seconds = models.BigIntegerField(null=True, blank=True)
    running = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    level = models.PositiveSmallIntegerField(default=0)
    last_escalated_at = models.DateTimeField(null=True, blank=True)
    # The last link that is taken into account, and the head of the hash chain after it (22 bytes, `0x` hex).
    sequence = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=46, blank=True)

    class Meta:
        indexes = [models.Index(fields=["deadline"], name="sla_deadline")]

    def __str__(self) -> str:
        return f"SLA of {self.report_id}: level {self.level}"
