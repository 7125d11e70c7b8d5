"""Which link may follow in which status, and what a whole life comes to: against the specification's tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.protocol.clock import ClockRules, ComplaintFold, breaches, is_missed
from blockchain.protocol.kinds import EventType, Status, kind_of
from blockchain.protocol.lifecycle import first_unlawful, status_after, transition
from tests.protocol.contract_model import ESCALATED, MOVES, OBJECTED, OPEN, SET, Registry, lives

# Lives take long to draw.
few = settings(max_examples=20)


@pytest.mark.parametrize("event_type", EventType, ids=lambda each: each.name)
def test_transition__each_status__is_that_of_the_specification(event_type: EventType) -> None:
    assert {status: transition(status, event_type) for status in Status} == {
        status: MOVES[event_type].get(status) for status in Status
    }


@pytest.mark.parametrize("event_type", [-1, 16])
def test_transition__no_kind__raises(event_type: int) -> None:
    with pytest.raises(IndexError):
        transition(Status.OPEN, event_type)


def test_first_unlawful__nothing__none_and_the_status_stays() -> None:
    for status in Status:
        assert first_unlawful(status, []) is None
        assert status_after(status, []) is status


@few
@given(lives(), st.integers(0, 15))
def test_first_unlawful__life_that_the_contract_wrote__is_what_it_refuses_next(life: Registry, kind: int) -> None:
    kinds = [link.event_type for link in life.links]
    assert status_after(Status.NONE, kinds) == life.status
    refused = life.status not in MOVES[kind]
    assert first_unlawful(Status.NONE, [*kinds, kind]) == (len(kinds) if refused else None)


def rules_of(life: Registry) -> ClockRules:
    return ClockRules(
        default_sla=life.default_sla, escalation_interval=life.interval, max_escalation_level=life.max_level
    )


@few
@given(lives())
def test_fold__life_that_the_contract_wrote__is_the_contracts_slot(life: Registry) -> None:
    fold = ComplaintFold(head=bytes(22))
    for link in life.links:
        fold.add(link, rules_of(life))
        if link.event_type in (EventType.SLA_PAUSED, EventType.SLA_RESUMED):
            # The link says what the clock shows, which the entry left to the contract.
            assert int(link.data, 16) == fold.sla_deadline
    assert (fold.event_count, fold.sla_deadline) == (len(life.links), life.deadline)
    assert (fold.status, fold.escalations, fold.objections) == (life.status, life.escalations, life.objections)
    assert fold.nonce == life.nonce


@few
@given(lives(), st.integers(0, 3_650 * 86_400))
def test_breaches__life_that_goes_on__are_the_links_that_the_contract_writes_first(life: Registry, wait: int) -> None:
    at = life.links[-1].timestamp + wait
    expected = breaches(deadline=life.deadline, escalations=life.escalations, at=at, rules=rules_of(life))
    fold = ComplaintFold(head=bytes(22), status=Status(life.status), sla_deadline=life.deadline)
    number = len(life.links)
    if life.status != OPEN:
        assert not fold.is_due(at)
        assert not life.act(ESCALATED, at=at)
        return
    assert life.act(ESCALATED, at=at) == bool(expected)
    assert [int(link.data, 16) for link in life.links[number:]] == [
        breach.level << 64 | breach.missed << 32 | breach.next for breach in expected
    ]


@pytest.mark.parametrize("max_level", [1, 2, 3, 32])
def test_breaches__long_neglect__one_for_each_level_and_then_no_deadline(max_level: int) -> None:
    life = Registry(default_sla=10, interval=7, max_level=max_level)
    life.act(0, at=100)
    found = breaches(deadline=110, escalations=0, at=10_000, rules=rules_of(life))
    assert [breach.level for breach in found] == list(range(1, max_level + 1))
    assert [breach.missed for breach in found] == [110 + 7 * number for number in range(max_level)]
    assert found[-1].next == 0
    # A deadline that is set at the highest level gives one further miss.
    life.act(ESCALATED, at=10_000)
    assert life.act(SET, at=10_000, deadline=10_005)
    (further,) = breaches(deadline=10_005, escalations=max_level, at=20_000, rules=rules_of(life))
    assert (further.level, further.missed, further.next) == (max_level, 10_005, 0)
    assert life.act(ESCALATED, at=20_000)
    assert int(life.links[-1].data, 16) == further.level << 64 | further.missed << 32


def test_breaches__as_many_as_can_be_counted__no_deadline_can_be_set_any_more() -> None:
    life = Registry(default_sla=1, interval=1, max_level=32)
    life.act(0, at=1)
    at = 1
    while life.escalations < 255:
        at += 40
        life.act(ESCALATED, at=at)
        life.act(SET, at=at, deadline=at)
    fold = ComplaintFold(head=bytes(22))
    for link in life.links:
        fold.add(link, rules_of(life))
    assert fold.escalations == 255
    assert not life.act(SET, at=at + 1, deadline=at + 2)
    assert breaches(deadline=fold.sla_deadline, escalations=255, at=at + 10**6, rules=rules_of(life)) == []


def test_is_missed__deadline_of_this_second__is_not_yet() -> None:
    assert [is_missed(7, at) for at in (6, 7, 8)] == [False, False, True]


@pytest.mark.parametrize("kind", [ESCALATED, OBJECTED])
def test_kind_of__what_no_recorder_writes__moves_no_nonce(kind: int) -> None:
    assert not kind_of(kind).is_entry
