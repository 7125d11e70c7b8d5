"""Several calls in one transaction, all or nothing."""

import pytest
from eth_utils import keccak

from tests.support.codec import Reverted
from tests.support.contract import reverts
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import MAX_UINT40, EventType, Status

RECORDER_ROLE = keccak(text="RECORDER_ROLE")
SLA_MANAGER_ROLE = keccak(text="SLA_MANAGER_ROLE")


def log(registry: Registry, complaint: bytes, event_type: EventType, sequence: int) -> bytes:
    return registry.codec.call("logComplaintEvent", complaint, event_type, data_hash(sequence), sequence)


def log_signed(registry: Registry, complaint: bytes, event_type: EventType, sequence: int) -> bytes:
    event = SignedEvent(complaint, event_type, data_hash(sequence), sequence, registry.actors.signer, MAX_UINT40)
    arguments = (complaint, event_type, event.data_hash, sequence, event.actor, MAX_UINT40, registry.sign(event))
    return registry.codec.call("logComplaintEventWithSignature", *arguments)


def test_multicall__empty__does_nothing(registry: Registry, stranger: str) -> None:
    assert registry.call("multicall", [], sender=stranger) == []
    assert registry.multicall([], sender=stranger).events == ()


def test_multicall__good_calls__happen_in_order_at_one_time(
    registry: Registry, complaint: bytes, recorder: str
) -> None:
    calls = [
        log(registry, complaint, EventType.CREATED, 1),
        log(registry, complaint, EventType.ASSIGNED, 2),
        registry.codec.call("anchorEvidence", complaint, data_hash(9), 3),
        log(registry, complaint, EventType.RESOLVED, 4),
    ]
    sent = registry.multicall(calls, sender=recorder)
    assert [event.args["sequence"] for event in sent.events] == [1, 2, 3, 4]
    assert {event.args["actor"] for event in sent.events} == {recorder}
    assert {event.args["timestamp"] for event in sent.events} == {sent.timestamp}
    assert registry.complaint(complaint).status is Status.RESOLVED


def test_multicall__calls_that_return__returns_what_each_does(registry: Registry, stranger: str) -> None:
    deadline = registry.node.time + 100
    one, other = (registry.create_due_at(complaint_id(number), deadline) for number in (1, 2))
    calls = [
        registry.codec.call("checkAndEscalate", one),
        registry.codec.call("batchCheckAndEscalate", [one, other]),
        registry.codec.call("isEscalatable", other),
        registry.codec.call("version"),
    ]
    level, escalated, due, version = registry.call("multicall", calls, sender=stranger, at=deadline + 1)
    assert registry.codec.result("checkAndEscalate", level) == 1
    assert registry.codec.result("batchCheckAndEscalate", escalated) == 1
    assert registry.codec.result("isEscalatable", due) is False
    assert registry.codec.result("version", version) == registry.call("version")


@pytest.mark.parametrize("position", [0, 1, 2], ids=["first", "middle", "last"])
def test_multicall__one_reverts__nothing_has_happened(registry: Registry, recorder: str, position: int) -> None:
    ids = [complaint_id(number) for number in range(3)]
    calls = [log(registry, one, EventType.CREATED, 1) for one in ids]
    calls[position] = log(registry, ids[position], EventType.CLOSED, 1)
    with reverts("InvalidTransition", complaintId=ids[position], status=Status.NONE, eventType=EventType.CLOSED):
        registry.multicall(calls, sender=recorder)
    assert [registry.complaint(one).event_count for one in ids] == [0, 0, 0]


def test_multicall__same_sequence_twice__reverts(registry: Registry, complaint: bytes, recorder: str) -> None:
    call = log(registry, complaint, EventType.CREATED, 1)
    with reverts("StaleSequence", complaintId=complaint, expected=2, given=1):
        registry.multicall([call, call], sender=recorder)


def test_multicall__role_missing_for_one__reverts(registry: Registry, complaint: bytes, recorder: str) -> None:
    calls = [
        log(registry, complaint, EventType.CREATED, 1),
        registry.codec.call("setSLADeadline", complaint, registry.node.time + 1_000, 2),
    ]
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=SLA_MANAGER_ROLE):
        registry.multicall(calls, sender=recorder)
    assert registry.complaint(complaint).event_count == 0


@pytest.mark.parametrize("who", ["stranger", "relayer", "admin", "sla_manager"])
def test_multicall__sender_without_role__lends_nobody_the_contracts_own_identity(
    registry: Registry, complaint: bytes, who: str
) -> None:
    sender = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=RECORDER_ROLE):
        registry.multicall([log(registry, complaint, EventType.CREATED, 1)], sender=sender)


def test_multicall__signed_and_open_calls__each_is_judged_by_itself(
    registry: Registry, complaint: bytes, signer: str, relayer: str
) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    calls = [
        registry.codec.call("checkAndEscalate", complaint),
        log_signed(registry, complaint, EventType.COMMENTED, 4),
        log_signed(registry, complaint, EventType.RESOLVED, 5),
    ]
    sent = registry.multicall(calls, sender=relayer, at=deadline + 1)
    assert [event.args["actor"] for event in sent.events] == [relayer, signer, signer]
    state = registry.complaint(complaint)
    assert (state.status, state.escalation_level, state.event_count) == (Status.RESOLVED, 1, 5)


def test_multicall__nested__works_as_if_flat(registry: Registry, complaint: bytes, recorder: str) -> None:
    inner = registry.codec.call("multicall", [log(registry, complaint, EventType.ASSIGNED, 2)])
    outer = [log(registry, complaint, EventType.CREATED, 1), inner, log(registry, complaint, EventType.COMMENTED, 3)]
    sent = registry.multicall(outer, sender=recorder)
    assert [event.args["sequence"] for event in sent.events] == [1, 2, 3]
    assert {event.args["actor"] for event in sent.events} == {recorder}


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xde\xad\xbe\xef"], ids=["no_data", "one_byte", "unknown_selector"])
def test_multicall__call_to_nothing__reverts(registry: Registry, recorder: str, data: bytes) -> None:
    with pytest.raises(Reverted):
        registry.multicall([data], sender=recorder)


def test_multicall__account_with_both_roles__files_a_complaint_whole(
    registry: Registry, complaint: bytes, admin: str, newcomer: str
) -> None:
    registry.send("grantRole", RECORDER_ROLE, newcomer, sender=admin)
    registry.send("grantRole", SLA_MANAGER_ROLE, newcomer, sender=admin)
    deadline = registry.node.time + 10_000
    calls = [
        log(registry, complaint, EventType.CREATED, 1),
        registry.codec.call("setSLADeadline", complaint, deadline, 2),
        registry.codec.call("anchorEvidence", complaint, data_hash(9), 3),
        log(registry, complaint, EventType.ASSIGNED, 4),
        registry.codec.call("pauseSLA", complaint, 5),
        registry.codec.call("resumeSLA", complaint, 6),
    ]
    sent = registry.multicall(calls, sender=newcomer)
    assert len(sent.events) == 6
    state = registry.complaint(complaint)
    assert (state.event_count, state.status, state.sla_deadline) == (6, Status.OPEN, deadline)


def test_multicall__hundred_logs_on_one_complaint__appends_a_hundred_links(
    registry: Registry, complaint: bytes, recorder: str
) -> None:
    calls = [log(registry, complaint, EventType.CREATED, 1)]
    calls += [log(registry, complaint, EventType.COMMENTED, sequence) for sequence in range(2, 101)]
    registry.multicall(calls, sender=recorder)
    assert registry.complaint(complaint).event_count == 100
