"""A relay behind a node with a fee market of its own, and what it has told the operator."""

import time
from collections.abc import Callable, Iterator

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.health.report import health_report
from blockchain.models import Complaint
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fees.node import MarketNode
from tests.relay.conftest import complaint_new

Filing = Callable[[str], Complaint]


@pytest.fixture
def market(chain: Chain) -> Iterator[MarketNode]:
    """The node; it behaves like anvil until the test says otherwise."""
    with MarketNode(upstream=chain.anvil.url) as node:
        yield node


@pytest.fixture
def relay(chain: Chain, market: MarketNode, db: None) -> Relay:
    return Relay(registry=Registry(deployed=chain.registry.deployment, on=Node(url=market.url)), signer=signer())


@pytest.fixture
def drain(relay: Relay) -> Callable[[], Outcome]:
    """Runs the relay until there is nothing left that it can do."""
    return lambda: relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=100)


@pytest.fixture
def filing(db: None) -> Filing:
    """Files a complaint; its filing waits in the outbox."""
    return complaint_new


def told(chain: Chain) -> dict[str, str]:
    """What the health page says of the relay: its only problem that is not about the balance or a missing process."""
    problems: list[dict[str, str]] = health_report()["relay"]["problems"]
    (found,) = [each for each in problems if "no relay is running" not in each["problem"]]
    return found
