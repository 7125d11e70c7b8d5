"""The fixtures themselves: a chain that the backend accepts as its own, and that forgets each test."""

import pytest

from blockchain.chain.contract import registry
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.guard import chain_check
from blockchain.protocol.kinds import EventType, Status
from tests.anvil import RpcError
from tests.chain_fixtures import Chain

COMPLAINT = "0x" + "11" * 32


def test_chain__as_configured__passes_the_guard(chain: Chain) -> None:
    chain_check(registry())


@pytest.mark.parametrize("time", [1, 2])
def test_chain__written_to__is_undone_for_the_next_test(chain: Chain, time: int) -> None:
    assert registry().complaints([COMPLAINT])[COMPLAINT].event_count == 0
    chain.write("logComplaintEvent", bytes.fromhex(COMPLAINT[2:]), EventType.CREATED, bytes(31) + bytes([time]), 0)
    assert registry().complaints([COMPLAINT])[COMPLAINT].status is Status.OPEN


def test_chain__unknown_complaint__has_the_head_of_the_artifact(chain: Chain) -> None:
    assert registry().complaints([COMPLAINT])[COMPLAINT].head == chain.registry.deployment.genesis_head


def test_chain__intake_account__files_and_does_nothing_else(chain: Chain) -> None:
    arguments = [bytes.fromhex(COMPLAINT[2:]), EventType.CREATED, bytes(32), 0]
    chain.write("logComplaintEvent", *arguments, sender=chain.intake_account)
    arguments[1], arguments[3] = EventType.COMMENTED, 1
    with pytest.raises(RpcError):
        chain.write("logComplaintEvent", *arguments, sender=chain.intake_account)


def test_chain__without_role__refuses(chain: Chain) -> None:
    with pytest.raises(RpcError):
        chain.write("logComplaintEvent", bytes(32), EventType.CREATED, bytes(32), 0, sender=chain.stranger)


def test_chain__down__is_unavailable(chain_down: Chain) -> None:
    with pytest.raises(ChainUnavailable):
        chain_check(registry())
