"""Who runs a command, as payloads and logs call them."""

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


def opaque_id_of(username: str) -> str:
    """The opaque id of a user, or the primary key where users have none. Raises `CommandError`."""
    users = get_user_model()._default_manager
    user = users.filter(**{get_user_model().USERNAME_FIELD: username}).first()
    if user is None:
        raise CommandError(f"there is no user {username!r}")
    return str(getattr(user, "opaque_id", user.pk))
