"""Batches meant to do harm: too little gas, one complaint over and over, an unknown kind in the middle."""

import pytest

from tests.support.codec import Reverted
from tests.support.contract import Contract, reverts
from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, RECORDED, EventType, Status


def comments(complaint: bytes, first: int, count: int) -> list[Entry]:
    """Entries that follow each other."""
    return [Entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in range(first, first + count)]


def test_batch__one_complaint_many_times__records_every_entry_in_order(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    assert registry.recorded(comments(complaint, 1, 300)) == 300
    sent = registry.record_batch(comments(complaint, 1, 300))
    assert [link.args["sequence"] for link in sent.links] == list(range(2, 302))
    assert [link.args["data"] for link in sent.links] == [data_hash(n) for n in range(1, 301)]
    assert registry.nonce(complaint) == 301


def test_batch__one_complaint_opened_and_closed_over_and_over__records_a_lawful_history(
    registry: Registry, complaint: bytes
) -> None:
    cycle = (EventType.RESOLVED, EventType.REOPENED, EventType.SLA_PAUSED, EventType.SLA_RESUMED)
    cycle += (EventType.CLOSED, EventType.REOPENED)
    kinds = [EventType.CREATED, *cycle * 20]
    entries = [registry.entry(complaint, kind, nonce=nonce) for nonce, kind in enumerate(kinds)]
    assert registry.record_batch(entries).skipped == ()
    assert registry.complaint(complaint).status is Status.OPEN


def test_batch__same_entry_over_and_over__lands_once(registry: Registry, complaint: bytes, other: bytes) -> None:
    registry.create(complaint)
    registry.create(other)
    entry, neighbour = comments(complaint, 1, 1) + comments(other, 1, 1)
    sent = registry.record_batch([entry, entry, neighbour, entry, entry, neighbour])
    assert [link.args["complaintId"] for link in sent.links] == [complaint, other]
    reasons = [event.args["reason"] for event in sent.skipped]
    stale, behind = registry.selector("StaleNonce"), registry.selector("PredecessorSkipped")
    assert reasons == [stale, stale, behind, stale]


def test_batch__complaint_overdue_by_every_level__pays_for_the_breaches_once(
    registry: Registry, complaint: bytes
) -> None:
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.node.warp(registry.node.time + 100 * DAY)
    sent = registry.record_batch(comments(complaint, 2, 50))
    kinds = [link.args["eventType"] for link in sent.links]
    assert kinds == [EventType.ESCALATED] * 3 + [EventType.COMMENTED] * 50


@pytest.mark.parametrize("is_due", [False, True], ids=["in_time", "due"])
def test_batch__starved_of_gas_at_every_amount__records_all_or_nothing(
    is_due: bool, registry: Registry, attacker: Contract
) -> None:
    """A caller who forwards too little, so that 63/64 of it run out inside, cannot have entries left out in silence."""
    node, actors = registry.node, registry.actors
    registry.grant("RECORDER_ROLE", attacker.address)
    complaints = [complaint_id(number) for number in range(10, 16)]
    deadline = node.time + DAY
    for complaint in complaints:
        registry.create_due_at(complaint, deadline)
    node.warp(deadline + (1 if is_due else -100))
    batch = [entry.abi for complaint in complaints for entry in comments(complaint, 2, 3)]
    data = registry.codec.call("recordBatch", batch)
    outcomes = set()
    for allowance in (0, 2_000, 30_000, *range(40_000, 420_000, 10_000)):
        with node.undone():
            call = attacker.codec.call("starve", registry.address, data, allowance)
            receipt = node.send(actors.stranger, attacker.address, call)
            nonces = {registry.nonce(complaint) for complaint in complaints}
            assert nonces in ({2}, {5})
            assert len(receipt.logs) in (0, len(batch) + len(complaints) * is_due)
            outcomes.add(*nonces)
    assert outcomes == {2, 5}


@pytest.mark.parametrize("gas", [90_000, 120_000, 160_000, 200_000])
def test_batch__sent_with_too_little_gas__fails_whole(gas: int, registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    receipt = registry.node.send(
        registry.actors.operator,
        registry.address,
        registry.codec.call("recordBatch", [entry.abi for entry in comments(complaint, 1, 30)]),
        gas=gas,
    )
    assert not receipt.succeeded
    assert registry.nonce(complaint) == 1


def test_batch__estimated_gas__is_that_of_recording_not_of_skipping(registry: Registry, complaint: bytes) -> None:
    """The estimate is the least gas that succeeds; nothing succeeds by recording less."""
    registry.create(complaint)
    data = registry.codec.call("recordBatch", [entry.abi for entry in comments(complaint, 1, 30)])
    request = {"from": registry.actors.operator, "to": registry.address, "data": "0x" + data.hex()}
    estimate = int(registry.node.rpc("eth_estimateGas", request), 16)
    registry.node.send(registry.actors.operator, registry.address, data, gas=estimate)
    assert registry.nonce(complaint) == 31


def test_batch__one_entry_needs_a_role_that_is_missing__records_nothing_of_the_others(
    registry: Registry, complaint: bytes, other: bytes
) -> None:
    """Even if that entry would be skipped: what a batch records never depends on whose it is."""
    registry.create(complaint)
    recorder = registry.actors.recorder
    for foreign in (
        registry.entry(other, EventType.CREATED, nonce=77),
        registry.entry(complaint, EventType.SLA_PAUSED),
    ):
        with reverts(
            "AccessControlUnauthorizedAccount",
            account=recorder,
            neededRole=registry.role("INTAKE_ROLE" if foreign.complaint_id == other else "SLA_MANAGER_ROLE"),
        ):
            registry.record_batch([*comments(complaint, 1, 2), foreign], sender=recorder)
    assert registry.nonce(complaint) == 1


@pytest.mark.parametrize("kind", [EventType.ESCALATED, EventType.OBJECTED])
def test_batch__stranger_names_a_kind_that_no_entry_has__leaves_a_log_and_nothing_else(
    kind: EventType, registry: Registry, complaint: bytes
) -> None:
    """No role is asked for what cannot be recorded: so `EntrySkipped` is believed in one's own transactions only."""
    registry.create_due_at(complaint, registry.node.time + DAY)
    registry.node.warp(registry.node.time + 10 * DAY)
    before = registry.complaint(complaint)
    entry = Entry(complaint, kind, bytes(32), 2)
    sent = registry.record_batch([entry] * 3, sender=registry.actors.stranger)
    assert (sent.links, len(sent.skipped)) == ((), 3)
    assert registry.complaint(complaint) == before
    role = registry.role("RECORDER_ROLE")
    for lawful in comments(complaint, 2, 1):
        with reverts("AccessControlUnauthorizedAccount", account=registry.actors.stranger, neededRole=role):
            registry.record_batch([entry, lawful], sender=registry.actors.stranger)


def test_batch__number_of_no_kind_in_the_middle__fails_whole_without_data(
    registry: Registry, complaint: bytes, other: bytes
) -> None:
    registry.create(complaint)
    for number in (len(RECORDED) + 2, 255):
        with pytest.raises(Reverted) as caught:
            registry.record_batch([*comments(complaint, 1, 2), Entry(other, number, bytes(32), 0)])
        assert caught.value.data == b""
    assert registry.nonce(complaint) == 1
