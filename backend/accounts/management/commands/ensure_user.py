"""Creates or updates a user, for demos and for operators."""

import os
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User

SUPPORT_GROUP = "support"
# May read everything about reports and the chain, and repair failed writes.
SUPPORT_PERMISSIONS = {
    "report": ("view_issuereport", "view_comment"),
    "complaint_registry": (
        "view_complaint",
        "view_write",
        "view_transaction",
        "view_attempt",
        "view_relaylease",
        "view_chainevent",
        "view_chainstate",
        "view_evidencefile",
        "view_objection",
        "retry_write",
        "give_up_write",
    ),
}


class Command(BaseCommand):
    help = "Creates a user, or updates the given properties of an existing user. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument(
            "--password-env",
            metavar="NAME",
            help="name of the environment variable that holds the password; required for a new user",
        )
        parser.add_argument("--staff", action=BooleanOptionalAction, help="may work on all reports")
        parser.add_argument("--support", action="store_true", help="staff who may read the admin and repair writes")
        parser.add_argument("--superuser", action=BooleanOptionalAction, help="may do everything in the admin")
        parser.add_argument("--active", action=BooleanOptionalAction, help="may log in")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        user = User.objects.filter(username=username).first() or User(username=username)
        created = user.pk is None
        for option, field in (("staff", "is_staff"), ("superuser", "is_superuser"), ("active", "is_active")):
            if options[option] is not None:
                setattr(user, field, options[option])
        if options["support"] or options["superuser"]:
            user.is_staff = True
        self._set_password(user, options["password_env"], required=created)
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        user.save()
        if options["support"]:
            user.groups.add(_support_group())
        self.stdout.write(f"{username}: {'created' if created else 'up to date'}")

    def _set_password(self, user: User, variable: str | None, *, required: bool) -> None:
        if variable is None:
            if required:
                raise CommandError("a new user needs a password: --password-env NAME")
            return
        password = os.environ.get(variable, "")
        if not password:
            raise CommandError(f"the environment variable {variable} is empty or not set")
        if not required and user.check_password(password):
            return
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        user.set_password(password)


def _support_group() -> Group:
    group, _ = Group.objects.get_or_create(name=SUPPORT_GROUP)
    for app_label, codenames in SUPPORT_PERMISSIONS.items():
        permissions = Permission.objects.filter(content_type__app_label=app_label, codename__in=codenames)
        group.permissions.add(*permissions)
    return group
