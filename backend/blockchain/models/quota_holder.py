"""Whose quota is being counted."""

from django.db import models


class QuotaHolder(models.Model):
    """A user or a system that records. Requests of one holder at the same moment queue for its row."""

    # As `Write.caused_by`.
    name = models.CharField(max_length=80, primary_key=True)

    def __str__(self) -> str:
        return self.name
