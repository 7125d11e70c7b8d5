"""Decisions of the stages as properties: no chain, no database. Examples of each are in `test_stages.py`."""

from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.protocol.clock import ClockRules
from blockchain.protocol.kinds import EventType, Status
from blockchain.relay.pack import (
    AGAIN_GAS,
    BASE_GAS,
    BREACH_GAS,
    ENTRY_GAS,
    MAX_ENTRIES,
    OTHER_ENTRY_GAS,
    Batch,
    batch_pack,
    escalation_pack,
)
from blockchain.relay.select import Ready, runs
from blockchain.relay.settle import Verdict, judge
from tests.relay.test_pack import DAY, NOW, OFFICER, RULES, packed, ready
from tests.relay.test_stages import KEY, flight_of, view_of

few = settings(max_examples=25)


rows = st.builds(
    ready,
    pk=st.integers(1, 10**6),
    complaint=st.integers(1, 4),
    nonce=st.integers(0, 6),
    actor=st.sampled_from(["", "", "", OFFICER]),
)


@few
@given(st.lists(rows, max_size=20, unique_by=lambda row: (row.complaint_id, row.nonce)))
def test_runs__any_rows__of_each_complaint_consecutive_nonces_or_one_officers_entry(given_: list[Ready]) -> None:
    found = runs(given_)
    assert set(found) <= set(given_)
    by_complaint = [(key, list(own)) for key, own in groupby(found, key=lambda row: row.complaint_id)]
    # Together, each once, in the order in which they came.
    assert [key for key, _ in by_complaint] == list(dict.fromkeys(row.complaint_id for row in given_))
    for key, own in by_complaint:
        theirs = {row.nonce: row for row in given_ if row.complaint_id == key}
        first = min(theirs)
        assert own[0] is theirs[first]
        assert [row.nonce for row in own] == list(range(first, first + len(own)))
        assert len(own) == 1 or not any(row.actor for row in own)
        # Nothing that might travel is left behind.
        following = theirs.get(first + len(own))
        assert following is None or following.actor or own[0].actor


lives = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from([EventType.CREATED, EventType.EVIDENCE_ANCHORED, EventType.COMMENTED])
    ),
    min_size=1,
    max_size=12,
)


@few
@given(lives)
def test_batch_pack__nothing_is_due__costs_the_sum_of_its_entries(entries: list[tuple[int, EventType]]) -> None:
    given_ = [
        ready(number, complaint, number, kind, status=Status.RESOLVED)
        for number, (complaint, kind) in enumerate(sorted(entries), 1)
    ]
    batch = packed(given_)
    complaints = len({row.complaint_id for row in given_})
    expected = sum(ENTRY_GAS.get(EventType(row.event_type), OTHER_ENTRY_GAS) for row in given_)
    assert batch.gas == BASE_GAS + expected - AGAIN_GAS * (len(given_) - complaints)
    assert batch.breaches_to_come == 0


@few
@given(st.integers(-40 * DAY, 40 * DAY), st.integers(0, 3), st.integers(1, 5))
def test_batch_pack__several_writes_of_one_complaint__its_clock_counts_once(
    ahead: int, escalations: int, number: int
) -> None:
    due: dict[str, Any] = {"status": Status.OPEN, "sla_deadline": NOW + ahead, "escalations": escalations}
    own = [ready(pk, 1, pk, **due) for pk in range(1, number + 1)]
    one, all_ = packed(own[:1]), packed(own)
    assert all_.breaches_to_come == one.breaches_to_come
    assert len(all_.writes) == number


def test_batch_pack__only_officers_entries_behind_the_relays__are_left_for_later() -> None:
    own = [ready(1, 1), ready(2, 2, actor=OFFICER), ready(3, 3)]
    assert [row.pk for row in packed(own).writes] == [1, 3]


def test_batch_pack__officers_entry_without_head_and_end__is_for_any_head() -> None:
    row = ready(actor=OFFICER, signature="0x")
    explicit = row._replace(head="0x" + "00" * 22, valid_until=0)
    assert packed([row]).data == packed([explicit]).data
    assert (packed([row]).kind, packed([row]).gas) == ("signed", 0)


@few
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 50), st.floats(1, 3))
def test_gas_limit__any_estimate__covers_it_and_the_entries_and_what_may_be_missed(
    estimate: int, gas: int, to_come: int, margin: float
) -> None:
    limit = Batch(kind="record", data="0x", gas=gas, breaches_to_come=to_come).gas_limit(
        estimate=estimate, margin=margin
    )
    assert limit >= max(estimate, gas) + BREACH_GAS * to_come
    assert limit <= max(estimate, gas) * margin + BREACH_GAS * to_come


def test_escalation_pack__complaints__pay_for_one_miss_each() -> None:
    batch = escalation_pack(["0x" + "11" * 32, "0x" + "22" * 32])
    assert (batch.kind, batch.breaches_to_come, batch.writes) == ("escalate", 2, ())


def test_batch_pack__default_deadline_saturates__is_never_due() -> None:
    rules = ClockRules(default_sla=3_650 * DAY, escalation_interval=DAY, max_escalation_level=3)
    batch = batch_pack([ready()], max_gas=10**9, at=2**32 - 5, rules=rules)
    assert batch is not None
    assert batch.breaches_to_come == 0
    assert RULES.default_sla < rules.default_sla
    assert MAX_ENTRIES == 936


BLOCKS = st.sampled_from(["0xblock", "0xother"])


@few
@given(
    state=st.sampled_from(["open", "mined", "confirmed"]),
    final=st.integers(-1, 12),
    blocks=st.dictionaries(st.integers(0, 12), BLOCKS),
    receipts=st.sets(st.sampled_from(["0xfirst", "0xsecond", "0xstranger"])),
    used=st.none() | st.integers(0, 12),
    at=st.integers(0, 12),
)
def test_judge__any_look__is_decided_by_what_the_node_shows(
    state: str, final: int, blocks: dict[int, str], receipts: set[str], used: int | None, at: int
) -> None:
    flight = flight_of(state, block=None if state == "open" else at)
    view = view_of(
        final=final, blocks=blocks, receipts={each: {} for each in receipts}, used={} if used is None else {KEY: used}
    )
    verdict = judge(flight, view)
    if state == "open":
        ours = receipts & {"0xfirst", "0xsecond"}
        replaced = used is not None and used > flight.transaction.nonce
        assert verdict is (Verdict.MINED if ours else Verdict.REPLACED if replaced else Verdict.UNCHANGED)
    elif at not in blocks:
        # A node that lacks the block says nothing of it.
        assert verdict is Verdict.UNCHANGED
    elif blocks[at] == "0xother":
        assert verdict is Verdict.GONE
    else:
        assert verdict is (Verdict.FINAL if at <= final and state == "mined" else Verdict.UNCHANGED)
