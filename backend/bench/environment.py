"""What each benchmark starts with: a chain of its own with the contract on it, and an empty database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.chain_fixtures import Chain


@contextmanager
def environment(name: str) -> Iterator["Chain"]:
    """Sets Django up on a fresh database and an anvil; both are gone afterwards. Once for each process.

    `DATABASE_URL` names another database than a SQLite file; it is emptied: `python -m tests.servers` gives one.
    """
    with tempfile.TemporaryDirectory(prefix=f"complaint-registry-bench-{name}-") as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="report_hub.settings",
            DJANGO_SECRET_KEY="django-secret-key-of-the-benchmarks-0123456789",
            JWT_SIGNING_KEY="token-signing-key-of-the-benchmarks-0123456789",
            ENV_FILE=os.devnull,
            DATA_DIR=folder,
            DATABASE_URL=os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/db.sqlite3",
            BLOCKCHAIN_DEPLOYMENT=f"{folder}/deployment.json",
            BLOCKCHAIN_CONFIRMATIONS="0",
            BLOCKCHAIN_RELAY_INTERVAL="0.1",
            BLOCKCHAIN_SYNC_INTERVAL="1",
            LOG_LEVEL="ERROR",
            # One user files and comments for many.
            QUOTA_FILINGS="1000000/hour",
            QUOTA_COMMENTS="1000000/hour",
            QUOTA_PENDING="1000000",
        )
        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from tests.anvil import Anvil
        from tests.chain_fixtures import RELAY_KEY, Chain, compiled_registry, deploy

        anvil = Anvil()
        try:
            path = Path(folder) / "deployment.json"
            address = deploy(anvil, compiled_registry(), path)
            os.environ.update(BLOCKCHAIN_NODE_URLS=anvil.url, BLOCKCHAIN_PRIVATE_KEY=RELAY_KEY)
            settings.BLOCKCHAIN_NODE_URLS, settings.BLOCKCHAIN_PRIVATE_KEY = [anvil.url], RELAY_KEY
            call_command("migrate", verbosity=0)
            call_command("flush", interactive=False, verbosity=0)
            yield Chain(anvil=anvil, address=address, artifact_path=path)
        finally:
            anvil.resume()
            anvil.stop()
