"""An objection lands in every status but NONE, up to 255 of them, whatever recorders do."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.lives import Acceptor, examples, numbers, pauses
from tests.support.contract import reverts
from tests.support.entries import complaint_id
from tests.support.registry import Registry
from tests.support.spec import DAY, MAX_OBJECTIONS, EventType, Status

Life = list[tuple[int, int, bool]]  # which entry, seconds before it, whether the complainant objects


@pytest.fixture(scope="module")
def clocked(deploy_registry: Callable[..., Registry]) -> Registry:
    return deploy_registry(defaultSLA=DAY, escalationInterval=3600, maxEscalationLevel=2)


@examples(25)
@given(life=st.lists(st.tuples(numbers, pauses, st.booleans()), min_size=1, max_size=12))
def test_objection__in_the_middle_of_any_life__lands_at_once(clocked: Registry, life: Life) -> None:
    registry, node = clocked, clocked.node
    complaint = complaint_id(1, registry.actors.complainant)
    acceptor, objections = Acceptor(complaint), 0
    with node.undone():
        objection = registry.objection(1)
        with reverts("InvalidTransition", complaintId=complaint, status=Status.NONE, eventType=EventType.OBJECTED):
            registry.object(objection)
        for number, pause, objects in life:
            now = node.time + pause
            registry.record(acceptor.accept(number, now), at=now)
            if not objects:
                continue
            before = registry.complaint(complaint)
            link = registry.object(registry.objection(1), at=now + pause).links[-1]
            objections += 1
            assert (link.args["eventType"], link.args["actor"]) == (EventType.OBJECTED, registry.actors.complainant)
            after = registry.complaint(complaint)
            assert (after.objections, after.nonce, after.status) == (objections, before.nonce, before.status)


@pytest.mark.parametrize("status", list(Status)[1:], ids=lambda status: status.name.lower())
@pytest.mark.parametrize("is_late", [False, True], ids=["in_time", "late"])
def test_objection__the_255th_in_this_status__is_the_last(status: Status, is_late: bool, registry: Registry) -> None:
    complaint = complaint_id(1, registry.actors.complainant)
    registry.bring_to(complaint, status, time_left=DAY)
    count = registry.complaint(complaint).event_count
    registry.force(complaint, objections=MAX_OBJECTIONS - 1, event_count=count + MAX_OBJECTIONS - 1)
    registry.node.warp(registry.node.time + (2 * DAY if is_late else 1))
    registry.object(registry.objection(1))
    assert registry.complaint(complaint).objections == MAX_OBJECTIONS
    assert registry.nonce(complaint) == count
    with reverts("InvalidTransition", complaintId=complaint, status=status, eventType=EventType.OBJECTED):
        registry.object(registry.objection(1))
    registry.log(complaint, EventType.NOTED)  # recorders go on
