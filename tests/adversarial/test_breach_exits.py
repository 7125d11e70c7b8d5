"""An operator who is late, and would rather not have it on record: every way out, and every order of ways."""

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.codec import Reverted
from tests.support.contract import reverts
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry, complaint_id, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import DAY, LOGGED, MAX_UINT40, EventType, Status

COMPLAINT = complaint_id(1)
EXITS = (EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED)


@pytest.fixture
def deadline(registry: Registry) -> int:
    """A complaint that is one second late in the next block. Returns the missed deadline, Unix seconds."""
    missed = registry.node.time + DAY
    registry.create_due_at(COMPLAINT, missed)
    registry.node.next_block_at(missed + 1)
    return missed


def calls_out(registry: Registry, sequence: int) -> dict[str, tuple[bytes, str]]:
    """Calldata and sender of every call that might get out of a breach."""
    actors, call = registry.actors, registry.codec.call
    now = registry.node.time
    ways = {
        f"log {event.name}": (
            call("logComplaintEvent", COMPLAINT, event, data_hash(9), sequence),
            actors.recorder,
        )
        for event in LOGGED
        if event not in (EventType.ASSIGNED, EventType.STATUS_UPDATED, EventType.COMMENTED)
    }
    for event_type in EXITS:
        event = SignedEvent(COMPLAINT, event_type, data_hash(9), sequence, actors.signer, MAX_UINT40)
        arguments = (COMPLAINT, event_type, event.data_hash, sequence, event.actor, MAX_UINT40, registry.sign(event))
        ways[f"signed {event_type.name}"] = (call("logComplaintEventWithSignature", *arguments), actors.relayer)
    ways["set a later deadline"] = (call("setSLADeadline", COMPLAINT, now + 30 * DAY, sequence), actors.sla_manager)
    ways["set no deadline"] = (call("setSLADeadline", COMPLAINT, 0, sequence), actors.sla_manager)
    ways["pause"] = (call("pauseSLA", COMPLAINT, sequence), actors.sla_manager)
    ways["resume"] = (call("resumeSLA", COMPLAINT, sequence), actors.sla_manager)
    return ways


WAYS = (
    *(f"log {name}" for name in ("CREATED", "RESOLVED", "REJECTED", "CLOSED", "REOPENED")),
    *(f"signed {event_type.name}" for event_type in EXITS),
    *("set a later deadline", "set no deadline", "pause", "resume"),
)


@pytest.mark.parametrize("way", WAYS)
def test_overdue__this_way_out__is_shut(way: str, registry: Registry, deadline: int) -> None:
    calldata, sender = calls_out(registry, 3)[way]
    before = registry.complaint(COMPLAINT)
    registry.node.next_block_at(deadline + 1)
    with pytest.raises(Reverted) as caught:
        registry.send_data(calldata, sender=sender)
    is_shut_by_the_breach = way not in ("log CREATED", "log REOPENED", "resume")
    assert caught.value.name == ("SLABreachUnrecorded" if is_shut_by_the_breach else "InvalidTransition")
    assert registry.complaint(COMPLAINT) == before
    assert registry.call("isEscalatable", COMPLAINT) is True


def test_overdue__ways_tried__are_all_that_there_are(registry: Registry) -> None:
    registry.create(COMPLAINT)
    assert set(calls_out(registry, 2)) == set(WAYS)


@pytest.mark.parametrize("way", ["log RESOLVED", "log CLOSED", "set a later deadline", "pause"])
def test_overdue__way_out_wrapped_in_a_multicall__is_shut(way: str, registry: Registry, deadline: int) -> None:
    calldata, sender = calls_out(registry, 3)[way]
    registry.node.next_block_at(deadline + 1)
    with reverts("SLABreachUnrecorded", complaintId=COMPLAINT, deadline=deadline):
        registry.multicall([calldata], sender=sender)


@pytest.mark.parametrize("order", list(permutations(["pause", "resume", "log RESOLVED", "log REOPENED"], 3)))
def test_overdue__several_calls_in_one_transaction__cannot_walk_around_it(
    order: tuple[str, ...], registry: Registry, deadline: int
) -> None:
    """Even a sender who holds both roles, in any order of calls."""
    actors = registry.actors
    registry.send("grantRole", registry.call("SLA_MANAGER_ROLE"), actors.recorder, sender=actors.admin)
    calls = [calls_out(registry, 3 + step)[way][0] for step, way in enumerate(order)]
    with pytest.raises(Reverted) as caught:
        registry.multicall(calls, sender=actors.recorder)
    assert caught.value.name in {"SLABreachUnrecorded", "InvalidTransition"}
    assert registry.complaint(COMPLAINT).event_count == 2


def test_overdue__harmless_links__leave_the_breach_standing(registry: Registry, deadline: int) -> None:
    for event_type in (EventType.ASSIGNED, EventType.STATUS_UPDATED, EventType.COMMENTED):
        registry.log(COMPLAINT, event_type)
    registry.anchor(COMPLAINT, data_hash(1))
    assert registry.complaint(COMPLAINT).sla_deadline == deadline
    assert registry.call("isEscalatable", COMPLAINT) is True


def test_overdue__many_intervals__must_record_every_level_before_it_gets_out(registry: Registry, deadline: int) -> None:
    now = deadline + 100 * ESCALATION_INTERVAL
    registry.node.warp(now)
    for level in range(1, MAX_ESCALATION_LEVEL + 1):
        missed = deadline + (level - 1) * ESCALATION_INTERVAL
        with reverts("SLABreachUnrecorded", complaintId=COMPLAINT, deadline=missed):
            registry.log(COMPLAINT, EventType.CLOSED)
        assert registry.escalate(COMPLAINT).event.args["level"] == level
    registry.log(COMPLAINT, EventType.CLOSED)
    assert registry.complaint(COMPLAINT).escalation_level == MAX_ESCALATION_LEVEL


def test_overdue__operator_escalates_and_leaves_in_one_transaction__it_is_on_record(
    registry: Registry, deadline: int
) -> None:
    call = registry.codec.call
    leave = call("logComplaintEvent", COMPLAINT, EventType.RESOLVED, data_hash(4), 4)
    sent = registry.multicall([call("checkAndEscalate", COMPLAINT), leave], sender=registry.actors.recorder)
    assert [event.name for event in sent.events] == ["ComplaintEscalated", "ComplaintEventLogged"]
    state = registry.complaint(COMPLAINT)
    assert (state.status, state.escalation_level) == (Status.RESOLVED, 1)


def test_overdue__moved_just_in_time__is_no_breach_but_in_sight(registry: Registry) -> None:
    """At the deadline itself it may still be moved; the link that says so stays for ever (spec 2.6)."""
    missed = registry.node.time + DAY
    registry.create_due_at(COMPLAINT, missed)
    sent = registry.set_deadline(COMPLAINT, missed + DAY, at=missed)
    assert sent.event.name == "SLADeadlineSet"
    assert sent.timestamp == missed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(used=st.lists(st.integers(0, DAY // 2), min_size=1, max_size=4), stop=st.lists(st.booleans(), min_size=4))
def test_clock__stopped_and_restarted_at_will__gives_the_same_seconds_in_all(
    registry: Registry, used: list[int], stop: list[bool]
) -> None:
    """Holds and resolutions in any order use up exactly the seconds that the complaint was open."""
    node = registry.node
    allowed = 3 * DAY
    with node.undone():
        registry.create(COMPLAINT)
        registry.set_deadline(COMPLAINT, registry.node.time + 1 + allowed)
        opened = node.time
        left = allowed
        for seconds, hold in zip(used, stop, strict=False):
            stopped = opened + seconds
            if hold:
                registry.pause(COMPLAINT, at=stopped)
            else:
                registry.log(COMPLAINT, EventType.RESOLVED, at=stopped)
            left -= seconds
            assert registry.complaint(COMPLAINT).sla_deadline == left
            opened = stopped + 20 * DAY
            if hold:
                registry.resume(COMPLAINT, at=opened)
            else:
                registry.log(COMPLAINT, EventType.REOPENED, at=opened)
            assert registry.complaint(COMPLAINT).sla_deadline == opened + left
        with reverts("SLANotBreached", complaintId=COMPLAINT, deadline=opened + left):
            registry.escalate(COMPLAINT, at=opened + left)
        registry.escalate(COMPLAINT, at=opened + left + 1)
