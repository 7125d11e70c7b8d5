"""An attacker without any role: front-running, griefing, filling batches."""

import pytest

from tests.support.contract import reverts
from tests.support.node import GAS_LIMIT
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry, complaint_id, data_hash
from tests.support.spec import DAY, EventType, Status

COMPLAINT = complaint_id(1)
OTHERS = [complaint_id(number) for number in range(2, 6)]


@pytest.fixture
def deadline(registry: Registry) -> int:
    """Of a complaint and four more, Unix seconds. None is due yet."""
    missed = registry.node.time + DAY
    for complaint in (COMPLAINT, *OTHERS):
        registry.create_due_at(complaint, missed)
    return missed


def resolve_calls(registry: Registry, sequence: int) -> list[bytes]:
    """How a writer deals with a complaint that is late: the batch in front, then the link (spec 5.2)."""
    call = registry.codec.call
    return [
        call("batchCheckAndEscalate", [COMPLAINT]),
        call("logComplaintEvent", COMPLAINT, EventType.RESOLVED, data_hash(9), sequence),
    ]


@pytest.mark.parametrize("is_front_run", [False, True])
def test_resolve_when_late__stranger_escalates_first_or_not__lands_with_the_same_sequence(
    registry: Registry, deadline: int, is_front_run: bool
) -> None:
    """The defence against front-running: the same signed bytes are right in either case."""
    calls = resolve_calls(registry, 4)
    registry.node.warp(deadline + 1)
    if is_front_run:
        registry.escalate(COMPLAINT)
    registry.multicall(calls, sender=registry.actors.recorder)
    state = registry.complaint(COMPLAINT)
    assert (state.status, state.event_count, state.escalation_level) == (Status.RESOLVED, 4, 1)


def test_log__stranger_escalates_in_front__is_stale_and_not_doubled(registry: Registry, deadline: int) -> None:
    registry.node.warp(deadline + 1)
    registry.escalate(COMPLAINT)
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=4, given=3):
        registry.log(COMPLAINT, EventType.COMMENTED, sequence=3)


def test_escalate__stranger_is_first__the_keepers_single_call_is_not_due_and_its_batch_goes_on(
    registry: Registry, deadline: int
) -> None:
    registry.node.warp(deadline + 1)
    registry.escalate(COMPLAINT)
    with reverts("SLANotBreached", complaintId=COMPLAINT, deadline=deadline + ESCALATION_INTERVAL):
        registry.escalate(COMPLAINT)
    sent = registry.escalate_batch([COMPLAINT, *OTHERS])
    assert [event.args["complaintId"] for event in sent.events] == OTHERS


def test_stranger__escalates_as_often_as_it_likes__adds_no_more_links_than_there_are_levels(
    registry: Registry, deadline: int
) -> None:
    registry.node.warp(deadline + 1000 * ESCALATION_INTERVAL)
    sent = registry.escalate_batch([COMPLAINT] * 50)
    assert len(sent.events) == MAX_ESCALATION_LEVEL
    assert registry.complaint(COMPLAINT).sla_deadline == 0
    assert registry.escalate_batch([COMPLAINT] * 50).events == ()


def test_batch__poisoned_with_unknown_repeated_and_closed_ids__does_its_work(registry: Registry, deadline: int) -> None:
    registry.log(OTHERS[0], EventType.CLOSED)
    registry.pause(OTHERS[1])
    poison = [bytes(32), b"\xff" * 32, complaint_id(99), OTHERS[0], OTHERS[1], bytes(32)]
    registry.node.warp(deadline + 1)
    sent = registry.escalate_batch([*poison, COMPLAINT, *poison, COMPLAINT, OTHERS[2], *poison])
    assert [event.args["complaintId"] for event in sent.events] == [COMPLAINT, OTHERS[2]]
    assert registry.complaint(complaint_id(99)).status is Status.NONE


def test_batch__empty__does_nothing(registry: Registry) -> None:
    assert registry.escalate_batch([]).events == ()
    assert registry.call("batchCheckAndEscalate", []) == 0


def test_batch__too_long_for_its_gas__fails_for_its_sender_only(registry: Registry, deadline: int) -> None:
    """A stranger pays for its own loop; nobody else's call gets longer by it."""
    registry.node.warp(deadline + 1)
    before = registry.complaint(COMPLAINT)
    receipt = registry.node.send(
        registry.actors.stranger,
        registry.address,
        registry.codec.call("batchCheckAndEscalate", [complaint_id(number) for number in range(1000, 1400)]),
        gas=400_000,
    )
    assert not receipt.succeeded
    assert registry.complaint(COMPLAINT) == before
    assert registry.escalate(COMPLAINT).gas_used < 40_000


def test_write__after_a_long_history__costs_what_the_first_ones_did(registry: Registry) -> None:
    """No loop over what has been written: a complaint cannot be made too expensive to go on with."""
    registry.create(COMPLAINT)
    early = registry.log(COMPLAINT, EventType.COMMENTED, data_hash(1)).gas_used
    call = registry.codec.call
    calls = [call("logComplaintEvent", COMPLAINT, EventType.COMMENTED, data_hash(1), 3 + n) for n in range(300)]
    registry.multicall(calls, sender=registry.actors.recorder)
    late = registry.log(COMPLAINT, EventType.COMMENTED, data_hash(1)).gas_used
    assert abs(late - early) <= 24  # calldata: two bytes of the sequence that are not zero any more


def test_stranger__every_function_that_writes__changes_nothing_on_a_complaint_that_is_not_due(
    registry: Registry, deadline: int
) -> None:
    stranger, before = registry.actors.stranger, registry.complaint(COMPLAINT)
    refused = 0
    for item in registry.codec.abi:
        if item["type"] != "function" or item["stateMutability"] in ("view", "pure"):
            continue
        arguments = [example(part["type"], part["name"], stranger) for part in item["inputs"]]
        receipt = registry.node.send(
            stranger, registry.address, registry.codec.call(item["name"], *arguments), gas=GAS_LIMIT
        )
        refused += not receipt.succeeded
        assert receipt.logs == ()
    assert refused >= 14
    assert registry.complaint(COMPLAINT) == before


def example(kind: str, name: str, account: str) -> object:
    """An argument that fits the complaint, so that nothing but the missing role or the time is in the way."""
    if kind == "address":
        return account
    if kind == "bytes32":
        return COMPLAINT if name == "complaintId" else data_hash(5)
    if kind == "bytes":
        return bytes(65)
    if kind.endswith("[]"):
        return [COMPLAINT] if kind == "bytes32[]" else []
    return {"sequence": 3, "eventType": EventType.RESOLVED}.get(name, 2**32)


def test_salted_id__guessed_by_a_front_runner__cannot_be_taken(registry: Registry) -> None:
    """Who sees CREATED in the mempool cannot file the same id first: filing takes the role."""
    stranger = registry.actors.stranger
    recorder_role = registry.call("RECORDER_ROLE")
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=recorder_role):
        registry.log(COMPLAINT, EventType.CREATED, sequence=1, sender=stranger)
    registry.create(COMPLAINT)
