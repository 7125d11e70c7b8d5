"""Alarms that stand, in the database: whichever process is the first to see one begin or end says so, and no other."""

from datetime import timedelta

from django.utils import timezone

from blockchain.models import Alarm

NAME_LENGTH = 190


def alarm_begin(name: str, *, problem: str) -> bool:
    """Whether the alarm begins with this; False if it stands already."""
    _, begun = Alarm.objects.get_or_create(name=name[:NAME_LENGTH], defaults={"problem": problem})
    return begun


def alarm_end(name: str) -> timedelta | None:
    """How long the alarm stood, if it ends with this; None if there is none."""
    standing = Alarm.objects.filter(name=name[:NAME_LENGTH]).first()
    if standing is None or not Alarm.objects.filter(pk=standing.pk).delete()[0]:
        return None
    return timezone.now() - standing.began_at
