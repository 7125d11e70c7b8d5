"""An attacker who is called in the middle, or who mixes calls in one transaction."""

import pytest

from tests.support.codec import Reverted
from tests.support.contract import Contract, reverts
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import DAY, MAX_UINT40, EventType, Status

COMPLAINT = complaint_id(1)
OTHER = complaint_id(2)


def enlist(registry: Registry, contract: Contract) -> SignedEvent:
    """Makes the contract a recorder. Returns an event that it is said to have signed."""
    registry.create(COMPLAINT)
    registry.send("grantRole", registry.call("RECORDER_ROLE"), contract.address, sender=registry.actors.admin)
    return SignedEvent(COMPLAINT, EventType.COMMENTED, data_hash(2), 2, contract.address, MAX_UINT40)


def test_signed_log__wallet_writes_while_it_is_asked__gets_nothing_in(registry: Registry, attacker: Contract) -> None:
    """The wallet is asked by a static call: its own log of the same sequence cannot come in between."""
    event = enlist(registry, attacker)
    sneaked = registry.codec.call("logComplaintEvent", COMPLAINT, EventType.CLOSED, data_hash(3), 2)
    attacker.send("arm", registry.address, sneaked, sender=registry.actors.stranger)
    with reverts("InvalidSignature", actor=attacker.address):  # `reentered` is a write too, so the wallet itself fails
        registry.log_signed(event, b"")
    assert registry.complaint(COMPLAINT).event_count == 1


def test_signed_log__wallet_insists_on_writing__is_refused(registry: Registry, static_attacker: Contract) -> None:
    event = enlist(registry, static_attacker)
    for calldata in (
        registry.codec.call("logComplaintEvent", COMPLAINT, EventType.CLOSED, data_hash(3), 2),
        registry.codec.call("multicall", [registry.codec.call("anchorEvidence", COMPLAINT, data_hash(3), 2)]),
        registry.codec.call("renounceRole", registry.call("RECORDER_ROLE"), static_attacker.address),
    ):
        static_attacker.send("arm", registry.address, calldata, sender=registry.actors.stranger)
        with reverts("InvalidSignature", actor=static_attacker.address):
            registry.log_signed(event, b"")
    assert registry.complaint(COMPLAINT).event_count == 1


def test_signed_log__wallet_only_reads_while_it_is_asked__sees_the_state_before(
    registry: Registry, static_attacker: Contract
) -> None:
    """Reading is harmless: nothing is half written when the wallet is asked."""
    event = enlist(registry, static_attacker)
    peek = registry.codec.call("getComplaint", COMPLAINT)
    static_attacker.send("arm", registry.address, peek, sender=registry.actors.stranger)
    registry.log_signed(event, b"")
    assert registry.complaint(COMPLAINT).event_count == 2


def test_multicall__one_part_fails__leaves_nothing_behind(registry: Registry) -> None:
    registry.create(COMPLAINT)
    before = registry.complaint(COMPLAINT)
    call = registry.codec.call
    calls = [
        call("logComplaintEvent", COMPLAINT, EventType.COMMENTED, data_hash(2), 2),
        call("anchorEvidence", COMPLAINT, data_hash(3), 3),
        call("multicall", [call("logComplaintEvent", OTHER, EventType.CREATED, data_hash(1), 1)]),
        call("logComplaintEvent", COMPLAINT, EventType.COMMENTED, data_hash(4), 99),
    ]
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=4, given=99):
        registry.multicall(calls, sender=registry.actors.recorder)
    assert registry.complaint(COMPLAINT) == before
    assert registry.complaint(OTHER).status is Status.NONE
    assert registry.call("evidenceAnchor", COMPLAINT, data_hash(3)) == (0, 0)


def test_multicall__mixes_two_peoples_roles__needs_both(registry: Registry) -> None:
    actors, call = registry.actors, registry.codec.call
    calls = [
        call("logComplaintEvent", COMPLAINT, EventType.CREATED, data_hash(1), 1),
        call("setSLADeadline", COMPLAINT, registry.node.time + DAY, 2),
    ]
    manager_role = registry.call("SLA_MANAGER_ROLE")
    with reverts("AccessControlUnauthorizedAccount", account=actors.recorder, neededRole=manager_role):
        registry.multicall(calls, sender=actors.recorder)
    with reverts(
        "AccessControlUnauthorizedAccount", account=actors.sla_manager, neededRole=registry.call("RECORDER_ROLE")
    ):
        registry.multicall(calls, sender=actors.sla_manager)


def test_multicall__stranger_wraps_a_signed_log__lands_once_with_the_officer_on_record(registry: Registry) -> None:
    actors = registry.actors
    registry.create(COMPLAINT)
    event = SignedEvent(COMPLAINT, EventType.COMMENTED, data_hash(2), 2, actors.signer, MAX_UINT40)
    signed = registry.codec.call(
        "logComplaintEventWithSignature",
        *(COMPLAINT, event.event_type, event.data_hash, 2, event.actor, MAX_UINT40, registry.sign(event)),
    )
    assert registry.multicall([signed], sender=actors.stranger).event.args["actor"] == actors.signer
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=3, given=2):
        registry.multicall([signed, signed], sender=actors.stranger)


def test_multicall__nested_deep_by_a_stranger__gives_no_role(registry: Registry) -> None:
    stranger, call = registry.actors.stranger, registry.codec.call
    calldata = call("logComplaintEvent", COMPLAINT, EventType.CREATED, data_hash(1), 1)
    for _ in range(20):
        calldata = call("multicall", [calldata])
    with reverts("AccessControlUnauthorizedAccount", account=stranger, neededRole=registry.call("RECORDER_ROLE")):
        registry.send_data(calldata, sender=stranger)


def test_multicall__actor_appended_to_the_calldata__is_not_believed(registry: Registry) -> None:
    """ERC-2771 and multicall once made senders forgeable: extra bytes at the end are nobody's address here."""
    actors = registry.actors
    calldata = registry.codec.call("logComplaintEvent", COMPLAINT, EventType.CREATED, data_hash(1), 1)
    forged = calldata + bytes.fromhex(actors.recorder[2:])
    refused = {
        "account": actors.stranger,
        "neededRole": registry.call("RECORDER_ROLE"),
    }
    with reverts("AccessControlUnauthorizedAccount", **refused):
        registry.send_data(forged, sender=actors.stranger)
    with reverts("AccessControlUnauthorizedAccount", **refused):
        registry.multicall([forged], sender=actors.stranger)


def test_attacker_contract__many_calls_in_one_transaction__is_on_record_itself(
    registry: Registry, attacker: Contract
) -> None:
    """A contract that calls in for a stranger acts in its own name."""
    registry.create_due_at(COMPLAINT, registry.node.time + DAY)
    attacker.send("arm", registry.address, b"", sender=registry.actors.stranger)
    calls = [registry.codec.call("checkAndEscalate", COMPLAINT)] * 2
    registry.node.warp(registry.complaint(COMPLAINT).sla_deadline + 2 * DAY)
    attacker_codec, attacker.codec = attacker.codec, registry.codec
    sent = attacker.send_data(attacker_codec.call("run", calls), sender=registry.actors.stranger)
    assert [event.args["actor"] for event in sent.events] == [attacker.address] * 2
    assert [event.args["level"] for event in sent.events] == [1, 2]


@pytest.mark.parametrize("function", ["logComplaintEvent", "multicall", "batchCheckAndEscalate"])
def test_registry__ether_sent_along__is_refused(registry: Registry, function: str) -> None:
    arguments = {
        "logComplaintEvent": (COMPLAINT, EventType.CREATED, data_hash(1), 1),
        "multicall": ([],),
        "batchCheckAndEscalate": ([],),
    }[function]
    with pytest.raises(Reverted):
        registry.send(function, *arguments, sender=registry.actors.recorder, value=1)
    assert registry.node.balance(registry.address) == 0


def test_registry__ether_forced_upon_it__changes_nothing(registry: Registry, attacker: Contract) -> None:
    """No contract can refuse it; this one does not look at its balance, and nobody gets it out."""
    registry.create(COMPLAINT)
    before = registry.complaint(COMPLAINT)
    attacker.send("die", registry.address, sender=registry.actors.stranger, value=10**18)
    assert registry.node.balance(registry.address) == 10**18
    assert registry.complaint(COMPLAINT) == before
    registry.log(COMPLAINT, EventType.COMMENTED)
