"""Reading complaints, one or many, and the slots they are read from."""

import pytest

from tests.support.entries import complaint_id
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.slots import Complaint, complaint_slot
from tests.support.spec import MAX_UINT8, MAX_UINT24, MAX_UINT32, EventType, Status

SIZES = [0, 1, 16, 17, 300]

every_size = pytest.mark.parametrize("size", SIZES)


def test_get_complaint__unknown__is_zeros_and_genesis(registry: Registry, complaint: bytes) -> None:
    assert registry.complaint(complaint) == Complaint(registry.genesis, 0, 0, Status.NONE, 0, 0)
    assert registry.node.storage(registry.address, complaint_slot(complaint)) == 0


def test_get_complaint__known__is_what_the_slot_says(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    registry.object(registry.objection(1))
    state = registry.complaint(complaint)
    counts = (state.event_count, state.nonce, state.escalations, state.objections)
    assert counts == (4, 2, 1, 1)
    assert (state.status, state.sla_deadline) == (Status.OPEN, deadline + ESCALATION_INTERVAL)
    assert registry.node.storage(registry.address, complaint_slot(complaint)) == state.pack()


@pytest.mark.parametrize(
    "state",
    [
        Complaint(b"\xff" * 22, MAX_UINT24, MAX_UINT32, Status.CLOSED, MAX_UINT8, MAX_UINT8),
        Complaint(b"\xff" * 22, 1, 0, Status.OPEN, 0, 0),
        Complaint(bytes(22), MAX_UINT24, 0, Status.OPEN, 0, 0),
        Complaint(bytes(22), 1, MAX_UINT32, Status.OPEN, 0, 0),
        Complaint(bytes(22), 256, 0, Status.ON_HOLD, MAX_UINT8, 0),
        Complaint(bytes(22), 256, 0, Status.RESOLVED, 0, MAX_UINT8),
    ],
    ids=["all", "head", "event_count", "sla_deadline", "escalations", "objections"],
)
def test_get_complaint__field_at_its_limit__spills_into_none(
    registry: Registry, complaint: bytes, state: Complaint
) -> None:
    registry.node.set_storage(registry.address, complaint_slot(complaint), state.pack())
    assert registry.complaint(complaint) == state
    assert registry.complaints([complaint]) == [state]
    assert registry.nonce(complaint) == state.nonce


def test_complaint__every_field_at_its_limit__a_link_spills_into_none(registry: Registry, complaint: bytes) -> None:
    """The word is taken apart and put together with each link: no field may leak into its neighbour."""
    registry.create(complaint)
    state = registry.force(
        complaint,
        head=b"\xff" * 22,
        event_count=MAX_UINT24 - 1,
        sla_deadline=MAX_UINT32,
        escalations=255,
        objections=255,
    )
    assert state.nonce == 2**24 - 512
    registry.log(complaint, EventType.COMMENTED)
    after = registry.complaint(complaint)
    assert after == state.but(head=after.head, event_count=MAX_UINT24)
    assert after.head != state.head


@every_size
def test_get_complaints__any_number__each_in_its_place(registry: Registry, size: int) -> None:
    """Every third is unknown; each known one has a slot of its own."""
    ids = [complaint_id(number) for number in range(size)]
    expected = []
    for number, one in enumerate(ids):
        if number % 3:
            state = Complaint(bytes([number % 251 + 1]) * 22, number + 1, number, Status.OPEN, 0, 0)
            registry.node.set_storage(registry.address, complaint_slot(one), state.pack())
        else:
            state = Complaint(registry.genesis, 0, 0, Status.NONE, 0, 0)
        expected.append(state)
    assert registry.complaints(ids) == expected


@every_size
def test_escalatable__any_number__each_in_its_place(registry: Registry, size: int) -> None:
    """Every third is due, and of more than one the last is."""
    ids = [complaint_id(number) for number in range(size)]
    expected = [(size - number) % 3 == 1 for number in range(size)]
    now = registry.node.time
    for one, due in zip(ids, expected, strict=True):
        state = Complaint(b"\x01" * 22, 2, now - 10 if due else now + 10_000, Status.OPEN, 0, 0)
        registry.node.set_storage(registry.address, complaint_slot(one), state.pack())
    assert registry.call("escalatable", ids) == expected


def test_get_complaints__id_repeated__answers_each_time(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    state = registry.complaint(complaint)
    assert registry.complaints([complaint, complaint_id(404), complaint]) == [
        state,
        registry.complaint(complaint_id(404)),
        state,
    ]
