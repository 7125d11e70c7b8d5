"""The fixtures themselves: a chain that the backend accepts as its own, and that forgets each test."""

import pytest

from blockchain.chain.contract import registry
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.guard import chain_check
from blockchain.enums import ComplaintStatus
from tests.anvil import RpcError
from tests.chain_fixtures import Chain

COMPLAINT = "0x" + "11" * 32


def test_chain__as_configured__passes_the_guard(chain: Chain) -> None:
    chain_check(registry())


@pytest.mark.parametrize("time", [1, 2])
def test_chain__written_to__is_undone_for_the_next_test(chain: Chain, time: int) -> None:
    assert registry().complaints([COMPLAINT])[COMPLAINT].event_count == 0
    chain.write("logComplaintEvent", bytes.fromhex(COMPLAINT[2:]), 0, bytes(31) + bytes([time]), 1)
    assert registry().complaints([COMPLAINT])[COMPLAINT].status == ComplaintStatus.OPEN


def test_chain__without_role__refuses(chain: Chain) -> None:
    with pytest.raises(RpcError):
        chain.write("logComplaintEvent", bytes(32), 0, bytes(32), 1, sender=chain.stranger)


def test_chain__down__is_unavailable(chain_down: Chain) -> None:
    with pytest.raises(ChainUnavailable):
        chain_check(registry())
