"""The guard: which node is the wrong one, and which merely lags."""

import dataclasses

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, WrongChain
from blockchain.chain.guard import chain_check
from blockchain.chain.node import Node
from tests.chain_fixtures import Chain
from tests.faults.rpc_proxy import RpcProxy


def test_chain_check__the_node_has_not_reached_the_deployment__is_unavailable_and_no_wrong_chain(chain: Chain) -> None:
    with RpcProxy(upstream=chain.anvil.url) as proxy:
        proxy.lag = lambda number: 1_000
        with pytest.raises(ChainUnavailable, match="has not reached the block of the deployment yet"):
            chain_check(Registry(deployed=chain.registry.deployment, on=Node(url=proxy.url)))


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("chain_id", 1, "the node is on chain 31337, the deployment on chain 1"),
        ("genesis_hash", "0x" + "00" * 32, "its block 0 is not 0x0000"),
        ("address", "0x" + "11" * 20, "there is no contract at 0x1111"),
        ("code_hash", "0x" + "00" * 32, "is not the deployment's"),
    ],
)
def test_chain_check__not_the_deployment__says_what_differs(
    chain: Chain, member: str, value: object, reason: str
) -> None:
    other = dataclasses.replace(chain.registry.deployment, **{member: value})
    with pytest.raises(WrongChain, match=reason):
        chain_check(Registry(deployed=other, on=chain.registry.node))
