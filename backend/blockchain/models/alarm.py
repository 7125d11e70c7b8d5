"""Active alarms, shared by all processes: each alarm is logged when it begins and when it ends, but not in between."""

from django.db import models


class Alarm(models.Model):
    """One active problem. The row is deleted when the problem is over."""

    # Component and problem, without the numbers that change while it lasts.
    name = models.CharField(max_length=190, unique=True)
    problem = models.TextField()
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-began_at"]

    def __str__(self) -> str:
        return self.problem
