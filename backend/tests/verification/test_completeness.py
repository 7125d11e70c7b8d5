"""Is this list the whole history? Every way in which it is not, told from the contract's slot alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.protocol.clock import ComplaintFold
from blockchain.protocol.hashing import hex0x
from blockchain.protocol.links import Link
from blockchain.verification.chain_answer import ChainAnswer, StateAt
from blockchain.verification.completeness import SHOWN, Completeness, completeness
from blockchain.verification.timeline import timeline
from tests.protocol.contract_model import Registry, lives
from tests.verification.lists import GENESIS, events_of, rules_of

HEAD_REASON = "the head recomputed from the events is not the contract's"
# Lives take long to draw.
few = settings(max_examples=20)


def slot_of(life: Registry) -> ComplaintFold:
    """What the contract has."""
    folded = timeline(links=life.links, genesis=GENESIS, rules=rules_of(life)).folded
    assert folded is not None
    return folded


def asked(life: Registry, links: list[Link], **answer: Any) -> Completeness:
    """What is found for a list of links when the chain gives this answer; by default it knows the complaint."""
    given_ = answer or {"state": StateAt(block_number=7, state=slot_of(life))}
    folded = timeline(links=links, genesis=GENESIS, rules=rules_of(life)).folded if links else None
    return completeness(answer=ChainAnswer(**given_), folded=folded, events=events_of(links))


def life_of(length: int) -> Registry:
    life = Registry(default_sla=0, interval=1, max_level=1)
    for number in range(length):
        life.act(0 if number == 0 else 3, at=1_000 + number)
    return life


@few
@given(lives())
def test_completeness__all_links__is_complete_at_that_block(life: Registry) -> None:
    found = asked(life, life.links)
    head = hex0x(slot_of(life).head)
    assert found == Completeness(complete=True, reason="", head=head, missing=[], up_to_block=7)


@few
@given(lives(), st.data())
def test_completeness__links_left_out__names_exactly_those(life: Registry, data: st.DataObject) -> None:
    sequences = range(1, len(life.links) + 1)
    missing = sorted(data.draw(st.sets(st.sampled_from(sequences), min_size=1)))
    found = asked(life, [link for link in life.links if link.sequence not in missing])
    assert (found.complete, found.missing, found.up_to_block) == (False, missing, 7)
    assert found.reason.startswith(f"missing: sequence {', '.join(map(str, missing[:SHOWN]))}")
    assert found.reason.endswith(HEAD_REASON)
    # The head that is shown is the contract's.
    assert found.head == hex0x(slot_of(life).head)


@few
@given(lives(), st.data(), st.sampled_from(["actor", "timestamp", "data", "event_type"]))
def test_completeness__link_was_altered__the_head_tells(life: Registry, data: st.DataObject, field: str) -> None:
    at = data.draw(st.integers(0, len(life.links) - 1))
    changed = {"actor": "0x" + "99" * 20, "timestamp": 3, "data": "0x" + "99" * 32, "event_type": 15}
    links = [*life.links]
    if getattr(links[at], field) == changed[field]:
        return
    links[at] = links[at]._replace(**{field: changed[field]})
    found = asked(life, links)
    assert (found.complete, found.reason, found.missing) == (False, HEAD_REASON, [])


def test_completeness__links_that_the_contract_has_not__are_surplus() -> None:
    life, longer = life_of(3), life_of(5)
    found = asked(life, longer.links)
    assert (found.complete, found.missing) == (False, [])
    assert found.reason == f"not on the chain: sequence 4, 5; {HEAD_REASON}"


def test_completeness__sequence_below_the_first__is_surplus() -> None:
    life = life_of(2)
    found = asked(life, [life.links[0]._replace(sequence=0), *life.links])
    assert found.reason == f"not on the chain: sequence 0; {HEAD_REASON}"


@pytest.mark.parametrize("length", [SHOWN, SHOWN + 1, 300])
def test_completeness__no_events_of_a_long_history__lists_the_first(length: int) -> None:
    found = asked(life_of(length), [])
    more = f" and {length - SHOWN} more" if length > SHOWN else ""
    assert found.reason == f"missing: sequence {', '.join(map(str, range(1, SHOWN + 1)))}{more}; {HEAD_REASON}"
    assert found.missing == list(range(1, length + 1))


@pytest.mark.parametrize("name", ["sla_deadline", "status", "escalations", "objections"])
def test_completeness__clock_of_the_contract_is_another__is_named(name: str) -> None:
    life = life_of(2)
    slot = slot_of(life)
    other: Any = replace(slot, **{name: 3})
    found = asked(life, life.links, state=StateAt(block_number=7, state=other))
    assert (found.complete, found.missing) == (False, [])
    assert found.reason == f"{name} computed from the events is not what the contract has"


def test_completeness__chain_is_down__is_not_known_for_that_reason() -> None:
    life = life_of(2)
    found = asked(life, life.links, unreachable="no node")
    assert found == Completeness(complete=None, reason="no node", head=hex0x(slot_of(life).head), missing=[])
    assert asked(life, [], unreachable="no node").head is None


def test_completeness__state_at_the_cursor_is_not_known__newest_proves_a_whole_list_only() -> None:
    life = life_of(3)
    latest = StateAt(block_number=9, state=slot_of(life))
    whole = asked(life, life.links, latest=latest, state_unknown="pruned")
    assert (whole.complete, whole.reason, whole.up_to_block) == (True, "", 9)
    # What is missing may be unread only.
    partly = asked(life, life.links[:2], latest=latest, state_unknown="pruned")
    assert (partly.complete, partly.reason, partly.missing, partly.up_to_block) == (None, "pruned", [], None)
    assert asked(life, life.links, state_unknown="pruned").complete is None


def test_completeness__complaint_that_the_chain_has_not__without_events_lacks_nothing_but_the_head() -> None:
    life = Registry(default_sla=0, interval=1, max_level=1)
    unknown = StateAt(block_number=7, state=ComplaintFold(head=GENESIS))
    fold = ComplaintFold(head=GENESIS)
    found = completeness(answer=ChainAnswer(state=unknown), folded=fold, events=[])
    assert (found.complete, found.head) == (True, hex0x(GENESIS))
    assert asked(life, [], state=unknown).reason == HEAD_REASON
