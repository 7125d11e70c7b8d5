"""However many objections wait, filings and other writes take their places beside them, and the other way round."""

from typing import Any

import pytest

from blockchain.models import Complaint, Objection, Transaction, Write
from blockchain.objections import State
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import DEFAULT_SLA, Chain
from tests.objections.conftest import Drain, accepted, filed, objected, state
from tests.relay.conftest import assert_recorded_once, complaint_new, links_on_chain, manual_mining, recorded

Kind = Transaction.Kind


def kinds_open() -> list[str]:
    return list(Transaction.objects.filter(state="open").order_by("nonce").values_list("kind", flat=True))


@pytest.fixture
def flood(chain: Chain, drain: Drain) -> list[Objection]:
    """Six complaints, with three objections to each."""
    complaints = filed(6, "flooded")
    drain()
    return [accepted(chain, each, number=number, text=str(number)) for each in complaints for number in range(3)]


def test_run__flood__filings_and_comments_are_in_the_next_block(
    chain: Chain, relay: Relay, drain: Drain, flood: list[Objection]
) -> None:
    victim = complaint_new("victim")
    recorded(victim, EventType.COMMENTED)
    with manual_mining(chain):
        assert relay.run_once() is Outcome.WORKED
        # Half of the places, whoever is first.
        assert sorted(kinds_open()) == [Kind.OBJECT, Kind.OBJECT, Kind.RECORD]
    drain()
    assert_recorded_once(chain, victim)


def test_run__flood_and_one_place__they_take_turns(
    chain: Chain, relay: Relay, drain: Drain, flood: list[Objection], settings: Any
) -> None:
    settings.BLOCKCHAIN_RELAY_IN_FLIGHT = 1
    victims = [complaint_new(f"victim-{number}") for number in range(4)]
    for victim in victims:
        with manual_mining(chain):
            relay.run_until_idle(rounds=2)
        relay.run_until_idle(rounds=2)
        recorded(victim, EventType.COMMENTED)
    drain()
    assert_recorded_once(chain, *victims)
    kinds = list(Transaction.objects.order_by("nonce").values_list("kind", flat=True))
    since = kinds[kinds.index(Kind.OBJECT) :]
    last = max(index for index, kind in enumerate(since) if kind == Kind.RECORD)
    assert since[: last + 1] == [Kind.OBJECT, Kind.RECORD] * ((last + 1) // 2)


def test_run__writes_never_stop_coming__objections_land_beside_them(
    chain: Chain, relay: Relay, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_RELAY_IN_FLIGHT = 1
    objection = accepted(chain, complaint)
    for _ in range(8):
        recorded(complaint, EventType.COMMENTED)
        relay.run_once()
    assert [link.data for link in objected(chain, complaint)] == [objection.data]


def test_run__flood__all_land_in_the_end(chain: Chain, drain: Drain, flood: list[Objection]) -> None:
    for _ in range(6):
        drain()
    assert {state(each) for each in flood} == {State.RECORDED}
    assert Transaction.objects.filter(kind=Kind.OBJECT).count() == len(flood)


def test_run__breaches_to_record__come_before_objections(
    chain: Chain, relay: Relay, drain: Drain, flood: list[Objection], complaint: Complaint
) -> None:
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + 1)
    relay.overdue = [complaint.complaint_id]
    with manual_mining(chain):
        relay.run_once()
        assert kinds_open()[0] == Kind.ESCALATE
    drain()
    assert EventType.ESCALATED in [link.event_type for link in links_on_chain(chain, complaint)]


def test_run__daily_limit_is_reached__nothing_is_signed_and_nothing_is_lost(
    chain: Chain, relay: Relay, drain: Drain, flood: list[Objection], settings: Any
) -> None:
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = 1e-12
    before = Transaction.objects.count()
    assert drain() is Outcome.BLOCKED
    assert Transaction.objects.count() == before
    settings.BLOCKCHAIN_DAILY_LIMIT_ETHER = 0
    drain()
    assert Objection.objects.exclude(transaction=None).exists()


def test_run__complaint_whose_filing_failed__holds_back_its_own_objections_only(
    chain: Chain, drain: Drain, complaint: Complaint
) -> None:
    stuck = filed(3, "stuck")
    Write.objects.filter(complaint__in=stuck).update(state=Write.State.FAILED)
    waiting = [accepted(chain, each) for each in stuck]
    objection = accepted(chain, complaint)
    drain()
    assert state(objection) is State.RECORDED
    assert {state(each) for each in waiting} == {State.WAITING}
