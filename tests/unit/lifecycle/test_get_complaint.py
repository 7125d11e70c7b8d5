"""Reading a complaint, and the slot it is read from."""

from tests.support.links import genesis
from tests.support.registry import Complaint, Registry
from tests.support.spec import MAX_UINT8, MAX_UINT24, MAX_UINT40, Status


def packed(state: Complaint) -> int:
    """The slot's word: the first field lowest, as the struct of spec 2.1 is declared."""
    fields = [
        (int.from_bytes(state.head), 176),
        (state.event_count, 24),
        (state.sla_deadline, 40),
        (state.status, 8),
        (state.escalation_level, 8),
    ]
    word, shift = 0, 0
    for value, bits in fields:
        word |= value << shift
        shift += bits
    assert shift == 256
    return word


def test_get_complaint__unknown__is_zeros_and_genesis(registry: Registry, complaint: bytes) -> None:
    expected = Complaint(genesis(registry.node.chain_id, registry.address), 0, 0, Status.NONE, 0)
    assert registry.complaint(complaint) == expected
    assert registry.node.storage(registry.address, registry.slot_of(complaint)) == 0


def test_get_complaint__known__is_what_the_slot_says(registry: Registry, complaint: bytes) -> None:
    deadline = registry.node.time + 100
    registry.create_due_at(complaint, deadline)
    registry.escalate(complaint, at=deadline + 1)
    state = registry.complaint(complaint)
    assert (state.event_count, state.status, state.escalation_level) == (3, Status.OPEN, 1)
    assert registry.node.storage(registry.address, registry.slot_of(complaint)) == packed(state)


def test_get_complaint__every_field_at_its_limit__none_spills(registry: Registry, complaint: bytes) -> None:
    full = Complaint(b"\xff" * 22, MAX_UINT24, MAX_UINT40, Status.CLOSED, MAX_UINT8)
    registry.node.set_storage(registry.address, registry.slot_of(complaint), packed(full))
    assert registry.complaint(complaint) == full
