"""The holders of quotas."""

from django.db import models


class QuotaHolder(models.Model):
    """A user or a system that records. Simultaneous requests of one holder queue for its row."""

    # As in `caused_by` of writes and objections.
    name = models.CharField(max_length=80, primary_key=True)

    def __str__(self) -> str:
        return self.name
