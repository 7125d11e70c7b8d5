"""After a stolen key, a rotated key or a restored backup: brings the database back in line with the chain.

Configure a new relay key first (BLOCKCHAIN_PRIVATE_KEY, or where BLOCKCHAIN_SIGNER keeps it). Each step says what it
does and what it waits for; the command may be interrupted and repeated at any point. With --receipt, it only restores
filings that the database has lost.
"""

import json
import sys
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
        parser.add_argument("--dry-run", action="store_true", help="read the chain and show what would be done")
        parser.add_argument("--no-wait", action="store_true", help="exit instead of waiting")
        parser.add_argument(
            "--give-up", action="store_true", help="turn writes that the lifecycle no longer allows into notes"
        )
        parser.add_argument(
            "--refile", action="store_true", help="give a new id to complaints under whose id someone else has filed"
        )
        parser.add_argument(
            "--stolen",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="a stolen key: disown its links and undo their effect on the status",
        )
        parser.add_argument(
            "--old-key",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="a former key of the relay that the database does not know",
        )
        parser.add_argument(
            "--keep",
            metavar="ADDRESS",
            type=address,
            action="append",
            default=[],
            help="another account that may keep writing, such as that of an officer who signs entries",
        )
        parser.add_argument("--by", metavar="USERNAME", help="the user whom the notes name (default: the system)")
        parser.add_argument(
            "--receipt",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a file with the API's answer to a filing, as JSON; - for standard input",
        )
        parser.add_argument("--source", default="report", help="source of the receipts")
        parser.add_argument(
            "--owner", metavar="USERNAME", help="the user who owns the receipts, if the original account is lost"
        )

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
                raise CommandError("an indexer is running: run the command again") from None
            except KeyboardInterrupt:
                raise CommandError("interrupted; run the command again to continue from here") from None

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
                f"{len(result.left)} complaints stay frozen, see above: --give-up turns unlawful writes into notes, "
                "--refile gives a new id to complaints under whose id someone else has filed"
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
                receipt = json.loads(sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise CommandError(f"{path} can't be read ({type(error).__name__})") from None
            if not isinstance(receipt, dict):
                raise ReceiptRefused("this is not the receipt of a filing")
            outcome = filing_restore(
                receipt=receipt,
                source=options["source"],
                registry=registry,
                owner=options["owner"],
                decisions=decisions,
            )
            imported = f", {len(outcome.imported)} links imported" if outcome.imported else ""
            self.stdout.write(f"{outcome.complaint}: {'restored' if outcome.changed else 'already present'}{imported}")


def address(text: str) -> str:
    """An address, checksummed. Raises `ValueError`, which `argparse` reports."""
    if not is_address(text):
        raise ValueError(text)
    return to_checksum_address(text)
