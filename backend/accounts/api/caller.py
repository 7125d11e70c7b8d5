"""Who calls."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def caller(request: HttpRequest | Request) -> User:
    """The logged-in user of a view that anonymous callers don't reach."""
    assert isinstance(request.user, User)
    return request.user
