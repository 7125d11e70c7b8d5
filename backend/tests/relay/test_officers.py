"""Entries that officers signed with keys of their own: one transaction each, in the order of the nonces."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from eth_account import Account

from blockchain.models import Attempt, Complaint, Transaction, Write
from blockchain.protocol.hashing import hex0x
from blockchain.protocol.kinds import EventType
from blockchain.protocol.typed_data import entry_typed_data
from blockchain.relay.loop import Outcome
from tests.chain_fixtures import Chain
from tests.relay.conftest import assert_recorded_once, links_on_chain, recorded, role_call

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]
State = Write.State
# Account 3 of anvil's mnemonic.
OFFICER = Account.from_key("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6")
NEXT_YEAR = 2**33


@pytest.fixture
def officer(chain: Chain) -> str:
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", OFFICER.address))
    return OFFICER.address


def signed(
    chain: Chain, complaint: Complaint, event_type: EventType, *, head: str = "", valid_until: int = NEXT_YEAR
) -> Write:
    """Accepts a write with the officer's signature under it."""
    with transaction.atomic():
        (write,) = recorded(complaint, event_type)
        typed = entry_typed_data(
            chain.registry.deployment.domain,
            complaint_id=complaint.complaint_id,
            data=write.data,
            event_type=event_type,
            nonce=write.nonce,
            actor=OFFICER.address,
            valid_until=valid_until,
            **({"head": head} if head else {}),
        )
        write.actor, write.entry_head, write.valid_until = OFFICER.address, head, valid_until
        write.entry_signature = OFFICER.sign_typed_data(full_message=typed).signature.to_0x_hex()
        write.save()
        return write


def test_run__officers_entry_between_others__lands_in_its_place_with_the_officer_as_actor(
    chain: Chain, drain: Drain, complaints: File, officer: str
) -> None:
    complaint, other = complaints(2)
    recorded(complaint, EventType.COMMENTED)
    signed(chain, complaint, EventType.RESOLVED)
    recorded(complaint, EventType.REOPENED)
    signed(chain, other, EventType.ASSIGNED)
    drain()
    assert_recorded_once(chain, complaint, other)
    actors = [link.actor for link in links_on_chain(chain, complaint)]
    assert actors == [chain.relay_account, chain.relay_account, officer, chain.relay_account]
    kinds = Transaction.objects.order_by("nonce").values_list("kind", "entries")
    assert sorted(kinds) == [("record", 1), ("record", 3), ("signed", 1), ("signed", 1)]


def test_run__officer_attests_the_head__lands_while_it_is_the_head(
    chain: Chain, drain: Drain, complaints: File, officer: str
) -> None:
    (complaint,) = complaints(1)
    drain()
    state = chain.registry.complaints([complaint.complaint_id])[complaint.complaint_id]
    signed(chain, complaint, EventType.ASSIGNED, head=hex0x(state.head))
    drain()
    assert_recorded_once(chain, complaint)


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"head": "0x" + "11" * 22}, "StaleHead"), ({"valid_until": 1}, "SignatureExpired")],
    ids=["another head", "expired"],
)
def test_run__officers_entry_is_refused__waits_and_fails_in_the_end_and_nobody_else_waits(
    chain: Chain, drain: Drain, complaints: File, officer: str, settings: Any, more: dict[str, Any], reason: str
) -> None:
    settings.BLOCKCHAIN_RETRY_BASE = 0.001
    refused, healthy = complaints(2)
    drain()
    write = signed(chain, refused, EventType.ASSIGNED, **more)
    recorded(refused, EventType.COMMENTED)
    recorded(healthy, EventType.COMMENTED)
    for _ in range(12):
        drain()
    write.refresh_from_db()
    assert (write.state, write.error_code) == (State.FAILED, reason)
    assert refused.writes.get(nonce=2).state == State.PENDING
    assert_recorded_once(chain, healthy)
    # Nothing of it was paid for.
    assert not Transaction.objects.filter(kind="signed").exists()


def test_run__officers_entry_was_packed_before__gets_twice_as_much_gas(
    chain: Chain, drain: Drain, complaints: File, officer: str
) -> None:
    new, again = complaints(2)
    drain()
    signed(chain, new, EventType.ASSIGNED)
    Write.objects.filter(pk=signed(chain, again, EventType.ASSIGNED).pk).update(attempts=1)
    drain()
    assert_recorded_once(chain, new, again)
    attempts = Attempt.objects.filter(transaction__kind="signed")
    limits = dict(attempts.values_list("transaction__writes__complaint", "gas_limit"))
    # The estimates differ by the zeros in their calldata.
    assert limits[again.pk] == pytest.approx(2 * limits[new.pk], rel=0.01)


def test_run__officer_has_no_role_yet__lands_once_it_is_granted(
    chain: Chain, drain: Drain, complaints: File, settings: Any
) -> None:
    settings.BLOCKCHAIN_RETRY_BASE = 0.001
    (complaint,) = complaints(1)
    drain()
    write = signed(chain, complaint, EventType.ASSIGNED)
    drain()
    write.refresh_from_db()
    assert (write.state, write.error_code) == (State.PENDING, "AccessControlUnauthorizedAccount")
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", OFFICER.address))
    for _ in range(3):
        drain()
    assert_recorded_once(chain, complaint)
