"""Limits login attempts, through the API and in the admin: per address and account together, and per each alone.

The limit of an account applies only to addresses that have not logged in to it before. Otherwise anyone could lock a
user out by guessing passwords.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from accounts.models import KnownAddress, LoginAttempt, User

# How long an account remembers an address that has logged in to it.
KNOWN_FOR: Final = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `number` attempts under a key in `window`."""

    key: str
    number: int
    window: timedelta


class LoginThrottle(BaseThrottle):
    """Counts every attempt, successful or not; refused attempts don't prolong the wait."""

    wait_seconds: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return True
        username = request.data.get("username") if isinstance(request.data, dict) else None
        self.wait_seconds = login_wait(request=request, username=username if isinstance(username, str) else None)
        return self.wait_seconds is None

    def wait(self) -> float | None:
        return self.wait_seconds


def login_wait(*, request: HttpRequest | Request, username: str | None) -> int | None:
    """Counts a login attempt and returns None; or, if it exceeds a limit, returns the seconds to wait, uncounted."""
    address = f"address:{_address(request)}"
    keys = [("login_address", address)]
    if username is not None:
        account = _account(username)
        keys.append(("login", f"{account} {address}"))
        if not KnownAddress.objects.filter(key=_digest(f"{account} {address}"), at__gt=_known_since()).exists():
            keys.append(("login_account", account))
    return _register([limit for rate, key in keys if (limit := _limit(rate, key)) is not None])


def login_succeeded(*, request: HttpRequest | Request, user: User) -> None:
    """Remembers that the owner of the account has logged in from this address."""
    key = _digest(f"{_account(user.get_username())} address:{_address(request)}")
    KnownAddress.objects.filter(at__lte=_known_since()).delete()
    KnownAddress.objects.update_or_create(key=key, defaults={"at": timezone.now()})


def _known_since() -> object:
    return timezone.now() - KNOWN_FOR


def _account(username: str) -> str:
    # All spellings that log in to an account count as that account.
    return f"account:{User.normalize_username(username).strip().casefold()}"


def _address(request: HttpRequest | Request) -> str:
    """An IPv4 address as it is; the /64 network of an IPv6 address, which a single customer gets."""
    address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads the headers only
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _limit(rate: str, key: str) -> Limit | None:
    rates: dict[str, str | None] = api_settings.DEFAULT_THROTTLE_RATES  # type: ignore[assignment]
    number, seconds = SimpleRateThrottle.parse_rate(None, rates[rate])  # type: ignore[arg-type]
    if number is None or seconds is None:
        return None
    return Limit(key=_digest(key), number=number, window=timedelta(seconds=seconds))


def _digest(key: str) -> str:
    """The stored form of a key. It reveals neither addresses nor accounts, not even to somebody who tries them all."""
    return salted_hmac(__name__, key.encode(errors="replace"), algorithm="sha256").hexdigest()


def _register(limits: list[Limit]) -> int | None:
    now = timezone.now()
    if limits:
        LoginAttempt.objects.filter(at__lte=now - max(limit.window for limit in limits)).delete()
    # Inserts before counting, so simultaneous attempts see each other.
    attempts = [LoginAttempt.objects.create(key=limit.key, at=now) for limit in limits]
    waits = []
    for limit in limits:
        recent = LoginAttempt.objects.filter(key=limit.key, at__gt=now - limit.window).order_by("at")
        if recent.count() > limit.number:
            oldest = recent.values_list("at", flat=True)[0]
            waits.append(max(1, math.ceil((oldest + limit.window - now).total_seconds())))
    if not waits:
        return None
    LoginAttempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).delete()
    return max(waits)
