"""Logging in: tokens against a password, and new tokens against old."""

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User

REFUSED = "The refresh token is invalid, expired or used up."


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """What a client works with: the access token in each request, the refresh token once."""

    access: str
    refresh: str


def token_pair_issue(*, request: HttpRequest, username: str, password: str) -> TokenPair:
    """Tokens for the user with this password. Raises `AuthenticationFailed`, the same for every reason."""
    username = User.normalize_username(username)
    user = authenticate(request=request, username=username, password=password)
    # The name again: databases that ignore case and accents would let one account in under many names.
    if user is None or not user.is_active or user.get_username() != username:
        raise AuthenticationFailed("No active account has these credentials.", code="no_active_account")
    return _pair(user)


def token_pair_rotate(*, refresh: str) -> TokenPair:
    """New tokens for a refresh token, which is used up by it. Raises `InvalidToken`."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]
        user = User.objects.filter(opaque_id=token[api_settings.USER_ID_CLAIM], is_active=True).first()
    except (TokenError, KeyError, ValidationError):
        raise InvalidToken(REFUSED) from None
    if user is None or token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise InvalidToken(REFUSED)
    with transaction.atomic():
        outstanding = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM]).first()
        # Whoever makes the row has used the token; of two at the same moment only one does.
        if outstanding is None or not BlacklistedToken.objects.get_or_create(token=outstanding)[1]:
            raise InvalidToken(REFUSED)
        return _pair(user)


def _pair(user: User) -> TokenPair:
    refresh = RefreshToken.for_user(user)
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))
