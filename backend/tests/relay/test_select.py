"""Which writes may be packed: rows in a database, no chain."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blockchain.models import ChainState, Complaint, Transaction, Write
from blockchain.protocol.kinds import ENTRIES, EventType, Status
from blockchain.recording import complaint_open
from blockchain.relay.select import writes_ready
from tests.fixtures.contents import CHANGES
from tests.relay.conftest import recorded

File = Callable[[int], list[Complaint]]
State = Write.State
ALL_KINDS = frozenset(int(each) for each in ENTRIES)
OFFICER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


def selected(kinds: frozenset[int] = ALL_KINDS, limit: int = 100) -> list[tuple[str, int]]:
    """Number of the complaint and nonce of each."""
    names = dict(Complaint.objects.values_list("complaint_id", "external_id"))
    return [(names[row.complaint_id], row.nonce) for row in writes_ready(kinds=kinds, limit=limit)]


def changed(complaint: Complaint, nonce: int, **values: object) -> None:
    assert Write.objects.filter(complaint=complaint, nonce=nonce).update(**values) == 1


@pytest.fixture
def two(complaints: File) -> list[Complaint]:
    """Two complaints with three writes each, taken in turns."""
    filed = complaints(2)
    for _ in range(2):
        for complaint in filed:
            recorded(complaint, EventType.COMMENTED)
    return filed


def test_writes_ready__nothing_holds_back__oldest_complaint_first_each_in_order(two: list[Complaint]) -> None:
    assert selected() == [(name, nonce) for name in ("case-0", "case-1") for nonce in range(3)]


def test_writes_ready__limit__those_whose_turn_it_is(two: list[Complaint]) -> None:
    assert selected(limit=3) == [("case-0", 0), ("case-0", 1), ("case-1", 0)]


def filed_by(queue: str, external_id: str, *kinds: EventType) -> Complaint:
    with transaction.atomic():
        complaint = complaint_open(source="test", external_id=external_id, changes=CHANGES, by="clerk", queue=queue)[0]
    recorded(complaint, *kinds)
    return complaint


def test_writes_ready__flood_of_one_queue__others_take_turns_with_it(db: None) -> None:
    for number in range(3):
        filed_by("flood", f"flood-{number}", *[EventType.COMMENTED] * 9)
    for number in range(3):
        filed_by(f"other-{number}", f"other-{number}", EventType.COMMENTED)
    # Two of each of the others, and as many of the flood as there are turns.
    names = [name for name, _ in selected(limit=8)]
    assert sum(name.startswith("flood") for name in names) == 2
    assert {name for name in names if name.startswith("other")} == {"other-0", "other-1", "other-2"}


def test_writes_ready__flood_that_was_taken_in_part__newcomers_come_next_and_not_before_all_of_it(db: None) -> None:
    flooded = filed_by("flood", "flood", *[EventType.COMMENTED] * 9)
    Write.objects.filter(complaint=flooded, nonce__lt=5).update(state=State.CONFIRMED)
    filed_by("other", "other", *[EventType.COMMENTED] * 9)
    assert selected(limit=4) == [("flood", 5), ("flood", 6), ("other", 0), ("other", 1)]


def test_writes_ready__flood_behind_a_failed_write__does_not_hide_the_others(db: None) -> None:
    flooded = filed_by("flood", "flood", *[EventType.COMMENTED] * 40)
    changed(flooded, 0, state=State.FAILED)
    filed_by("other", "other")
    assert selected(limit=3) == [("other", 0)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(sorted(set(State.values) - {State.RESERVED}))),
        min_size=1,
        max_size=30,
    ),
    limit=st.integers(1, 12),
)
def test_writes_ready__any_history__of_each_complaint_what_comes_next(
    db: None, steps: list[tuple[int, str]], limit: int
) -> None:
    with transaction.atomic():
        filed = [filed_by(f"queue-{number % 3}", f"case-{number}") for number in range(5)]
        for number, state in steps:
            write = recorded(filed[number], EventType.COMMENTED)[0]
            # What was taken, and has not landed for good, may have to be packed again.
            before = Write.objects.filter(complaint=filed[number], nonce=write.nonce - 1)
            before.update(state=state)
        found = selected(limit=limit)
        for complaint in filed:
            states = dict(Write.objects.filter(complaint=complaint).values_list("nonce", "state"))
            nonces = [nonce for name, nonce in found if name == complaint.external_id]
            if not nonces:
                continue
            assert State.SENT not in states.values()
            held = min((nonce for nonce, state in states.items() if state == State.FAILED), default=99)
            pending = [nonce for nonce, state in sorted(states.items()) if state == State.PENDING and nonce < held]
            assert nonces == pending[: len(nonces)]
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", [State.FAILED, State.RESERVED])
def test_writes_ready__failed_or_reserved__holds_back_what_is_behind_it(two: list[Complaint], state: str) -> None:
    changed(two[0], 1, state=state)
    assert selected() == [("case-0", 0), *[("case-1", nonce) for nonce in range(3)]]


def test_writes_ready__one_is_in_an_open_transaction__all_of_its_complaint_waits(two: list[Complaint]) -> None:
    changed(two[0], 0, state=State.SENT)
    assert selected() == [("case-1", nonce) for nonce in range(3)]


@pytest.mark.parametrize("state", [State.MINED, State.CONFIRMED])
def test_writes_ready__predecessor_landed__goes_on(two: list[Complaint], state: str) -> None:
    changed(two[0], 0, state=state)
    assert {nonce for name, nonce in selected() if name == "case-0"} == {1, 2}


def test_writes_ready__frozen_complaint__none(two: list[Complaint]) -> None:
    Complaint.objects.filter(pk=two[0].pk).update(frozen_reason="a link that nobody recorded")
    assert {name for name, _ in selected()} == {"case-1"}


def test_writes_ready__waits__until_its_time_but_no_longer_than_any_wait(
    two: list[Complaint],
) -> None:
    now = timezone.now()
    changed(two[0], 0, next_attempt_at=now + timedelta(seconds=60))
    assert {name for name, _ in selected()} == {"case-1"}
    changed(two[0], 0, next_attempt_at=now - timedelta(seconds=1))
    assert len(selected()) == 6
    # Set before the clock was set back by a day.
    changed(two[0], 0, next_attempt_at=now + timedelta(days=1))
    assert len(selected()) == 6


def test_writes_ready__role_is_missing__that_kind_and_what_is_behind_it_wait(two: list[Complaint]) -> None:
    changed(two[0], 1, event_type=EventType.SLA_PAUSED)
    kinds = ALL_KINDS - {EventType.SLA_PAUSED}
    assert selected(kinds) == [("case-0", 0), *[("case-1", nonce) for nonce in range(3)]]
    assert selected(frozenset()) == []


def test_writes_ready__officers_entry__stands_alone_whatever_roles_we_have(two: list[Complaint]) -> None:
    changed(two[0], 1, actor=OFFICER)
    changed(two[1], 0, actor=OFFICER)
    assert selected() == [("case-0", 0), ("case-1", 0)]
    assert selected(frozenset()) == [("case-1", 0)]


def test_writes_ready__window_is_full_of_what_waits__others_are_found(two: list[Complaint], complaints: File) -> None:
    changed(two[0], 0, state=State.FAILED)
    changed(two[1], 0, state=State.SENT)
    complaints(1)
    assert selected(limit=1) == [("case-2", 0)]


def test_writes_ready__indexed__clock_comes_with_it(two: list[Complaint]) -> None:
    ChainState.objects.create(
        complaint_id=two[0].complaint_id, head="0x", status=Status.OPEN, sla_deadline=77, escalations=2
    )
    rows = writes_ready(kinds=ALL_KINDS, limit=100)
    assert {(row.status, row.sla_deadline, row.escalations) for row in rows} == {(Status.OPEN, 77, 2), (None,) * 3}
    assert not Transaction.objects.exists()
