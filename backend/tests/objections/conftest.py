"""Complaints on a real chain whose complainant has a key, and objections to them that were accepted."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint, Objection
from blockchain.objections import Signed, State, objection_accept, objection_check, objections_with_link, state_of
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import Link
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fixtures.objections import OBJECTOR, objection_file
from tests.relay.conftest import complaint_new, links_on_chain

Drain = Callable[[], Outcome]


@pytest.fixture
def relay(chain: Chain, db: None) -> Relay:
    return Relay(registry=chain.registry, signer=signer())


@pytest.fixture
def drain(relay: Relay) -> Drain:
    """Runs the relay until there is nothing left that it can do, whatever had to wait; then reads what is final."""

    def run() -> Outcome:
        Objection.objects.update(next_attempt_at=None)
        outcome = relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)
        events_sync(registry=relay.registry)
        return outcome

    return run


def filed(number: int, name: str = "case") -> list[Complaint]:
    """New complaints of a complainant with a key; their filings wait."""
    return [complaint_new(f"{name}-{index}", complainant=OBJECTOR.address) for index in range(number)]


@pytest.fixture
def complaint(chain: Chain, drain: Drain) -> Complaint:
    """A complaint whose filing is on the chain and was read."""
    (found,) = filed(1)
    drain()
    return found


def accepted(
    chain: Chain, complaint: Complaint, *, number: int = 0, text: str = "Nobody called me.", key: Any = OBJECTOR
) -> Objection:
    """Accepts an objection, as the API does."""
    signed = Signed(**objection_file(complaint, chain.registry.deployment, number=number, text=text, key=key))
    objection_check(complaint=complaint, signed=signed)
    with transaction.atomic():
        return objection_accept(complaint=complaint, signed=signed)[0]


def call_of(chain: Chain, complaint: Complaint, *, number: int = 0, data: str = "", signature: str = "") -> str:
    """The calldata with which the complainant records an objection without us: by default another one."""
    file = objection_file(complaint, chain.registry.deployment, number=number, text="My own way.")
    arguments = (
        unhex(file["subject"]),
        OBJECTOR.address,
        unhex(data or file["data"]),
        number,
        unhex(signature or file["signature"]),
    )
    return "0x" + chain.registry.encode("logObjection", *arguments).hex()


def state(objection: Objection) -> State:
    return state_of(objections_with_link(Objection.objects.filter(pk=objection.pk)).get())


def objected(chain: Chain, complaint: Complaint) -> list[Link]:
    """The objections to a complaint in raw logs."""
    return [link for link in links_on_chain(chain, complaint) if link.event_type == EventType.OBJECTED]
