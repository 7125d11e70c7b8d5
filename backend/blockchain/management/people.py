"""The person who runs a command, as an opaque id for payloads and logs."""

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from blockchain.host import host


def opaque_id_of(username: str) -> str:
    """The opaque id of a user. Raises `CommandError`."""
    users = get_user_model()._default_manager
    user = users.filter(**{get_user_model().USERNAME_FIELD: username}).first()
    if user is None:
        raise CommandError(f"there is no user {username!r}")
    return host().opaque_id(user)
