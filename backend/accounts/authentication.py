"""Authenticates callers by their access token."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts.models import Login

# Errors for a token with a valid signature but nonsensical claims, such as an impossible time, or a subject that is
# not an id.
NONSENSE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValidationError, ValueError)


# The claim that names the login a token belongs to.
LOGIN_CLAIM = "login"


class TokenAuthentication(JWTAuthentication):
    """Reads `Authorization: Bearer TOKEN`, with the scheme in upper or lower case (RFC 9110)."""

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except NONSENSE:
            raise InvalidToken("The access token is malformed.") from None

    def get_user(self, validated_token: Any) -> Any:
        user = super().get_user(validated_token)
        login = validated_token.get(LOGIN_CLAIM)
        if login is not None and Login.objects.filter(pk=login, ended=True).exists():
            raise InvalidToken("The login that this token belongs to has ended.")
        return user

    def get_raw_token(self, header: bytes) -> bytes | None:
        scheme, _, rest = header.partition(b" ")
        return super().get_raw_token(b"Bearer " + rest if scheme.lower() == b"bearer" else header)


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """The tokens in the OpenAPI schema."""

    target_class = "accounts.authentication.TokenAuthentication"
