"""Creates, lists and revokes the tokens that other systems use to record through the API."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.models import ServiceToken
from blockchain.protocol.kinds import ENTRIES, EventType
from blockchain.systems.tokens import token_create

MAX_DAYS = 3650


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="print a new token, once")
        create.add_argument("name", help="name of the system, such as zammad")
        create.add_argument("--source", required=True, help="source of its complaints; it can't see those of others")
        create.add_argument(
            "--event-types", required=True, help="kinds that it may record, separated by commas, or `all`"
        )
        create.add_argument("--days", type=int, default=365, help="days until it expires (default: 365)")
        actions.add_parser("list", help="list the tokens; their values are not stored")
        revoke = actions.add_parser("revoke", help="revoke a token at once")
        revoke.add_argument("name")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        if not 0 < options["days"] <= MAX_DAYS:
            raise CommandError(f"--days must be from 1 to {MAX_DAYS:,}")
        if not options["source"].isascii() or not options["source"].isidentifier() or len(options["source"]) > 32:
            raise CommandError("--source must be up to 32 letters, digits and underscores, and begin with a letter")
        if ServiceToken.objects.filter(name=options["name"]).exists():
            raise CommandError(f"the token {options['name']!r} already exists: revoke it first, or choose another name")
        try:
            _, token = token_create(
                name=options["name"],
                source=options["source"],
                event_types=_kinds(options["event_types"]),
                lifetime=timedelta(days=options["days"]),
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(token)

    def _list(self, options: dict[str, Any]) -> None:
        for row in ServiceToken.objects.all():
            used = f"{row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never"
            kinds = ", ".join(row.event_types)
            self.stdout.write(f"{row.name}: source {row.source}, until {row.expires_at:%Y-%m-%d}, used {used}: {kinds}")

    def _revoke(self, options: dict[str, Any]) -> None:
        deleted, _ = ServiceToken.objects.filter(name=options["name"]).delete()
        if not deleted:
            raise CommandError(f"there is no token {options['name']!r}")
        self.stdout.write(f"{options['name']} is revoked")


def _kinds(names: str) -> set[EventType]:
    if names == "all":
        return set(ENTRIES)
    try:
        return {EventType[name.strip().upper()] for name in names.split(",") if name.strip()}
    except KeyError as error:
        raise CommandError(f"there is no kind {error.args[0]}") from None
