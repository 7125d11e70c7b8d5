"""Active alarms, in the database, so only the first process that sees an alarm begin or end logs it."""

from datetime import timedelta

from django.utils import timezone

from blockchain.models import Alarm

NAME_LENGTH = 190


def alarm_begin(name: str, *, problem: str) -> bool:
    """Starts the alarm; False if it is already active."""
    _, begun = Alarm.objects.get_or_create(name=name[:NAME_LENGTH], defaults={"problem": problem})
    return begun


def alarm_end(name: str) -> timedelta | None:
    """Ends the alarm and returns how long it was active; None if it was not."""
    standing = Alarm.objects.filter(name=name[:NAME_LENGTH]).first()
    if standing is None or not Alarm.objects.filter(pk=standing.pk).delete()[0]:
        return None
    return timezone.now() - standing.began_at
