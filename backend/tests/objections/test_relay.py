"""Accepted objections reach the chain once each, whatever happens meanwhile, and nothing else waits for them."""

from typing import Any

import pytest
from django.db import transaction

from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, ChainEvent, Complaint, Objection, RelayLease, Transaction, Write
from blockchain.objections import Signed, State, objection_accept
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, Chain
from tests.fixtures.objections import OBJECTOR, objection_file
from tests.objections.conftest import Drain, accepted, call_of, filed, objected, state
from tests.relay.conftest import age, assert_recorded_once, links_on_chain, manual_mining, recorded

OBJECT = Transaction.Kind.OBJECT


def carriers() -> list[tuple[str, bool | None]]:
    """The transactions that carry or carried objections: state, and whether they succeeded."""
    rows = Attempt.objects.filter(transaction__kind=OBJECT).order_by("transaction__nonce", "attempt_number")
    return list(rows.values_list("transaction__state", "succeeded"))


def overtake(chain: Chain, data: str) -> None:
    """Somebody sends a call at a higher price than the relay's."""
    fees = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12), "gas": hex(300_000)}
    chain.anvil.rpc("eth_sendTransaction", {"from": chain.stranger, "to": chain.address, "data": data} | fees)


def nothing_freezes() -> bool:
    frozen = Complaint.objects.exclude(frozen_reason="").exists()
    return not frozen and not RelayLease.objects.exclude(stopped_reason="").exists()


@pytest.mark.parametrize("kind", [None, EventType.SLA_PAUSED, EventType.RESOLVED, EventType.CLOSED])
def test_run__each_status__lands_with_the_complainant_as_actor(
    chain: Chain, drain: Drain, complaint: Complaint, kind: EventType | None
) -> None:
    if kind is not None:
        recorded(complaint, kind)
        drain()
    objection = accepted(chain, complaint)
    assert state(objection) is State.WAITING
    drain()
    (link,) = objected(chain, complaint)
    assert (link.data, link.actor) == (objection.data, OBJECTOR.address)
    assert state(objection) is State.RECORDED
    assert carriers() == [("confirmed", True)]
    assert_recorded_once(chain, complaint)
    # Nothing is left to do, and nobody takes it for a stolen key.
    assert drain() is Outcome.IDLE
    assert nothing_freezes()


def test_run__not_filed_yet__waits_without_an_error_and_follows_the_filing(chain: Chain, drain: Drain) -> None:
    (complaint,) = filed(1)
    objection = accepted(chain, complaint)
    drain()
    assert (state(objection), carriers()) == (State.WAITING, [])
    drain()
    assert state(objection) is State.RECORDED
    kinds = [link.event_type for link in links_on_chain(chain, complaint)]
    assert kinds == [EventType.CREATED, EventType.OBJECTED]
    assert Objection.objects.get().refusals == 0


def test_run__overdue__records_each_missed_deadline_first(chain: Chain, drain: Drain, complaint: Complaint) -> None:
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + 2 * ESCALATION_INTERVAL + 1)
    accepted(chain, complaint)
    drain()
    kinds = [link.event_type for link in links_on_chain(chain, complaint)]
    assert kinds == [EventType.CREATED, *[EventType.ESCALATED] * 3, EventType.OBJECTED]
    assert carriers() == [("confirmed", True)]


def test_run__deadline_passes_while_it_waits_in_the_pool__gas_suffices(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA - 60)
    objection = accepted(chain, complaint)
    with manual_mining(chain):
        relay.run_once()
        chain.anvil.rpc("evm_increaseTime", 120)
    drain()
    assert [link.event_type for link in links_on_chain(chain, complaint)][1:] == [
        EventType.ESCALATED,
        EventType.OBJECTED,
    ]
    assert state(objection) is State.RECORDED


def test_run__several_to_one_complaint__in_their_order_without_waiting_for_finality(
    chain: Chain, drain: Drain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 50
    objections = [accepted(chain, complaint, number=number, text=f"{number}") for number in range(4)]
    drain()
    assert [link.data for link in objected(chain, complaint)] == [each.data for each in objections]
    assert {state(each) for each in objections} == {State.SENT}
    assert carriers() == [("mined", True)] * 4
    chain.anvil.mine(50)
    drain()
    assert {state(each) for each in objections} == {State.RECORDED}


def test_run__complainant_recorded_another_one__superseded_and_nothing_is_paid(
    chain: Chain, drain: Drain, complaint: Complaint
) -> None:
    objection, following = accepted(chain, complaint), accepted(chain, complaint, number=1)
    chain.anvil.send(to=chain.address, data=call_of(chain, complaint), sender=chain.stranger)
    drain()
    # What was read makes the second one the next.
    drain()
    assert (state(objection), state(following)) == (State.SUPERSEDED, State.RECORDED)
    assert len(objected(chain, complaint)) == 2
    assert carriers() == [("confirmed", True)]
    assert nothing_freezes()


def test_run__complainant_recorded_the_same_one__recorded_and_nothing_is_paid(
    chain: Chain, drain: Drain, complaint: Complaint
) -> None:
    objection = accepted(chain, complaint)
    call = call_of(chain, complaint, data=objection.data, signature=objection.signature)
    chain.anvil.send(to=chain.address, data=call, sender=chain.stranger)
    drain()
    assert state(objection) is State.RECORDED
    assert carriers() == []
    # The contract's count shows it, and no estimate is asked for.
    objection.refresh_from_db()
    assert objection.error_code == ""


def test_run__complainants_own_overtakes_ours_in_the_pool__paid_once_and_superseded(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    objection = accepted(chain, complaint)
    with manual_mining(chain):
        relay.run_once()
        overtake(chain, call_of(chain, complaint))
    for _ in range(3):
        drain()
    assert state(objection) is State.SUPERSEDED
    assert carriers() == [("confirmed", False)]
    assert len(objected(chain, complaint)) == 1


def test_run__complainants_own_is_handed_in_before_ours_is_final__each_keeps_its_state(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    ours = accepted(chain, complaint)
    file = objection_file(complaint, chain.registry.deployment, number=0, text="My own way.")
    with manual_mining(chain):
        relay.run_once()
        overtake(chain, call_of(chain, complaint, data=file["data"], signature=file["signature"]))
    relay.run_once()
    assert carriers() == [("mined", False)]
    events_sync(registry=chain.registry)
    with transaction.atomic():
        own, is_new = objection_accept(complaint=complaint, signed=Signed(**file))
    assert is_new
    drain()
    assert carriers() == [("confirmed", False)]
    assert (state(ours), state(own)) == (State.SUPERSEDED, State.RECORDED)
    # The relay goes on.
    assert drain() is Outcome.IDLE


def test_run__reorg_drops_it__sent_again_and_recorded_once(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 5
    objection = accepted(chain, complaint)
    chain.anvil.mine(5)
    drain()
    assert len(objected(chain, complaint)) == 1
    chain.anvil.rpc("anvil_reorg", 1, [])
    assert objected(chain, complaint) == []
    for _ in range(4):
        age()
        relay.run_once()
    chain.anvil.mine(6)
    drain()
    assert [link.data for link in objected(chain, complaint)] == [objection.data]
    assert state(objection) is State.RECORDED
    assert Transaction.objects.filter(kind=OBJECT).count() == 1


def test_run__reorg_deeper_than_the_confirmations__recorded_again(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    chain.anvil.mine(2)
    objection = accepted(chain, complaint)
    drain()
    assert state(objection) is State.RECORDED
    chain.anvil.rpc("anvil_reorg", 1, [[{"from": chain.stranger, "to": chain.stranger, "value": "0x1"}, 0]])
    for _ in range(4):
        age()
        drain()
    assert [link.data for link in objected(chain, complaint)] == [objection.data]
    assert state(objection) is State.RECORDED


def test_run__hopeless_transaction__empty_transfer_and_then_another_one(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    objection = accepted(chain, complaint)
    with manual_mining(chain):
        relay.run_once()
        Transaction.objects.filter(kind=OBJECT).update(refusals=5)
        relay.run_once()
    for _ in range(3):
        drain()
    assert state(objection) is State.RECORDED
    assert len(objected(chain, complaint)) == 1
    assert Objection.objects.get().reverts == 0


def test_run__account_nonce_used_by_someone_else__sent_again(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    objection = accepted(chain, complaint)
    with manual_mining(chain):
        relay.run_once()
        chain.anvil.rpc("anvil_dropAllTransactions")
        transfer = {"from": chain.relay_account, "to": chain.stranger, "value": "0x1"}
        chain.anvil.rpc("eth_sendTransaction", transfer)
    Attempt.objects.update(sent_at=None)
    for _ in range(200):
        drain()
        if state(objection) is State.RECORDED:
            break
    assert state(objection) is State.RECORDED
    assert len(objected(chain, complaint)) == 1


def test_rebuild_and_reconcile__recorded_sent_and_superseded__the_same_as_before(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint
) -> None:
    (other,) = filed(1, "other")
    drain()
    first, superseded = accepted(chain, complaint), accepted(chain, other)
    chain.anvil.send(to=chain.address, data=call_of(chain, other), sender=chain.stranger)
    drain()
    before = {each.pk: state(each) for each in (first, superseded)}
    rows = list(ChainEvent.objects.order_by("complaint_id", "sequence").values_list("complaint_id", "sequence", "data"))
    cache_rebuild(registry=chain.registry)
    assert {each.pk: state(each) for each in (first, superseded)} == before
    assert before == {first.pk: State.RECORDED, superseded.pk: State.SUPERSEDED}
    after = ChainEvent.objects.order_by("complaint_id", "sequence").values_list("complaint_id", "sequence", "data")
    assert list(after) == rows
    assert cache_reconcile(registry=chain.registry).repaired == 0
    assert drain() is Outcome.IDLE
    assert nothing_freezes()


def test_run__objection_by_the_relays_own_key_that_is_unknown_here__nothing_freezes(
    chain: Chain, drain: Drain, complaint: Complaint
) -> None:
    chain.anvil.send(to=chain.address, data=call_of(chain, complaint), sender=chain.relay_account)
    recorded(complaint, EventType.COMMENTED)
    drain()
    assert nothing_freezes()
    assert_recorded_once(chain, complaint)


def test_run__frozen_complaint__objection_lands_all_the_same(chain: Chain, drain: Drain, complaint: Complaint) -> None:
    Complaint.objects.update(frozen_reason="the chain has a link that this system did not record")
    objection = accepted(chain, complaint)
    recorded_before = Write.objects.count()
    drain()
    assert state(objection) is State.RECORDED
    assert Write.objects.count() == recorded_before
