"""Errors of the contract in words: what a person can act on."""

import pytest

from blockchain.chain.errors import ContractReverted, NodeError
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import Chain

ID = b"\7" * 32


def refusal(chain: Chain, event_type: EventType, *, sender: str) -> ContractReverted:
    data = chain.registry.encode("logComplaintEvent", ID, event_type, bytes(32), 0)
    request = {"from": sender, "to": chain.registry.address, "data": "0x" + data.hex()}
    with pytest.raises(NodeError) as refused:
        chain.registry.node.request("eth_estimateGas", request, "latest")
    error = chain.registry.revert_of(refused.value)
    assert isinstance(error, ContractReverted)
    return error


def test_revert__role_missing__named(chain: Chain) -> None:
    error = refusal(chain, EventType.CREATED, sender=chain.stranger)
    assert error.arguments["neededRole"].startswith("0x")
    assert f"account={error.arguments['account']}, neededRole=INTAKE_ROLE" in str(error)


def test_revert__transition_forbidden__status_and_kind_named(chain: Chain) -> None:
    error = refusal(chain, EventType.CLOSED, sender=chain.relay_account)
    assert (error.arguments["status"], error.arguments["eventType"]) == (0, 6)
    assert str(error).endswith("status=NONE, eventType=CLOSED)")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(1_700_000_000, "1700000000 (2023-11-14 22:13:20 UTC)"), (2**255, str(2**255)), (0, "0")]
)
def test_revert__deadline__as_a_time_where_it_is_one(chain: Chain, seconds: int, shown: str) -> None:
    selector = next(key for key, item in chain.registry._errors.items() if item["name"] == "DeadlineOutOfRange")
    data = "0x" + (selector + ID + seconds.to_bytes(32, "big")).hex()
    error = chain.registry.revert_of(NodeError(code=3, message="execution reverted", data=data))
    assert str(error).endswith(f"deadline={shown})")
