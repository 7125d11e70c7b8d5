"""The fold of a complaint and its clock: properties that hold for any life; the contract itself is asked elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from blockchain.protocol.clock import (
    MAX_BREACHES,
    NEVER,
    ClockRules,
    ComplaintFold,
    breaches,
    deadline_after,
    is_missed,
    seconds_left,
)
from blockchain.protocol.hashing import word
from blockchain.protocol.kinds import EventType, Status, is_entry
from blockchain.protocol.lifecycle import transition
from blockchain.protocol.links import Link, breach_data

DAY = 86_400
START = 1_700_000_000
RULES = ClockRules(default_sla=30 * DAY, escalation_interval=DAY, max_escalation_level=3)
times = st.integers(1, 2**40 - 1)
uint32 = st.integers(0, NEVER)


def link(fold: ComplaintFold, event_type: EventType, *, at: int = START, data: str = "0x" + "00" * 32) -> Link:
    """The next link of a complaint."""
    return Link(
        "0x" + "11" * 32, fold.event_count + 1, event_type, "0x" + "22" * 20, at, data, "0x", 1, "0x", fold.event_count
    )


def folded(*event_types: EventType, at: int = START) -> ComplaintFold:
    fold = ComplaintFold(head=bytes(22))
    for event_type in event_types:
        fold.add(link(fold, event_type, at=at), RULES)
    return fold


@given(uint32, times)
def test_is_missed__any_deadline__only_if_there_is_one_and_it_passed(deadline: int, at: int) -> None:
    assert is_missed(deadline, at) == (0 < deadline < NEVER and deadline < at)


@given(times, uint32)
def test_deadline_after__any_start__saturates(start: int, duration: int) -> None:
    deadline = deadline_after(start, duration)
    assert deadline == start + duration or (deadline == NEVER and start + duration > NEVER)


@given(uint32, times)
def test_seconds_left__any_deadline__is_at_least_one(deadline: int, at: int) -> None:
    assert seconds_left(deadline, at) == max(1, deadline - at)


rules = st.builds(
    ClockRules,
    default_sla=st.just(0),
    escalation_interval=st.integers(1, 365 * DAY),
    max_escalation_level=st.integers(1, 32),
)


@given(uint32, st.integers(0, MAX_BREACHES), times, rules)
def test_breaches__any_clock__records_each_missed_deadline_once(
    deadline: int, escalations: int, at: int, rules: ClockRules
) -> None:
    found = breaches(deadline=deadline, escalations=escalations, at=at, rules=rules)
    left = deadline
    for number, breach in enumerate(found, escalations + 1):
        assert breach.missed == left
        assert is_missed(left, at)
        assert breach.level == min(number, rules.max_escalation_level)
        left = breach.next
    assert escalations + len(found) <= MAX_BREACHES
    assert len(found) <= rules.max_escalation_level
    # Nothing that is missed is left, but for what can't be recorded any more.
    assert not is_missed(left, at) or escalations + len(found) == MAX_BREACHES


def test_fold__filing__sets_the_deployments_deadline() -> None:
    fold = folded(EventType.CREATED)
    assert (fold.status, fold.sla_deadline, fold.nonce) == (Status.OPEN, START + RULES.default_sla, 1)


def test_fold__filing_without_a_default__sets_none() -> None:
    fold = ComplaintFold(head=bytes(22))
    fold.add(link(fold, EventType.CREATED), ClockRules(default_sla=0, escalation_interval=1, max_escalation_level=1))
    fold.add(link(fold, EventType.SLA_PAUSED), RULES)
    fold.add(link(fold, EventType.SLA_RESUMED), RULES)
    assert (fold.status, fold.sla_deadline) == (Status.OPEN, 0)


@given(st.integers(0, 40 * DAY), st.integers(0, 10**8))
def test_fold__pause_and_resumption__keep_the_seconds_that_were_left(worked: int, paused: int) -> None:
    fold = folded(EventType.CREATED)
    fold.add(link(fold, EventType.SLA_PAUSED, at=START + worked), RULES)
    assert fold.sla_deadline == max(1, RULES.default_sla - worked)
    fold.add(link(fold, EventType.SLA_RESUMED, at=START + paused), RULES)
    assert fold.sla_deadline == START + paused + max(1, RULES.default_sla - worked)


def test_fold__deadline_escalation_and_objection__are_counted_apart() -> None:
    fold = folded(EventType.CREATED)
    fold.add(link(fold, EventType.SLA_DEADLINE_SET, data=word(START + 5)), RULES)
    assert fold.sla_deadline == START + 5
    assert not fold.is_due(START + 5)
    assert fold.is_due(START + 6)
    (breach,) = breaches(deadline=fold.sla_deadline, escalations=0, at=START + 6, rules=RULES)
    fold.add(link(fold, EventType.ESCALATED, data=breach_data(breach), at=START + 6), RULES)
    fold.add(link(fold, EventType.OBJECTED), RULES)
    assert (fold.event_count, fold.escalations, fold.objections, fold.nonce) == (4, 1, 1, 2)
    assert fold.sla_deadline == START + 5 + RULES.escalation_interval


@given(st.lists(st.sampled_from(EventType), max_size=12))
def test_fold__any_links__count_entries_and_never_leave_the_lifecycle(event_types: list[EventType]) -> None:
    fold, status = folded(EventType.CREATED), Status.OPEN
    for event_type in event_types:
        fold.add(link(fold, event_type), RULES)
        if is_entry(event_type):
            status = transition(status, event_type) or status
    assert fold.nonce == 1 + sum(map(is_entry, event_types))
    assert fold.status is status
    assert fold.event_count == 1 + len(event_types)


@given(st.sampled_from(EventType), st.sampled_from(Status), uint32)
def test_is_due__complaint_that_is_not_open__never(event_type: EventType, status: Status, deadline: int) -> None:
    fold = ComplaintFold(head=bytes(22), status=status, sla_deadline=deadline)
    assert fold.is_due(2**40 - 1) == (status is Status.OPEN and 0 < deadline < NEVER)
