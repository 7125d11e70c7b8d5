"""Keys that come and go, and a database that is put back to what it was."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from eth_account import Account
from eth_hash.auto import keccak

from accounts.models import User
from blockchain.models import ChainEvent, Complaint, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import Role, is_entry
from report import services
from report.models import IssueReport
from tests.chain_fixtures import INTAKE_KEY, Chain

APPS = ("complaint_registry", "report", "accounts")
ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)
# Accounts 3 and 4 of anvil's mnemonic, which have ether and no role.
NEW_KEY = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"
NEWER_KEY = "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"
Recover = Callable[..., str]
# A word that nothing here commits to.
FOREIGN = bytes(31) + b"\x01"


class Backup:
    """All rows of the backend's tables, as they are now."""

    def __init__(self) -> None:
        self.tables: list[tuple[str, list[str], list[tuple[Any, ...]]]] = []
        for model in (model for label in APPS for model in apps.get_app_config(label).get_models()):
            table = model._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                columns = [column[0] for column in cursor.description]
                self.tables.append((table, columns, list(cursor.fetchall())))

    def restore(self) -> None:
        """Puts them back; what came since is lost."""
        quote = connection.ops.quote_name
        # MariaDB checks each row; SQLite, which can't be told not to, checks at the end only.
        with transaction.atomic(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table, _, _ in reversed(self.tables):
                cursor.execute(f"DELETE FROM {quote(table)}")
            for table, columns, rows in self.tables:
                names, places = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)


class KeyRing:
    """Who may write, by the admin's transactions; and which key the backend is configured with."""

    def __init__(self, chain: Chain, settings: Any) -> None:
        self.chain, self.settings = chain, settings

    def use(self, key: str) -> str:
        """Configures the relay's key; its address."""
        self.settings.BLOCKCHAIN_PRIVATE_KEY = key
        return str(Account.from_key(key).address)

    def grant(self, account: str) -> None:
        self._all("grantRole", account)

    def revoke(self, account: str) -> None:
        self._all("revokeRole", account)

    def rotate(self, key: str = NEW_KEY) -> str:
        """From the relay's account to another key."""
        account = self.use(key)
        self.grant(account)
        self.revoke(self.chain.relay_account)
        return account

    def _all(self, name: str, account: str) -> None:
        for role in ROLES:
            self.chain.write(name, keccak(role.value.encode()), account, sender=self.chain.admin)


@pytest.fixture
def keys(chain: Chain, settings: Any) -> KeyRing:
    settings.BLOCKCHAIN_INTAKE_KEY = INTAKE_KEY
    return KeyRing(chain, settings)


@pytest.fixture
def recover() -> Recover:
    """Runs the command, which never waits here; what it says. Raises `CommandError`."""

    def run(*arguments: str) -> str:
        out = StringIO()
        try:
            call_command("recover", "--no-wait", *arguments, stdout=out)
        finally:
            print(out.getvalue())
        return out.getvalue()

    return run


def id_of(report: IssueReport) -> bytes:
    return hashing.unhex(report.complaint.complaint_id)


def comment(report: IssueReport, by: User, text: str) -> Write:
    return services.comment_create(report_id=report.pk, author=by, text=text).write


def links_of(chain: Chain, complaint: Complaint) -> list[str]:
    """The kinds of links by recorders that the contract has, as the last reading found them."""
    events = ChainEvent.objects.filter(complaint_id=complaint.complaint_id).order_by("sequence")
    state = chain.registry.complaints([complaint.complaint_id])[complaint.complaint_id]
    assert state.event_count == len(events)
    return [event.get_event_type_display() for event in events if is_entry(event.event_type)]


def states_of(report: IssueReport) -> list[tuple[str, str]]:
    """Kind and state of each write, by nonce; the nonces have no gap."""
    writes = list(report.complaint.writes.order_by("nonce"))
    assert [write.nonce for write in writes] == list(range(len(writes)))
    assert Complaint.objects.get(pk=report.complaint.pk).next_nonce == len(writes)
    return [(write.get_event_type_display(), write.state) for write in writes]


def saved(receipt: dict[str, Any], path: Path) -> str:
    path.write_text(json.dumps(receipt))
    return str(path)
