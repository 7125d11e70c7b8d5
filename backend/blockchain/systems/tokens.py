"""Service tokens: creating them, finding them, and what they allow."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from blockchain.models import ServiceToken
from blockchain.protocol.kinds import ENTRIES, EventType

# Distinguishes these tokens from others, in logs and for scanners of leaked secrets.
PREFIX = "crs_"
TOKEN_BYTES = 32
# The precision of the time of last use.
USE_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A calling system, in place of a user. Never staff."""

    name: str
    source: str
    event_types: frozenset[EventType]

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False
    pk = None

    def __str__(self) -> str:
        return f"service {self.name}"


def token_create(
    *, name: str, source: str, event_types: Collection[EventType], lifetime: timedelta
) -> tuple[ServiceToken, str]:
    """Creates and returns a token; only its hash is stored. Raises `ValueError` for kinds that systems can't record."""
    if not event_types or (others := [kind.name for kind in event_types if kind not in ENTRIES]):
        raise ValueError(f"a system can't record these kinds: {', '.join(others) if event_types else 'none given'}")
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ServiceToken.objects.create(
        name=name,
        source=source,
        event_types=sorted((kind.name for kind in event_types), key=lambda kind: EventType[kind]),
        token_hash=_hash(token),
        expires_at=timezone.now() + lifetime,
    )
    return row, token


def service_find(token: str) -> Service | None:
    """The system with this token; None if the token is unknown or has expired."""
    row = ServiceToken.objects.filter(token_hash=_hash(token), expires_at__gt=timezone.now()).first()
    if row is None:
        return None
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > USE_RESOLUTION:
        ServiceToken.objects.filter(pk=row.pk).update(last_used_at=now)
    kinds = frozenset(EventType[name] for name in row.event_types)
    return Service(name=row.name, source=row.source, event_types=kinds)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
