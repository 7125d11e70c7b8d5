"""What events add up to: status and clock after each, and when the clock stood still."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.protocol.clock import ClockRules
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.links import head_after
from blockchain.verification.timeline import STANDING, timeline
from tests.protocol.contract_model import ESCALATED, PAUSED, RESUMED, Registry, lives
from tests.verification.lists import GENESIS, events_of, rules_of

# Lives take long to draw.
few = settings(max_examples=20)
DAY = 86_400
RULES = ClockRules(default_sla=10 * DAY, escalation_interval=DAY, max_escalation_level=3)


@few
@given(lives())
def test_timeline__life_that_the_contract_wrote__ends_in_its_slot(life: Registry) -> None:
    told = timeline(links=life.links, genesis=GENESIS, rules=rules_of(life))
    assert told.folded is not None
    assert told.folded.head == head_after(start=GENESIS, links=life.links)
    assert len(told.states) == len(life.links)
    assert told.states[-1] == {
        "status": Status(life.status).name,
        "sla_deadline": life.deadline,
        "escalations": life.escalations,
        "objections": life.objections,
    }
    # Rows of the cache say the same as links.
    assert timeline(links=events_of(life.links), genesis=GENESIS, rules=rules_of(life)) == told


@few
@given(lives())
def test_timeline__any_life__stops_follow_each_other_and_cover_the_time_that_it_stood(life: Registry) -> None:
    told = timeline(links=life.links, genesis=GENESIS, rules=rules_of(life))
    standing = {status.name for status in STANDING}
    stood = [
        (state["status"], link.sequence)
        for link, state in zip(life.links, told.states, strict=True)
        if state is not None and state["status"] in standing
    ]
    for stop in told.stops:
        until = stop["to_sequence"] or len(life.links) + 1
        assert [name for name, sequence in stood if stop["from_sequence"] <= sequence < until] == [stop["status"]] * (
            until - stop["from_sequence"]
        )
        if stop["to_sequence"] is None:
            assert stop is told.stops[-1]
            assert (stop["to_timestamp"], stop["seconds"]) == (None, None)
        else:
            assert stop["seconds"] == stop["to_timestamp"] - stop["from_timestamp"] >= 0
    lengths = [(stop["to_sequence"] or len(life.links) + 1) - stop["from_sequence"] for stop in told.stops]
    assert sum(lengths) == len(stood)


def test_timeline__hold_resolution_and_closing__are_listed_one_after_the_other() -> None:
    life = Registry(default_sla=10 * DAY, interval=DAY, max_level=3)
    for at, kind in ((100, 0), (200, PAUSED), (260, RESUMED), (300, PAUSED), (350, EventType.RESOLVED), (400, 6)):
        assert life.act(kind, at=at)
    stops = timeline(links=life.links, genesis=GENESIS, rules=RULES).stops
    names = ("status", "from_sequence", "to_sequence", "from_timestamp", "to_timestamp", "seconds")
    assert [tuple(stop[name] for name in names) for stop in stops] == [
        ("ON_HOLD", 2, 3, 200, 260, 60),
        ("ON_HOLD", 4, 5, 300, 350, 50),
        ("RESOLVED", 5, 6, 350, 400, 50),
        ("CLOSED", 6, None, 400, None, None),
    ]


def test_timeline__nothing__is_a_complaint_that_nobody_filed() -> None:
    told = timeline(links=[], genesis=GENESIS, rules=RULES)
    assert (told.states, told.stops) == ([], [])
    assert told.folded is not None
    assert (told.folded.head, told.folded.status) == (GENESIS, Status.NONE)


@pytest.mark.parametrize(
    "altered",
    [
        {"complaint_id": "0xzz"},
        {"sequence": -1},
        {"event_type": 16},
        {"event_type": 2**300},
        {"actor": "0x1"},
        {"timestamp": -5},
        {"data": "0x"},
        {"data": "text"},
    ],
)
@settings(max_examples=5)
@given(life=lives(max_calls=6), data=st.data())
def test_timeline__row_that_no_link_can_be__is_told_until_there(
    altered: dict[str, Any], life: Registry, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(life.links) - 1))
    links = [*life.links]
    # An escalation reads its data before the hash does.
    links[at] = links[at]._replace(**altered | ({"event_type": ESCALATED} if altered == {"data": "0x"} else {}))
    told = timeline(links=links, genesis=GENESIS, rules=rules_of(life))
    expected = timeline(links=life.links[:at], genesis=GENESIS, rules=rules_of(life))
    assert told.folded is None
    assert told.states == expected.states + [None] * (len(links) - at)
    assert told.stops == expected.stops
