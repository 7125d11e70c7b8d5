"""An operator who is late, and would rather not have it on record: every way out, and every order of ways."""

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.contract import reverts
from tests.support.entries import Entry
from tests.support.links import Escalation
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, RECORDED, TRANSITIONS, EventType, Status
from tests.support.writes import RECORDING, Write, every


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """A complaint that is one second late in the next block. Returns the missed deadline, Unix seconds."""
    missed = registry.node.time + DAY
    registry.create_due_at(complaint, missed)
    registry.node.next_block_at(missed + 1)
    return missed


def lawful(write: Write) -> bool:
    return Status.OPEN in TRANSITIONS[write.event_type]


@every(*(write for write in RECORDING if lawful(write)))
def test_overdue__this_way_out__leads_past_the_record(
    write: Write, registry: Registry, complaint: bytes, deadline: int
) -> None:
    links = write.send(registry, complaint, at=deadline + 1).links
    assert [link.args["eventType"] for link in links] == [EventType.ESCALATED, write.event_type]
    assert Escalation.of(links[0].args["data"]) == (1, deadline, deadline + ESCALATION_INTERVAL)
    assert registry.complaint(complaint).escalations == 1


@every(*(write for write in RECORDING if not lawful(write)))
def test_overdue__way_out_that_is_none__changes_nothing_and_leaves_it_due(
    write: Write, registry: Registry, complaint: bytes, deadline: int
) -> None:
    before = registry.complaint(complaint)
    calldata = write.calldata(registry, complaint)
    registry.node.send(write.sender(registry), registry.address, calldata, at=deadline + 1)
    assert registry.complaint(complaint) == before
    assert registry.is_escalatable(complaint)


def test_overdue__later_deadline_set_too_far__changes_nothing_and_leaves_it_due(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    for wrong in (0, 2**32 - 1, 2**40, 2**256 - 1):
        with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=wrong):
            registry.set_deadline(complaint, wrong)
    assert registry.complaint(complaint).escalations == 0
    assert registry.is_escalatable(complaint)


@pytest.mark.parametrize(
    "order",
    list(permutations([EventType.SLA_PAUSED, EventType.SLA_RESUMED, EventType.RESOLVED, EventType.REOPENED], 3)),
    ids=lambda order: "-".join(kind.name.lower() for kind in order),
)
def test_overdue__several_entries_in_one_transaction__cannot_walk_around_it(
    order: tuple[EventType, ...], registry: Registry, complaint: bytes, deadline: int
) -> None:
    entries = [registry.entry(complaint, kind, nonce=nonce) for nonce, kind in enumerate(order, start=2)]
    sent = registry.record_batch(entries, at=deadline + 1)
    state = registry.complaint(complaint)
    if sent.links:
        assert sent.links[0].args["eventType"] == EventType.ESCALATED
        assert state.escalations == 1
    else:
        assert registry.is_escalatable(complaint)


@pytest.mark.parametrize("way", [EventType.CLOSED, EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED])
def test_overdue__many_intervals__has_every_level_on_record_at_once(
    way: EventType, registry: Registry, complaint: bytes, deadline: int
) -> None:
    now = deadline + 100 * ESCALATION_INTERVAL
    data = now + DAY if way is EventType.SLA_DEADLINE_SET else None
    links = registry.record(registry.entry(complaint, way, data), at=now).links
    told = [Escalation.of(link.args["data"]) for link in links[:-1]]
    missed = [deadline + level * ESCALATION_INTERVAL for level in range(MAX_ESCALATION_LEVEL)]
    assert [each.missed for each in told] == missed
    assert [each.level for each in told] == list(range(1, MAX_ESCALATION_LEVEL + 1))
    assert [each.next for each in told] == [*missed[1:], 0]


def test_overdue__moved_just_in_time__is_no_breach_but_in_sight(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    """At the deadline itself it may still be moved; the link that says so stays for ever."""
    sent = registry.set_deadline(complaint, deadline + DAY, at=deadline)
    assert sent.event.args["eventType"] == EventType.SLA_DEADLINE_SET
    assert sent.timestamp == deadline


def test_overdue__deadline_set_back_to_one_that_is_not_missed__keeps_the_miss(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.set_deadline(complaint, deadline + 10 * DAY, at=deadline + 1)
    state = registry.complaint(complaint)
    assert (state.escalations, state.sla_deadline) == (1, deadline + 10 * DAY)


def test_overdue__reason_of_a_skipped_entry__does_not_depend_on_the_breach(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    """The order of checks is the same, late or not: the nonce comes before everything that the breach could touch."""
    entry = Entry(complaint, EventType.NOTED, bytes(32), 1)
    for at in (deadline, deadline + 1):
        with registry.node.undone():
            sent = registry.record_batch([entry], at=at)
            assert [event.args["reason"] for event in sent.events] == [registry.selector("StaleNonce")]
    assert set(RECORDED) == {write.event_type for write in RECORDING}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(used=st.lists(st.integers(0, DAY // 2), min_size=1, max_size=4), stop=st.lists(st.booleans(), min_size=4))
def test_clock__stopped_and_restarted_at_will__gives_the_same_seconds_in_all(
    registry: Registry, complaint: bytes, used: list[int], stop: list[bool]
) -> None:
    """Holds and resolutions in any order use up exactly the seconds that the complaint was open."""
    node = registry.node
    allowed = 3 * DAY
    with node.undone():
        registry.create(complaint)
        registry.set_deadline(complaint, node.time + 1 + allowed)
        opened = node.time
        left = allowed
        for seconds, hold in zip(used, stop, strict=False):
            stopped = opened + seconds
            kinds = (EventType.SLA_PAUSED, EventType.SLA_RESUMED) if hold else (EventType.RESOLVED, EventType.REOPENED)
            registry.record(registry.entry(complaint, kinds[0]), at=stopped)
            left -= seconds
            assert registry.complaint(complaint).sla_deadline == left
            opened = stopped + 20 * DAY
            registry.record(registry.entry(complaint, kinds[1]), at=opened)
            assert registry.complaint(complaint).sla_deadline == opened + left
        with reverts("SLANotBreached", complaintId=complaint, deadline=opened + left):
            registry.escalate(complaint, at=opened + left)
        registry.escalate(complaint, at=opened + left + 1)
