"""Random lives on anvil: the costs are what the key's balance has lost, to the wei."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.costs.months import costs_by_month
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, Complaint, Transaction, Write
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Relay
from tests.chain_fixtures import Chain
from tests.fees.node import MarketNode, without_base_fee
from tests.relay.conftest import complaint_new, recorded, role_call

STEPS = 8
L1_FEE, OPERATOR = 123_456_789_012_345, {"operatorFeeScalar": "0x4c4b40", "operatorFeeConstant": "0x7"}


@pytest.fixture
def node(chain: Chain) -> Iterator[MarketNode]:
    with MarketNode(upstream=chain.anvil.url) as running:
        yield running


@pytest.fixture
def relay(chain: Chain, node: MarketNode, db: None) -> Relay:
    return Relay(registry=Registry(deployed=chain.registry.deployment, on=Node(url=node.url)), signer=signer())


class Rollup:
    """Adds a fee for data to each receipt, and takes it off the sender's balance, once."""

    def __init__(self, chain: Chain, more: dict[str, str]) -> None:
        self.chain, self.more, self.seen = chain, more, set[str]()

    def __call__(self, receipt: dict[str, Any]) -> dict[str, Any]:
        if receipt["transactionHash"] not in self.seen and receipt["from"] == self.chain.relay_account.lower():
            self.seen.add(receipt["transactionHash"])
            gas = int(receipt["gasUsed"], 16)
            fee = L1_FEE + (gas * 5_000_000 // 10**6 + 7 if self.more else 0)
            left = balance(self.chain) - fee
            self.chain.anvil.rpc("anvil_setBalance", self.chain.relay_account, hex(left))
        return receipt | {"l1Fee": hex(L1_FEE), "l1GasPrice": "0x1", "blobGasUsed": "0x0"} | self.more


def balance(chain: Chain) -> int:
    return int(chain.anvil.rpc("eth_getBalance", chain.relay_account, "latest"), 16)


def without_price(receipt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in receipt.items() if name != "effectiveGasPrice"}


def null_price(receipt: dict[str, Any]) -> dict[str, Any]:
    return receipt | {"effectiveGasPrice": None}


def zero_price(receipt: dict[str, Any]) -> dict[str, Any]:
    return receipt | {"effectiveGasPrice": "0x0"}


def arbitrum(receipt: dict[str, Any]) -> dict[str, Any]:
    return receipt | {"gasUsedForL1": hex(int(receipt["gasUsed"], 16) // 2), "l1BlockNumber": "0x1"}


KINDS: dict[str, Callable[[Chain], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "ethereum": lambda chain: lambda receipt: receipt,
    "no_price": lambda chain: without_price,
    "null_price": lambda chain: null_price,
    "zero_price": lambda chain: zero_price,
    "legacy": lambda chain: without_price,
    "arbitrum": lambda chain: arbitrum,
    "base": lambda chain: Rollup(chain, {}),
    "optimism": lambda chain: Rollup(chain, OPERATOR),
}


LIVES = [*((kind, 1) for kind in KINDS), ("ethereum", 2), ("ethereum", 3)]


@pytest.mark.parametrize(("kind", "seed"), LIVES, ids=[f"{kind}_{seed}" for kind, seed in LIVES])
def test_costs__random_life__are_what_the_balance_lost(
    chain: Chain, node: MarketNode, relay: Relay, kind: str, seed: int
) -> None:
    node.changed["eth_getTransactionReceipt"] = KINDS[kind](chain)
    if kind == "legacy":
        node.changed["eth_getBlockByNumber"] = without_base_fee
    before, draw = balance(chain), random.Random(f"{kind} {seed}")
    filed = [complaint_new(f"T{number}") for number in range(3)]
    for _ in range(STEPS):
        step(chain, relay, filed, draw)
    settle(chain, relay)
    lost = before - balance(chain)
    assert sum(cost.wei for cost in costs_by_month()) == lost
    assert sum(Attempt.objects.exclude(paid_wei=None).values_list("paid_wei", flat=True)) == lost
    assert not Attempt.objects.filter(succeeded__isnull=False, effective_gas_price=0).exists()
    cache_rebuild(registry=relay.registry)
    assert sum(cost.wei for cost in costs_by_month()) == lost


def step(chain: Chain, relay: Relay, filed: list[Complaint], draw: random.Random) -> None:
    """Records a comment, which lands, has its fees raised, reverts for want of a role, or is cancelled."""
    recorded(draw.choice(filed), EventType.COMMENTED)
    what = draw.choice(["mined", "raised", "reverted", "cancelled"])
    if what == "mined":
        chain.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(draw.randrange(10**7, 10**10)))
        settle(chain, relay)
        return
    chain.anvil.rpc("evm_setAutomine", False)
    relay.run_once()
    if what == "raised":
        Attempt.objects.update(created_at=F("created_at") - timedelta(minutes=5))
        relay.run_once()
    elif what == "cancelled":
        Transaction.objects.filter(state="open").update(refusals=5)
        relay.run_once()
    else:
        role = role_call(chain, "revokeRole", "RECORDER_ROLE", chain.relay_account)
        chain.anvil.rpc(
            "eth_sendTransaction", role | {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
        )
    chain.anvil.mine()
    chain.anvil.rpc("evm_setAutomine", True)
    if what == "reverted":
        chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", chain.relay_account))
    if draw.random() < 0.5:
        events_sync(registry=relay.registry)
    settle(chain, relay)


def settle(chain: Chain, relay: Relay) -> None:
    """All that waits lands."""
    for _ in range(20):
        Write.objects.update(next_attempt_at=None)
        relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=20)
        if not Write.objects.exclude(state="confirmed").exists():
            events_sync(registry=relay.registry)
            return
        # The base fee may have risen above what was offered.
        Attempt.objects.update(created_at=F("created_at") - timedelta(minutes=5))
        chain.anvil.mine()
    raise AssertionError(f"still waiting: {list(Write.objects.values_list('state', flat=True))}")
