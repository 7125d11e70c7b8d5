"""The registry holds and moves no ether, and nobody can make another's write dearer but by missed deadlines."""

import pytest

from tests.support.entries import complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import EventType
from tests.support.writes import Write, every_write

ONE_ETHER = 10**18  # wei


def test_no_function__of_the_abi__is_payable(registry: Registry) -> None:
    kinds = {item["stateMutability"] for item in registry.codec.functions.values()}
    assert kinds == {"nonpayable", "view", "pure"}
    assert {item["type"] for item in registry.codec.abi} == {"constructor", "function", "event", "error"}


@every_write
def test_any_write__with_ether__reverts(registry: Registry, complaint: bytes, write: Write) -> None:
    write.prepare(registry, complaint)
    calldata = write.calldata(registry, complaint)
    sender = write.sender(registry)
    assert registry.node.send(sender, registry.address, calldata, value=1).succeeded is False
    assert registry.node.balance(registry.address) == 0
    assert registry.node.send(sender, registry.address, calldata).succeeded is True


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xde\xad\xbe\xef"], ids=["plain", "one_byte", "unknown_selector"])
@pytest.mark.parametrize("value", [0, 1, ONE_ETHER])
def test_transfer__plain_or_with_unknown_data__reverts(
    registry: Registry, stranger: str, data: bytes, value: int
) -> None:
    assert registry.node.send(stranger, registry.address, data, value=value).succeeded is False
    assert registry.node.balance(registry.address) == 0


@every_write
def test_any_write__ether_was_forced_upon_it__works_and_moves_none(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    registry.node.set_balance(registry.address, ONE_ETHER)
    write.prepare(registry, complaint)
    write.send(registry, complaint)
    assert registry.node.balance(registry.address) == ONE_ETHER


@every_write
def test_any_write__after_others_have_written_much__costs_what_it_did(
    registry: Registry, complaint: bytes, write: Write
) -> None:
    registry.create(complaint_id(99))  # the first filing of all pays for the registry's own slot
    write.prepare(registry, complaint)
    calldata = write.calldata(registry, complaint)
    sender = write.sender(registry)
    with registry.node.undone():
        alone = registry.send_data(calldata, sender=sender).gas_used
    crowd = [registry.create_due_at(complaint_id(number), registry.node.time + 10) for number in range(100, 105)]
    for one in crowd:
        registry.anchor(one, data_hash(3))
        registry.log(one, EventType.NOTED)
    registry.escalate_batch([*crowd, complaint_id(404)] * 5, at=registry.node.time + 100)
    assert registry.send_data(calldata, sender=sender).gas_used == alone
