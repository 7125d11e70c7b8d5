"""Alarms that stand: so that any process logs each when it begins and when it ends, and not in between."""

from django.db import models


class Alarm(models.Model):
    """One thing that is wrong. The row goes when it is over."""

    # Which component, and what: without the numbers that change while it lasts.
    name = models.CharField(max_length=190, unique=True)
    problem = models.TextField()
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-began_at"]

    def __str__(self) -> str:
        return self.problem
