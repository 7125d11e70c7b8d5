"""A backend that knows the chain through a provider only."""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from blockchain.evidence.store import evidence_store
from tests.chain_fixtures import Chain, compiled_registry, deploy
from tests.providers.keeper import Keeper
from tests.providers.life import Life
from tests.providers.member import Member
from tests.providers.proxy import Provider

Keep = Callable[[type[Member]], Keeper]


@pytest.fixture
def keep(chain: Chain, db: None, settings: Any, tmp_path: Path) -> Iterator[Keep]:
    """Starts a provider, and a backend behind it."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    evidence_store.cache_clear()
    with ExitStack() as stack:

        def start(kind: type[Member]) -> Keeper:
            on = chain
            if kind.deployed_late:
                path = tmp_path / "late.json"
                on = Chain(
                    anvil=chain.anvil, address=deploy(chain.anvil, compiled_registry(), path), artifact_path=path
                )
            provider = stack.enter_context(Provider(kind, upstream=chain.anvil.url))
            return Keeper(chain=on, provider=provider, settings=settings, folder=tmp_path)

        yield start
    evidence_store.cache_clear()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], set[str]]]:
    """The messages that the operator's log has."""
    # Its logs go to handlers of their own.
    logger = logging.getLogger("blockchain")
    logger.addHandler(caplog.handler)
    yield lambda: {record.message for record in caplog.records}
    logger.removeHandler(caplog.handler)


@pytest.fixture
def life(chain: Chain, complainant: User, staff: User) -> Callable[[int], Life]:
    """What people do, by seed."""
    return lambda seed: Life(chain=chain, complainant=complainant, staff=staff, draw=random.Random(seed))
