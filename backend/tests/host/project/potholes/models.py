"""Potholes: saved as any Django model is."""

from django.conf import settings
from django.db import models

from blockchain.tracking import TrackedQuerySet


class Pothole(models.Model):
    number = models.PositiveIntegerField(unique=True)
    street = models.CharField(max_length=200)
    state = models.CharField(max_length=8, default="reported")
    depth = models.PositiveIntegerField(default=0)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    objects = TrackedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"pothole {self.number}"
