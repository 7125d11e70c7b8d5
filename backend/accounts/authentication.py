"""Who calls, by an access token."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts.models import Login

# What a token raises that verifies and is nonsense: a time beyond all calendars, a subject that is no id, a list.
NONSENSE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValidationError, ValueError)


# Names the login that a token comes from.
LOGIN_CLAIM = "login"


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer TOKEN`; the scheme in upper or lower case (RFC 9110)."""

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except NONSENSE:
            raise InvalidToken("The access token is malformed.") from None

    def get_user(self, validated_token: Any) -> Any:
        user = super().get_user(validated_token)
        login = validated_token.get(LOGIN_CLAIM)
        if login is not None and Login.objects.filter(pk=login, ended=True).exists():
            raise InvalidToken("The login that this token comes from has ended.")
        return user

    def get_raw_token(self, header: bytes) -> bytes | None:
        scheme, _, rest = header.partition(b" ")
        return super().get_raw_token(b"Bearer " + rest if scheme.lower() == b"bearer" else header)


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """The tokens in the OpenAPI schema."""

    target_class = "accounts.authentication.TokenAuthentication"
