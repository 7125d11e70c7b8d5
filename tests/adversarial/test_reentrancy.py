"""A wallet that is asked in the middle and tries to write, to burn gas, or to mix calls in one transaction."""

import pytest

from tests.support.codec import Reverted
from tests.support.contract import Contract, reverts
from tests.support.entries import Objection, SignedEntry, data_hash, subject
from tests.support.registry import Registry, bound_id
from tests.support.spec import DAY, ROLES, EventType


def enlist(registry: Registry, contract: Contract, complaint: bytes) -> SignedEntry:
    """Gives the contract every role. Returns an entry that it is said to have signed."""
    registry.create(complaint)
    for role in ROLES:
        registry.grant(role, contract.address)
    return registry.signed(registry.entry(complaint, EventType.COMMENTED), actor=contract.address)


def sneaked_calls(registry: Registry, complaint: bytes, wallet: str) -> dict[str, bytes]:
    """What it would like to get in while it is asked; each would be lawful on its own."""
    call, entry = registry.codec.call, registry.entry(complaint, EventType.CLOSED)
    objection = registry.objection(1)
    return {
        "logComplaintEvent": registry.calldata(entry),
        "recordBatch": call("recordBatch", [entry.abi]),
        "anchorEvidence": call("anchorEvidence", complaint, data_hash(3), entry.nonce),
        "logObjection": call("logObjection", *objection.arguments, registry.sign_objection(objection)),
        "batchCheckAndEscalate": call("batchCheckAndEscalate", [complaint]),
        "renounceRole": call("renounceRole", registry.role("RECORDER_ROLE"), wallet),
    }


SNEAKED = (
    "logComplaintEvent",
    "recordBatch",
    "anchorEvidence",
    "logObjection",
    "batchCheckAndEscalate",
    "renounceRole",
)


@pytest.mark.parametrize("function", SNEAKED)
@pytest.mark.parametrize("asked_by", ["recordSigned", "logObjection"])
def test_wallet__writes_while_it_is_asked__gets_nothing_in(
    asked_by: str, function: str, registry: Registry, attacker: Contract, complaint: bytes
) -> None:
    """It is asked by a static call: no write can come in between, from whatever contract."""
    signed = enlist(registry, attacker, complaint)
    own = registry.create(bound_id(subject(7), attacker.address))
    registry.set_deadline(complaint, registry.node.time)
    registry.node.warp(registry.node.time + DAY)  # so that an escalation would be due
    calldata = sneaked_calls(registry, complaint, attacker.address)[function]
    attacker.send("arm", registry.address, calldata, sender=registry.actors.stranger)
    before = registry.complaints([complaint, own])
    with reverts("InvalidSignature", signer=attacker.address):
        if asked_by == "recordSigned":
            registry.record_signed(signed.but(nonce=2), b"")
        else:
            registry.object(Objection(subject(7), attacker.address, data_hash(1), 0), b"")
    assert registry.complaints([complaint, own]) == before
    if function != "renounceRole":  # on its own it would have landed
        assert registry.send_data(calldata, sender=registry.actors.operator).links


def test_wallet__reads_while_it_is_asked__sees_the_state_before(
    registry: Registry, attacker: Contract, complaint: bytes
) -> None:
    """Reading is harmless: nothing is half written when the wallet is asked."""
    signed = enlist(registry, attacker, complaint)
    peek = registry.codec.call("getComplaint", complaint)
    attacker.send("arm", registry.address, peek, sender=registry.actors.stranger)
    registry.record_signed(signed, b"")
    assert registry.nonce(complaint) == 2


@pytest.mark.parametrize("which", ["none", "unknown", "without_deadline", "not_due_yet"])
def test_wallet__escalates_what_is_not_due_while_it_is_asked__gets_through_since_nothing_is_written(
    registry: Registry, attacker: Contract, complaint: bytes, other: bytes, which: str
) -> None:
    """In a static call even storing what is there already is a write, and fails."""
    signed = enlist(registry, attacker, complaint)
    if which == "not_due_yet":
        registry.create_due_at(other, registry.node.time + DAY)
    ids = {"none": [], "unknown": [other], "without_deadline": [complaint], "not_due_yet": [other]}[which]
    calldata = registry.codec.call("batchCheckAndEscalate", ids)
    attacker.send("arm", registry.address, calldata, sender=registry.actors.stranger)
    assert registry.record_signed(signed, b"").event.args["actor"] == attacker.address


@pytest.mark.parametrize("appetite", [0, 1, 2], ids=["loops", "answers_with_a_megabyte", "leaves_crumbs"])
@pytest.mark.parametrize("gas", [100_000, 1_000_000])
def test_wallet__burns_the_gas__costs_the_sender_and_nobody_else(
    appetite: int, gas: int, registry: Registry, glutton: Contract, complaint: bytes, other: bytes
) -> None:
    """Either it is refused, or it had gas enough: nothing is recorded by halves, and a batch asks no wallet at all."""
    signed = enlist(registry, glutton, complaint)
    glutton.send("become", appetite, sender=registry.actors.stranger)
    data = registry.codec.call("recordSigned", *signed.arguments, b"")
    receipt = registry.node.send(registry.actors.relayer, registry.address, data, gas=gas)
    assert registry.nonce(complaint) == 1 + receipt.succeeded
    assert len(receipt.logs) == receipt.succeeded
    batch = [registry.entry(other, EventType.CREATED, nonce=0), registry.entry(complaint, EventType.NOTED)]
    assert registry.record_batch(batch, gas=200_000).skipped == ()


def test_contract__many_calls_in_one_transaction__is_on_record_itself(
    registry: Registry, attacker: Contract, complaint: bytes
) -> None:
    """A contract that calls in for a stranger acts in its own name, and needs its own role."""
    registry.create_due_at(complaint, registry.node.time + DAY)
    attacker.send("arm", registry.address, b"", sender=registry.actors.stranger)
    registry.node.warp(registry.node.time + 2 * DAY)
    calls = [registry.codec.call("checkAndEscalate", complaint)]
    calls.append(registry.calldata(registry.entry(complaint, EventType.NOTED)))
    attacker_codec, attacker.codec = attacker.codec, registry.codec
    role = registry.role("RECORDER_ROLE")
    with reverts("AccessControlUnauthorizedAccount", account=attacker.address, neededRole=role):
        attacker.send_data(attacker_codec.call("run", calls), sender=registry.actors.operator)
    assert registry.complaint(complaint).escalations == 0
    registry.grant("RECORDER_ROLE", attacker.address)
    sent = attacker.send_data(attacker_codec.call("run", calls), sender=registry.actors.stranger)
    assert {event.args["actor"] for event in sent.links} == {attacker.address}


@pytest.mark.parametrize("function", ["recordBatch", "batchCheckAndEscalate"])
def test_registry__ether_sent_along__is_refused(registry: Registry, function: str) -> None:
    with pytest.raises(Reverted):
        registry.send(function, [], sender=registry.actors.operator, value=1)
    assert registry.node.balance(registry.address) == 0


def test_registry__ether_forced_upon_it__changes_nothing(
    registry: Registry, attacker: Contract, complaint: bytes
) -> None:
    """No contract can refuse it; this one does not look at its balance, and nobody gets it out."""
    registry.create(complaint)
    before = registry.complaint(complaint)
    attacker.send("die", registry.address, sender=registry.actors.stranger, value=10**18)
    assert registry.node.balance(registry.address) == 10**18
    assert registry.complaint(complaint) == before
    registry.log(complaint, EventType.COMMENTED)
