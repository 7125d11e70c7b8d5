"""Decisions of the stages, without a chain: what is mined, final, gone, replaced, stuck, hopeless; fees; ages."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from blockchain.models import Attempt, RelayLease, Transaction
from blockchain.protocol.kinds import EventType, Role
from blockchain.relay.ages import backoff, is_ahead, is_older
from blockchain.relay.flight import Flight
from blockchain.relay.lease import lease_acquire, lease_release, signers_in_use
from blockchain.relay.send import REFUSALS, is_hopeless, is_stuck, is_unsent
from blockchain.relay.settle import Verdict, judge, settle
from blockchain.relay.view import View

KEY, OTHER_KEY = "0xKey", "0xOther"
GWEI = 10**9


def view_of(**more: Any) -> View:
    usual: dict[str, Any] = {
        "signer": KEY,
        "head": {},
        "block_hash": "0xhead",
        "time": 1,
        "gas_limit": 30_000_000,
        "base_fee": 1,
        "final": 90,
        "nonce": 7,
        "pool_nonce": 8,
        "balance": 10**20,
        "roles": frozenset({Role.INTAKE}),
        "blocks": {},
        "receipts": {},
        "used": {},
    }
    return View(**usual | more)


def flight_of(state: str = "open", *, block: int | None = None, nonce: int = 7, signer: str = KEY) -> Flight:
    transaction = Transaction(signer=signer, nonce=nonce, state=state, kind="record")
    first = Attempt(transaction=transaction, tx_hash="0xfirst")
    second = Attempt(transaction=transaction, tx_hash="0xsecond", attempt_number=2)
    if block is not None:
        first.block_number, first.block_hash = block, "0xblock"
    return Flight(transaction, [first, second])


BLOCK, OTHER_BLOCK = "0xblock", "0xother"


@pytest.mark.parametrize(
    ("flight", "view", "expected"),
    [
        (flight_of(), view_of(), Verdict.UNCHANGED),
        (flight_of(), view_of(receipts={"0xsecond": {}}), Verdict.MINED),
        (flight_of(), view_of(receipts={"0xsecond": {}}, used={KEY: 9}), Verdict.MINED),
        (flight_of(), view_of(used={KEY: 8}), Verdict.REPLACED),
        (flight_of(), view_of(used={KEY: 7}), Verdict.UNCHANGED),
        (flight_of(), view_of(used={OTHER_KEY: 8}), Verdict.UNCHANGED),
        # The node has the block, but not the receipts yet.
        (flight_of(), view_of(used={KEY: 8}, head={"transactions": ["0xfirst"]}), Verdict.UNCHANGED),
        (flight_of("mined", block=90), view_of(blocks={90: BLOCK}), Verdict.FINAL),
        (flight_of("mined", block=91), view_of(blocks={91: BLOCK}), Verdict.UNCHANGED),
        (flight_of("mined", block=90), view_of(blocks={90: OTHER_BLOCK}), Verdict.GONE),
        (flight_of("mined", block=91), view_of(blocks={91: OTHER_BLOCK}), Verdict.GONE),
        # The node is behind, or was not asked for that height.
        (flight_of("mined", block=90), view_of(), Verdict.UNCHANGED),
        (flight_of("confirmed", block=80), view_of(blocks={80: BLOCK}), Verdict.UNCHANGED),
        (flight_of("confirmed", block=80), view_of(blocks={80: OTHER_BLOCK}), Verdict.GONE),
    ],
)
def test_judge__one_answer_of_one_node__what_follows(flight: Flight, view: View, expected: Verdict) -> None:
    assert judge(flight, view) is expected


def test_kinds__roles_of_the_key__only_what_it_may_write() -> None:
    assert view_of().kinds == {EventType.CREATED}
    assert view_of(roles=frozenset({Role.SLA_MANAGER})).kinds == {
        EventType.SLA_DEADLINE_SET,
        EventType.SLA_PAUSED,
        EventType.SLA_RESUMED,
    }
    assert len(view_of(roles=frozenset({Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER})).kinds) == 14


@pytest.mark.parametrize(
    ("sent", "nonce", "signer", "expected"),
    [
        (None, 7, KEY, True),
        (timedelta(seconds=6), 8, KEY, True),
        (timedelta(seconds=6), 7, KEY, False),  # the pool has it
        (timedelta(seconds=4), 8, KEY, False),
        (timedelta(days=-1), 8, KEY, True),  # the clock was set back
        (timedelta(seconds=6), 8, OTHER_KEY, False),
        (timedelta(seconds=91), 3, OTHER_KEY, True),
    ],
)
def test_is_unsent__when_it_was_sent_and_what_the_pool_has__whether_to_send(
    sent: timedelta | None, nonce: int, signer: str, expected: bool
) -> None:
    attempt = flight_of(nonce=nonce, signer=signer).attempts[0]
    attempt.sent_at = None if sent is None else timezone.now() - sent
    assert is_unsent(attempt, view_of()) is expected


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (89, False), (91, True), (-3600, True)])
def test_is_stuck__age_of_the_lowest__whether_fees_are_raised(seconds: int, expected: bool) -> None:
    attempt = Attempt(created_at=timezone.now() - timedelta(seconds=seconds))
    assert is_stuck(attempt) is expected


def test_is_hopeless__refused_again_and_again__but_never_an_empty_transfer() -> None:
    attempt = flight_of().attempts[0]
    attempt.transaction.refusals = REFUSALS - 1
    assert not is_hopeless(attempt)
    attempt.transaction.refusals = REFUSALS
    assert is_hopeless(attempt)
    attempt.cancels = True
    assert not is_hopeless(attempt)


def test_backoff__attempts__doubles_up_to_the_cap(settings: Any) -> None:
    for attempts in range(1, 40):
        longest = min(settings.BLOCKCHAIN_RETRY_CAP, settings.BLOCKCHAIN_RETRY_BASE * 2 ** (attempts - 1))
        assert longest / 2 <= backoff(attempts).total_seconds() <= longest
    assert backoff(0).total_seconds() <= settings.BLOCKCHAIN_RETRY_BASE


@given(seconds=st.integers(-(10**7), 10**7), length=st.integers(1, 10**5))
def test_ages__any_clock__believed_within_their_own_length_alone(seconds: int, length: int) -> None:
    now = timezone.now()
    assert is_older(now - timedelta(seconds=seconds), length + 1) == (not 0 <= seconds <= length)
    assert is_ahead(now + timedelta(seconds=seconds), length) == (0 < seconds <= length)


def test_lease__held_by_another__stands_by_until_it_ends_or_is_released(db: None) -> None:
    assert lease_acquire(signer=KEY, holder="a")
    assert lease_acquire(signer=KEY, holder="b") is None
    assert lease_acquire(signer=KEY, holder="a")
    assert signers_in_use() == {KEY}
    lease_release(signer=KEY, holder="b")
    assert lease_acquire(signer=KEY, holder="b") is None
    lease_release(signer=KEY, holder="a")
    assert signers_in_use() == set()
    assert lease_acquire(signer=KEY, holder="b").holder == "a"
    assert RelayLease.objects.get().holder == "b"


def test_lease__clock_was_set_back_by_a_day__expired(db: None) -> None:
    lease_acquire(signer=KEY, holder="a")
    RelayLease.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert signers_in_use() == set()
    assert lease_acquire(signer=KEY, holder="b")
    assert lease_acquire(signer=KEY, holder="a") is None


def test_settle__replaced_by_one_look_only__nothing_is_concluded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    flight, suspects = flight_of(), dict[int, float]()
    flight.transaction.save()
    gone, back = view_of(used={KEY: 8}), view_of(used={KEY: 7})
    clock = iter([10.0, 10.0, 20.0, 20.0, 21.5, 21.5])
    monkeypatch.setattr("blockchain.relay.settle.monotonic", lambda: next(clock))
    for view, changed in ((gone, False), (back, False), (gone, False), (gone, True)):
        assert settle(flights=[flight], view=view, address=KEY, suspects=suspects) is changed
    flight.transaction.refresh_from_db()
    assert flight.transaction.state == Transaction.State.REPLACED
