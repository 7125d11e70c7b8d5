"""After a stolen key, a rotated key or a restored backup: brings the database back in line with the chain.

Configure a new relay key first (BLOCKCHAIN_PRIVATE_KEY). Each step says what it does and what it waits for; it may be
interrupted and repeated anywhere. With --receipt it only takes filings back in that the database has lost.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from eth_utils import is_address, to_checksum_address

from blockchain.chain.contract import Registry
from blockchain.chain.signers import signer
from blockchain.indexer.cursor import CursorMoved
from blockchain.indexer.sync import events_sync_up_to
from blockchain.management.people import opaque_id_of
from blockchain.management.service import one_line_errors, registry_checked
from blockchain.recovery.complaints import LinksMissing
from blockchain.recovery.keys import final_block
from blockchain.recovery.outcome import Decisions
from blockchain.recovery.receipts import ReceiptRefused, filing_restore
from blockchain.recovery.run import NotReady, Options, recover


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="read the chain, and say what would be done")
        parser.add_argument("--no-wait", action="store_true", help="end where something has to be waited for")
        parser.add_argument(
            "--give-up", action="store_true", help="turn what the lifecycle does not allow any more into notes"
        )
        parser.add_argument(
            "--refile", action="store_true", help="give complaints a new id under whose id somebody else has filed"
        )
        parser.add_argument(
            "--stolen",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="a key that a thief had: disown its links and undo what they did to the status",
        )
        parser.add_argument(
            "--old-key",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="a key that was the relay's, if the database does not know it",
        )
        parser.add_argument(
            "--keep",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="somebody else who may go on writing, such as an officer who signs entries",
        )
        parser.add_argument("--by", metavar="USERNAME", help="who is named in the notes; default: the system")
        parser.add_argument(
            "--receipt", metavar="FILE", type=Path, action="append", default=[], help="the answer to a filing, as JSON"
        )
        parser.add_argument("--source", default="report", help="of the receipts")
        parser.add_argument("--owner", metavar="USERNAME", help="whose the receipts are, if their account is lost")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            registry = registry_checked(wait=False)
            decisions = Decisions(
                own=signer().address,
                give_up=options["give_up"],
                refile=options["refile"],
                stolen=options["stolen"],
                by=opaque_id_of(options["by"]) if options["by"] else "system",
                dry_run=options["dry_run"],
            )
            try:
                if options["receipt"]:
                    self._receipts(registry, decisions, options)
                else:
                    self._recover(registry, decisions, options)
            except (NotReady, ReceiptRefused, LinksMissing) as error:
                raise CommandError(str(error)) from None
            except CursorMoved:
                raise CommandError("an indexer is at work: run it again") from None
            except KeyboardInterrupt:
                raise CommandError(
                    "interrupted; what is done is done, and running it again goes on from there"
                ) from None

    def _recover(self, registry: Registry, decisions: Decisions, options: dict[str, Any]) -> None:
        result = recover(
            registry=registry,
            options=Options(
                decisions=decisions, old=options["old_key"], kept=options["keep"], wait=not options["no_wait"]
            ),
            say=self._say,
        )
        if result.left:
            raise CommandError(
                f"{len(result.left)} complaints stay frozen, see above: --give-up turns what is not lawful into notes, "
                "--refile gives a new id to what somebody else has filed under"
            )
        self.stdout.write("nothing was changed (dry run)" if decisions.dry_run else "recovered; start the relay")

    def _say(self, text: str) -> None:
        # Whoever reads a log wants to know what it waits for.
        self.stdout.write(text)
        self.stdout.flush()

    def _receipts(self, registry: Registry, decisions: Decisions, options: dict[str, Any]) -> None:
        events_sync_up_to(final_block(registry).number, registry=registry)
        for path in options["receipt"]:
            try:
                receipt = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise CommandError(f"{path} can't be read ({type(error).__name__})") from None
            if not isinstance(receipt, dict):
                raise ReceiptRefused("this is no receipt of a filing")
            outcome = filing_restore(
                receipt=receipt,
                source=options["source"],
                registry=registry,
                owner=options["owner"],
                decisions=decisions,
            )
            imported = f", {len(outcome.imported)} links imported" if outcome.imported else ""
            self.stdout.write(f"{outcome.complaint}: {'is back' if outcome.changed else 'is here already'}{imported}")


def address(text: str) -> str:
    """An address, checksummed. Raises `ValueError`, which `argparse` reports."""
    if not is_address(text):
        raise ValueError(text)
    return to_checksum_address(text)
