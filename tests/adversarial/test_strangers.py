"""An attacker without any role: front-running, griefing, filling batches, calling everything."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.node import GAS_LIMIT
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, EventType, Status

OTHERS = [complaint_id(number) for number in range(2, 6)]


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """Of a complaint and four more, Unix seconds. None is due yet."""
    missed = registry.node.time + DAY
    for each in (complaint, *OTHERS):
        registry.create_due_at(each, missed)
    return missed


@pytest.mark.parametrize("by", [None, "escalation", "objection", "both"])
def test_write__stranger_comes_first__lands_with_the_same_nonce_and_leaves_the_same_record(
    by: str | None, registry: Registry, complaint: bytes, deadline: int
) -> None:
    """The calldata that was signed when nobody had come is right whoever comes."""
    resolve = registry.entry(complaint, EventType.RESOLVED)
    registry.node.warp(deadline + 1)
    if by in ("escalation", "both"):
        registry.escalate(complaint)
    if by in ("objection", "both"):
        registry.object(registry.objection(1), sender=registry.actors.stranger)
    assert registry.record_batch([resolve]).skipped == ()
    state = registry.complaint(complaint)
    assert (state.status, state.escalations, state.nonce) == (Status.RESOLVED, 1, 3)


def test_escalate__stranger_is_first__the_keepers_single_call_is_not_due_and_its_batch_goes_on(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.node.warp(deadline + 1)
    registry.escalate(complaint)
    with reverts("SLANotBreached", complaintId=complaint, deadline=deadline + ESCALATION_INTERVAL):
        registry.escalate(complaint)
    sent = registry.escalate_batch([complaint, *OTHERS])
    assert [event.args["complaintId"] for event in sent.events] == OTHERS


def test_stranger__escalates_as_often_as_it_likes__adds_no_more_links_than_there_are_levels(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.node.warp(deadline + 1000 * ESCALATION_INTERVAL)
    sent = registry.escalate_batch([complaint] * 50)
    assert len(sent.events) == MAX_ESCALATION_LEVEL
    assert registry.complaint(complaint).sla_deadline == 0
    assert registry.escalate_batch([complaint] * 50).events == ()


def test_batch__poisoned_with_unknown_repeated_and_closed_ids__does_its_work(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    registry.log(OTHERS[0], EventType.CLOSED)
    registry.pause(OTHERS[1])
    poison = [bytes(32), b"\xff" * 32, complaint_id(99), OTHERS[0], OTHERS[1], bytes(32)]
    registry.node.warp(deadline + 1)
    sent = registry.escalate_batch([*poison, complaint, *poison, complaint, OTHERS[2], *poison])
    assert [event.args["complaintId"] for event in sent.events] == [complaint, OTHERS[2]]
    assert registry.complaint(complaint_id(99)).status is Status.NONE


def test_batch__too_long_for_its_gas__fails_for_its_sender_only(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    """A stranger pays for its own loop; nobody else's call gets longer by it."""
    registry.node.warp(deadline + 1)
    before = registry.complaint(complaint)
    receipt = registry.node.send(
        registry.actors.stranger,
        registry.address,
        registry.codec.call("batchCheckAndEscalate", [complaint_id(number) for number in range(1000, 1400)]),
        gas=700_000,
    )
    assert not receipt.succeeded
    assert registry.complaint(complaint) == before
    assert registry.escalate(complaint).gas_used < 40_000


def test_write__after_a_long_history__costs_what_the_first_ones_did(registry: Registry, complaint: bytes) -> None:
    """No loop over what has been written: a complaint cannot be made too expensive to go on with."""
    registry.create(complaint)
    early = registry.log(complaint, EventType.COMMENTED, data_hash(1)).gas_used
    registry.record_batch([Entry(complaint, EventType.COMMENTED, data_hash(1), 2 + n) for n in range(300)])
    for _ in range(20):
        registry.object(registry.objection(1))
    late = registry.log(complaint, EventType.COMMENTED, data_hash(1)).gas_used
    assert abs(late - early) <= 24  # calldata: two bytes of the nonce that are not zero any more


def test_stranger__every_function_that_writes__changes_nothing_on_a_complaint_that_is_not_due(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    stranger, before = registry.actors.stranger, registry.complaint(complaint)
    refused = set()
    for item in registry.codec.abi:
        if item["type"] != "function" or item["stateMutability"] in ("view", "pure"):
            continue
        arguments = [example(part, complaint, stranger) for part in item["inputs"]]
        receipt = registry.node.send(
            stranger, registry.address, registry.codec.call(item["name"], *arguments), gas=GAS_LIMIT
        )
        if not receipt.succeeded:
            refused.add(item["name"])
        assert receipt.logs == ()
    assert refused >= {
        *("logComplaintEvent", "anchorEvidence", "setSLADeadline", "pauseSLA", "resumeSLA"),
        *("recordBatch", "recordSigned", "logObjection", "checkAndEscalate"),
        *("grantRole", "revokeRole", "beginDefaultAdminTransfer", "acceptDefaultAdminTransfer"),
        *("cancelDefaultAdminTransfer", "changeDefaultAdminDelay", "rollbackDefaultAdminDelay"),
    }
    assert registry.complaint(complaint) == before


def example(part: dict, complaint: bytes, account: str) -> object:
    """An argument that fits the complaint, so that nothing but the missing role or the time is in the way."""
    entry = (complaint, data_hash(5), EventType.RESOLVED, 2)
    own = {"nonce": 2, "number": 0, "eventType": EventType.RESOLVED, "entries": [entry], "entry": entry}
    name = part["name"].rstrip("_")
    if name in own:
        return own[name]
    match part["type"]:
        case "address":
            return account
        case "bytes32":
            return complaint if name == "complaintId" else data_hash(5)
        case "bytes22":
            return bytes(22)
        case "bytes":
            return bytes(65)
        case "bytes32[]":
            return [complaint]
    return 2**31


def test_salted_id__guessed_by_a_front_runner__cannot_be_taken(registry: Registry, complaint: bytes) -> None:
    """Who sees CREATED in the mempool cannot file the same id first: filing takes the role."""
    stranger, role = registry.actors.stranger, registry.role("INTAKE_ROLE")
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=role):
        registry.log(complaint, EventType.CREATED, nonce=0, sender=stranger)
    registry.create(complaint)
