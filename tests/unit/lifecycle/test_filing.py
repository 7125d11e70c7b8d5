"""A filing: the deadline that it sets by itself, and its place in the registry's chain."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.entries import complaint_id
from tests.support.links import link, registry_chain
from tests.support.registry import Registry
from tests.support.slots import FILINGS_SLOT
from tests.support.spec import DAY, MAX_SLA_DURATION, NEVER, ZERO_HASH, EventType, Status
from tests.support.writes import Route, Write

Deploy = Callable[..., Registry]
every_route = pytest.mark.parametrize("route", Route)


@every_route
@pytest.mark.parametrize("default_sla", [0, 1, 30 * DAY, MAX_SLA_DURATION])
def test_created__any_default_sla__sets_the_deadline_and_commits_to_the_data_alone(
    deploy_registry: Deploy, complaint: bytes, route: Route, default_sla: int
) -> None:
    registry = deploy_registry(defaultSLA=default_sla)
    write = Write(EventType.CREATED, route)
    at = registry.node.time + 100
    (event,) = write.send(registry, complaint, at=at).events
    state = registry.complaint(complaint)
    deadline = at + default_sla if default_sla else 0
    assert (state.status, state.event_count, state.sla_deadline) == (Status.OPEN, 1, deadline)
    assert (state.escalations, state.objections) == (0, 0)
    content = (EventType.CREATED, write.actor(registry), at, event.args["data"])
    assert state.head == link(registry.genesis, complaint, 1, *content)


def test_created__default_sla__is_missed_like_any_deadline(deploy_registry: Deploy, complaint: bytes) -> None:
    registry = deploy_registry(defaultSLA=DAY)
    filed = registry.log(complaint, EventType.CREATED)
    with reverts("SLANotBreached", complaintId=complaint, deadline=filed.timestamp + DAY):
        registry.escalate(complaint, at=filed.timestamp + DAY)
    registry.escalate(complaint, at=filed.timestamp + DAY + 1)
    assert registry.complaint(complaint).escalations == 1


@pytest.mark.parametrize(
    ("at", "deadline"),
    [(NEVER - DAY - 1, NEVER - 1), (NEVER - DAY, NEVER), (NEVER - 1, NEVER), (NEVER, NEVER), (2**40 - 1, NEVER)],
)
def test_created__near_and_after_the_end_of_32_bits__saturates(
    deploy_registry: Deploy, complaint: bytes, at: int, deadline: int
) -> None:
    registry = deploy_registry(defaultSLA=DAY)
    registry.log(complaint, EventType.CREATED, at=at)
    assert registry.complaint(complaint).sla_deadline == deadline


@every_route
def test_registry__several_filings__is_their_chain_in_order(registry: Registry, route: Route) -> None:
    ids = [complaint_id(number) for number in (3, 1, 2)]
    for count, one in enumerate(ids, start=1):
        Write(EventType.CREATED, route).send(registry, one)
        assert registry.filings() == (registry_chain(ids[:count]), count)
    assert registry_chain(ids) != registry_chain(sorted(ids))


def test_registry__filings_of_one_batch__are_chained_in_their_order(registry: Registry) -> None:
    first = registry.create(complaint_id(9))
    ids = [complaint_id(number) for number in range(20)]
    ids.remove(first)
    registry.record_batch([registry.entry(one, EventType.CREATED, nonce=0) for one in ids])
    assert registry.filings() == (registry_chain([first, *ids]), 20)


def test_registry__extreme_ids__are_chained_like_others(registry: Registry) -> None:
    ids = [ZERO_HASH, b"\xff" * 32]
    for one in ids:
        registry.create(one)
    assert registry.filings() == (registry_chain(ids), 2)


@every_route
def test_registry__filed_twice__counts_once(registry: Registry, complaint: bytes, route: Route) -> None:
    registry.create(complaint)
    before = registry.filings()
    write = Write(EventType.CREATED, route)
    for nonce in (0, 1):
        if route is Route.BATCH:
            assert write.send(registry, complaint, nonce).links == ()
        elif nonce == 0:
            with reverts("StaleNonce", complaintId=complaint, expected=1, given=0):
                write.send(registry, complaint, nonce)
        else:
            with reverts("InvalidTransition", complaintId=complaint, status=Status.OPEN, eventType=EventType.CREATED):
                write.send(registry, complaint, nonce)
    assert registry.filings() == before


def test_registry__everything_but_a_filing__leaves_it(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    before = registry.filings()
    registry.log(complaint, EventType.COMMENTED)
    registry.log(complaint, EventType.CLOSED)
    registry.log(complaint, EventType.REOPENED)
    registry.object(registry.objection(1))
    assert registry.filings() == before


def test_registry__last_count__does_not_spill_into_the_chain(registry: Registry, complaint: bytes) -> None:
    last = (2**40 - 2) << 216 | int.from_bytes(b"\xff" * 27)
    registry.node.set_storage(registry.address, FILINGS_SLOT, last)
    registry.create(complaint)
    assert registry.filings() == (registry_chain([complaint], b"\xff" * 27), 2**40 - 1)
