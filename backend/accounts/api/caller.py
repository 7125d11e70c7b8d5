"""The caller of a view."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def caller(request: HttpRequest | Request) -> User:
    """The logged-in user, for views that anonymous callers can't reach."""
    assert isinstance(request.user, User)
    return request.user
