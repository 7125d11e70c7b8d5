"""How often somebody may try to log in: per address and per account, `THROTTLE_LOGIN` each."""

import hashlib
import math
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from accounts.models import LoginAttempt, User


class LoginThrottle(SimpleRateThrottle):
    """Counts every attempt, right or wrong; refused ones don't prolong the wait."""

    scope = "login"
    wait_seconds: int | None = None

    def get_rate(self) -> str | None:
        rate: str | None = api_settings.DEFAULT_THROTTLE_RATES["login"]  # type: ignore[assignment]
        return rate

    def allow_request(self, request: Request, view: APIView) -> bool:
        limit, seconds = self.parse_rate(self.rate)
        if limit is None or seconds is None:
            return True
        keys = {f"address:{_network(self.get_ident(request))}"}
        username = request.data.get("username") if isinstance(request.data, dict) else None
        if isinstance(username, str):
            # Every spelling that logs in to the same account counts as that account.
            keys.add(f"account:{User.normalize_username(username).strip().casefold()}")
        self.wait_seconds = login_attempt_register(keys=keys, limit=limit, window=timedelta(seconds=seconds))
        return self.wait_seconds is None

    def wait(self) -> float | None:
        return self.wait_seconds


def _network(address: str) -> str:
    """An IPv4 address itself; of an IPv6 address the /64, which is what one customer gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def login_attempt_register(*, keys: set[str], limit: int, window: timedelta) -> int | None:
    """Counts an attempt under each key. Returns None, or the seconds to wait if one has had `limit` in the window."""
    now = timezone.now()
    digests = [hashlib.sha256(key.encode(errors="replace")).hexdigest() for key in keys]
    LoginAttempt.objects.filter(at__lte=now - window).delete()
    # Counted after it is inserted, so that attempts at the same moment see each other.
    attempts = [LoginAttempt.objects.create(key=digest, at=now) for digest in digests]
    for digest in digests:
        recent = LoginAttempt.objects.filter(key=digest, at__gt=now - window).order_by("at")
        if recent.count() > limit:
            oldest = recent.values_list("at", flat=True)[0]
            LoginAttempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).delete()
            return max(1, math.ceil((oldest + window - now).total_seconds()))
    return None
