"""Logging in: tokens for a password, and new tokens for a refresh token."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.authentication import LOGIN_CLAIM, NONSENSE
from accounts.models import Login, User
from accounts.throttling import login_succeeded

REFUSED = "The refresh token is invalid, expired or used up."


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """A client's tokens: it sends the access token with each request, and the refresh token once."""

    access: str
    refresh: str


def token_pair_issue(*, request: HttpRequest, username: str, password: str) -> TokenPair:
    """Tokens for the user with this password. Raises `AuthenticationFailed`, with the same message for all reasons."""
    username = User.normalize_username(username)
    user = authenticate(request=request, username=username, password=password)
    # Compare the name again: databases that ignore case and accents would accept many names for one account.
    if user is None or not user.is_active or user.get_username() != username:
        raise AuthenticationFailed("No active account has these credentials.", code="no_active_account")
    Login.objects.filter(expires_at__lt=timezone.now()).delete()
    login_succeeded(request=request, user=user)
    return _pair(user)[0]


def token_pair_rotate(*, refresh: str) -> TokenPair:
    """New tokens for a refresh token, which works only once. Raises `InvalidToken`.

    A used token that is sent again ends its whole login: either the sender or the first user has stolen it.
    """
    token, user = _verified(refresh)
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise InvalidToken(REFUSED)
    with transaction.atomic():
        login = _login_lock(token, user)
        if not login.ended and login.refresh_id == token[api_settings.JTI_CLAIM]:
            pair, newest = _pair(user, login_id=str(login.pk))
            login.refresh_id = newest[api_settings.JTI_CLAIM]
            login.expires_at = datetime.fromtimestamp(newest["exp"], UTC)
            login.save(update_fields=["refresh_id", "expires_at"])
            return pair
        login.ended = True
        login.save(update_fields=["ended"])
    raise InvalidToken(REFUSED)


def login_end(*, refresh: str) -> None:
    """Logs out: all tokens of this login become invalid. Idempotent. Raises `InvalidToken`."""
    token, user = _verified(refresh)
    with transaction.atomic():
        login = _login_lock(token, user)
        login.ended = True
        login.save(update_fields=["ended"])


def _verified(refresh: str) -> tuple[RefreshToken, User]:
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]
        user = User.objects.filter(opaque_id=token[api_settings.USER_ID_CLAIM], is_active=True).first()
        uuid.UUID(_login_id(token))
    except (TokenError, *NONSENSE):
        raise InvalidToken(REFUSED) from None
    if user is None:
        raise InvalidToken(REFUSED)
    return token, user


def _login_id(token: RefreshToken) -> str:
    """A login is named after its first token."""
    return str(token.get(LOGIN_CLAIM) or token[api_settings.JTI_CLAIM])


def _login_lock(token: RefreshToken, user: User) -> Login:
    """The login of a token, locked. Its row is created when its first token is used."""
    defaults = {
        "user": user,
        "refresh_id": token[api_settings.JTI_CLAIM],
        "expires_at": datetime.fromtimestamp(token["exp"], UTC),
    }
    login, _ = Login.objects.get_or_create(pk=uuid.UUID(_login_id(token)), defaults=defaults)
    return Login.objects.select_for_update().get(pk=login.pk)


def _pair(user: User, *, login_id: str | None = None) -> tuple[TokenPair, RefreshToken]:
    refresh = RefreshToken.for_user(user)
    refresh[LOGIN_CLAIM] = login_id or refresh[api_settings.JTI_CLAIM]
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh)), refresh
