"""Lists the failed writes, or puts some of them back in the queue."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blockchain.management.people import opaque_id_of
from blockchain.models import Write
from blockchain.repair import write_retry


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ids",
            nargs="*",
            type=int,
            metavar="ID",
            help="ids of the writes to retry; without any, all failed writes are listed",
        )
        parser.add_argument("--by", metavar="USERNAME", help="username of the person who retries them")
        parser.add_argument("--reason", default="", help="the reason, for the log")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["ids"]:
            failed = Write.objects.filter(state=Write.State.FAILED).select_related("complaint").order_by("pk")
            for write in failed:
                self.stdout.write(
                    f"{write.pk}: {write.get_event_type_display()} of {write.complaint}, nonce {write.nonce}: "
                    f"{write.error_code} {write.error_detail}".rstrip()
                )
            self.stdout.write(f"{len(failed)} failed")
            return
        if not options["by"]:
            raise CommandError("name the person who retries them: --by USERNAME")
        by = opaque_id_of(options["by"])
        retried = [pk for pk in options["ids"] if write_retry(write_id=pk, by=by, reason=options["reason"])]
        self.stdout.write(f"{len(retried)} put back in the queue")
        if others := sorted(set(options["ids"]) - set(retried)):
            raise CommandError(f"skipped, since they have not failed: {', '.join(map(str, others))}")
