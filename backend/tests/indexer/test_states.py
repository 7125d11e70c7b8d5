"""The fold that the indexer keeps: the contract's slot, and the nonce of each link, without a database."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.chain.artifact import ABI_PATH, Deployment
from blockchain.indexer.states import IDS_PER_QUERY, Folded, chunks, state_new
from blockchain.protocol.clock import ClockRules
from blockchain.protocol.links import head_after
from tests.protocol.contract_model import ESCALATED, Registry, lives

DEPLOYMENT = Deployment(
    address="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    chain_id=1,
    block_number=0,
    genesis_hash="0x" + "00" * 32,
    genesis="0x" + "ab" * 22,
    code_hash="0x" + "00" * 32,
    rules=ClockRules(default_sla=0, escalation_interval=1, max_escalation_level=1),
    abi=json.loads(ABI_PATH.read_text()),
)

# Lives take long to draw.
few = settings(max_examples=20)


def deployed(life: Registry) -> Deployment:
    rules = ClockRules(
        default_sla=life.default_sla, escalation_interval=life.interval, max_escalation_level=life.max_level
    )
    return replace(DEPLOYMENT, rules=rules)


def slot(folded: Folded) -> tuple[int, ...]:
    state = folded.state
    return state.event_count, state.sla_deadline, int(state.status), state.escalations, state.objections


@few
@given(lives())
def test_add__life_that_the_contract_wrote__is_its_slot_and_numbers_what_recorders_wrote(life: Registry) -> None:
    folded = state_new(deployed(life))
    numbered = folded.add(life.links, deployed(life))
    assert slot(folded) == (len(life.links), life.deadline, life.status, life.escalations, life.objections)
    assert folded.state.head == head_after(start=DEPLOYMENT.genesis_head, links=life.links)
    assert [link for link, _ in numbered] == life.links
    assert all(own in (None, number) for (_, number), own in zip(numbered, life.nonces, strict=True))
    escalated = [link.timestamp for link in life.links if link.event_type == ESCALATED]
    assert folded.last_escalated_at == (escalated[-1] if escalated else None)
    assert folded.last_tx_hash == life.links[-1].tx_hash
    assert folded.complete


@few
@given(lives(), st.data())
def test_add__links_in_any_pieces__is_the_same_as_at_once(life: Registry, data: st.DataObject) -> None:
    at_once, in_pieces = state_new(deployed(life)), state_new(deployed(life))
    expected = at_once.add(life.links, deployed(life))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(life.links)), max_size=4)))
    numbered = []
    for start, end in zip([0, *cuts], [*cuts, len(life.links)], strict=True):
        numbered += in_pieces.add(life.links[start:end], deployed(life))
    assert numbered == expected
    assert in_pieces == at_once


@few
@given(lives().filter(lambda life: len(life.links) > 1), st.data())
def test_add__link_is_missing__numbers_nothing_behind_the_gap(life: Registry, data: st.DataObject) -> None:
    # The last one leaves no gap: nothing tells of it yet.
    missing = data.draw(st.integers(0, len(life.links) - 2))
    folded = state_new(deployed(life))
    numbered = folded.add([*life.links[:missing], *life.links[missing + 1 :]], deployed(life))
    assert [link for link, _ in numbered] == life.links[:missing]
    assert not folded.complete
    # The count is still that of the chain, so that the gap shows in the head alone.
    assert folded.state.event_count == len(life.links)
    assert folded.state.head != head_after(start=DEPLOYMENT.genesis_head, links=life.links)
    assert folded.add([life.links[-1]._replace(sequence=len(life.links) + 1)], deployed(life)) == []


def test_add__nothing__leaves_all_as_it_was() -> None:
    folded = Folded(state_new(DEPLOYMENT).state, last_escalated_at=5, last_tx_hash="0x7")
    assert folded.add([], DEPLOYMENT) == []
    assert (folded.last_escalated_at, folded.last_tx_hash, folded.complete) == (5, "0x7", True)


@pytest.mark.parametrize("number", [0, 1, IDS_PER_QUERY, IDS_PER_QUERY + 1, 2 * IDS_PER_QUERY + 1])
def test_chunks__ids_in_any_order__are_all_there_once_and_sorted(number: int) -> None:
    ids = [f"0x{each:064x}" for each in range(number)]
    pieces = list(chunks(reversed(ids)))
    assert [each for piece in pieces for each in piece] == ids
    assert all(0 < len(piece) <= IDS_PER_QUERY for piece in pieces)
