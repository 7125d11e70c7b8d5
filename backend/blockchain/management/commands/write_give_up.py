"""Gives up writes of one complaint: each keeps its nonce and becomes a note that says what it was, and why."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.acceptance import RecordingRefused
from blockchain.management.people import opaque_id_of
from blockchain.models import Write
from blockchain.repair import GiveUpRefused, writes_give_up


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ids",
            nargs="+",
            type=int,
            metavar="ID",
            help="ids of writes that failed or were not sent yet; the admin lists both, `write_retry` the failed ones",
        )
        parser.add_argument("--by", metavar="USERNAME", required=True, help="username of the person who gives them up")
        parser.add_argument(
            "--reason", required=True, help="the reason; it is committed to, and the complainant can read it"
        )
        parser.add_argument(
            "--with-needed",
            action="store_true",
            help="also give up the writes that would no longer be lawful without them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = writes_give_up(
                write_ids=options["ids"],
                by=opaque_id_of(options["by"]),
                reason=options["reason"],
                with_needed=options["with_needed"],
            )
        except GiveUpRefused as error:
            ids = " ".join(str(write.pk) for write in error.needed)
            raise CommandError(f"{error}" + (f" (ids {ids}, or --with-needed)" if ids else "")) from None
        except (RecordingRefused, ValueError, Write.DoesNotExist) as error:
            raise CommandError(str(error)) from None
        for write in done:
            self.stdout.write(f"{write.pk}: nonce {write.nonce} of {write.complaint} is now a note")
