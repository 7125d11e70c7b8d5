"""Nodes that prove otherwise than anvil, or not at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from blockchain import receipt
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.node import Node
from blockchain.chain.nodes import Nodes
from blockchain.health.jobs import job_problems
from blockchain.jobs import PROOFS
from blockchain.models import Complaint, Job, ProofBlock, SlotProof
from blockchain.proofs.ask import HeaderUnknown
from blockchain.proofs.due import complaints_unproved
from blockchain.proofs.rounds import proof_round
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs import nodes
from tests.proofs.conftest import proved, provided
from tests.providers.member import Member
from tests.relay.conftest import complaints

pytestmark = pytest.mark.django_db
__all__ = ["complaints"]
FileMany = Callable[[int], list[Complaint]]


@pytest.mark.parametrize("kind", [nodes.NewestOnly, nodes.ListsEmbeddedNodes, nodes.NewForkWithRawHeaders])
def test_proof_round__peculiar_node__is_enough(chain: Chain, complaint: Complaint, kind: type[Member]) -> None:
    with provided(chain, kind) as (registry, _):
        assert proof_round(registry=registry).complaints == 1
    (slot,) = proved(complaint)
    assert receipt.hex0x(receipt.keccak(bytes(slot.block.header))) == slot.block.hash


def test_proof_round__block_between_the_questions__tries_again(
    chain: Chain, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Moves(Member):
        moves = 2

        def asked(self, call: dict[str, Any]) -> dict[str, Any]:
            if call["method"] == "eth_getProof" and self.moves:
                Moves.moves -= 1
                # The first block is not the proof's, and the last one is not either.
                old = self.node.rpc("eth_blockNumber")
                chain.anvil.mine(2)
                return call | {"params": [*call["params"][:2], hex(int(old, 16) + 1)]}
            return call

    with provided(chain, Moves) as (registry, provider):
        # As if each question came alone: the batch's answers are of one moment otherwise.
        registry.node._batch_limit.refused(2)
        assert proof_round(registry=registry).complaints == 1
        assert provider.methods.count("eth_getProof") == 3


@pytest.mark.parametrize("kind", [nodes.FewKeys, nodes.FewBytes])
def test_proof_round__too_many_slots__are_halved_until_the_node_takes_them(
    chain: Chain, complaints: FileMany, kind: type[Member]
) -> None:
    filed = complaints(60)
    land(chain)
    with provided(chain, kind) as (registry, provider):
        assert proof_round(registry=registry).complaints == 60
        assert provider.methods.count("eth_getProof") > 4
        before = len(provider.methods)
        # It is remembered: 61 slots, 15 at once.
        assert proof_round(registry=registry, complaint_ids=[each.complaint_id for each in filed]).complaints == 60
        assert provider.methods[before:].count("eth_getProof") == 5
    assert ProofBlock.objects.count() == 1
    assert complaints_unproved() == 0


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        (nodes.NoProofs, ChainUnavailable, "the node refuses eth_getProof: the method eth_getProof does not exist"),
        (
            nodes.NewFork,
            HeaderUnknown,
            "does not follow from its fields, and the node does not answer debug_getRawHeader",
        ),
        (nodes.Lies, ChainUnavailable, "gives no proof that holds for its newest block: node 1 is another one"),
        (nodes.Nonsense, ChainUnavailable, "gives no proof that holds for its newest block: no proof"),
    ],
)
def test_proof_round__useless_node__stores_nothing_and_health_says_why_in_time(
    chain: Chain, complaint: Complaint, kind: type[Member], error: type[Exception], text: str
) -> None:
    with provided(chain, kind) as (registry, _), pytest.raises(error, match=text):
        proof_round(registry=registry)
    assert not ProofBlock.objects.exists()
    assert not SlotProof.objects.exists()
    assert job_problems(PROOFS) == []
    Job.objects.update(since=timezone.now() - timedelta(hours=1))
    (problem,) = job_problems(PROOFS)
    assert problem.problem.startswith("no storage proofs were taken, so receipts are not up to date for ")
    assert text in problem.problem
    assert "eth_getProof" in problem.remedy
    # The node is healed, or another one asked.
    assert proof_round(registry=chain.registry).complaints == 1
    assert job_problems(PROOFS) == []


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "0x",
        {},
        {"accountProof": None, "storageProof": None},
        {"accountProof": ["0x" + "00" * 5000], "storageProof": []},
        {"accountProof": [7], "storageProof": [{}]},
        {"accountProof": [], "storageProof": [{"proof": [None]}]},
    ],
)
def test_proof_round__impossible_answer__is_an_unavailable_node(
    chain: Chain, complaint: Complaint, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes.Nonsense, "answer", answer)
    with provided(chain, nodes.Nonsense) as (registry, _), pytest.raises(ChainUnavailable):
        proof_round(registry=registry)


def test_proof_round__first_node_has_no_proofs__the_next_one_is_asked(chain: Chain, complaint: Complaint) -> None:
    with provided(chain, nodes.NoProofs) as (registry, _):
        both = Nodes([registry.node, Node(url=chain.anvil.url)])
        two = Registry(deployed=chain.registry.deployment, on=registry.node, nodes=both)
        assert proof_round(registry=two).complaints == 1
        # It still answers everything else.
        assert both.best() is registry.node
