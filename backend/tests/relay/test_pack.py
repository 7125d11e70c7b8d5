"""Packing: calldata as the ABI has it, within the limits, in the order of the nonces."""

import json
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.chain.artifact import ABI_PATH, Deployment
from blockchain.chain.contract import Registry
from blockchain.protocol import calldata
from blockchain.protocol.clock import NEVER, ClockRules
from blockchain.protocol.hashing import unhex, word
from blockchain.protocol.kinds import ENTRIES, EventType, Status
from blockchain.relay.pack import (
    BASE_GAS,
    BREACH_GAS,
    BREACH_HORIZON,
    MAX_CALLDATA_BYTES,
    MAX_ENTRIES,
    Batch,
    batch_pack,
    escalation_pack,
)
from blockchain.relay.select import Ready, runs

DAY = 86_400
NOW = 1_800_000_000
RULES = ClockRules(default_sla=30 * DAY, escalation_interval=DAY, max_escalation_level=3)
OFFICER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
ALL_GAS = 10**9

words = st.integers(0, 2**256 - 1).map(word)


def ready(
    pk: int = 1, complaint: int = 1, nonce: int = 1, kind: EventType = EventType.COMMENTED, **more: object
) -> Ready:
    usual = {"data": word(pk), "attempts": 0, "actor": "", "head": "", "valid_until": None, "signature": ""}
    return Ready(**{"pk": pk, "complaint_id": word(complaint), "nonce": nonce, "event_type": int(kind)} | usual | more)


def packed(rows: list[Ready], max_gas: int = ALL_GAS, rules: ClockRules = RULES) -> Batch:
    batch = batch_pack(rows, max_gas=max_gas, at=NOW, rules=rules)
    assert batch is not None
    return batch


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The ABI as the oracle; no node."""
    deployed = Deployment(
        address=OFFICER,
        chain_id=1,
        block_number=0,
        genesis_hash="",
        genesis="",
        code_hash="",
        rules=RULES,
        abi=json.loads(ABI_PATH.read_text()),
    )
    return Registry(deployed=deployed, on=None)


@given(
    entries=st.lists(st.tuples(words, words, st.sampled_from(sorted(ENTRIES)), st.integers(0, 2**24 - 1)), max_size=20)
)
def test_record_batch__any_entries__as_the_abi_encodes_them(
    registry: Registry, entries: list[tuple[str, str, int, int]]
) -> None:
    rows = [ready(complaint_id=a, data=b, event_type=c, nonce=d, kind=c) for a, b, c, d in entries]
    expected = registry.encode("recordBatch", [(unhex(a), unhex(b), c, d) for a, b, c, d in entries])
    data = calldata.record_batch(rows)
    assert unhex(data) == expected
    assert list(calldata.entries_of(data)) == [(a, d) for a, _, _, d in entries]


@given(
    entry=st.tuples(words, words, st.sampled_from(sorted(ENTRIES)), st.integers(0, 2**24 - 1)),
    head=st.binary(min_size=22, max_size=22),
    until=st.integers(0, 2**40 - 1),
    signature=st.binary(max_size=200),
)
def test_record_signed__any_entry__as_the_abi_encodes_it(
    registry: Registry, entry: tuple[str, str, int, int], head: bytes, until: int, signature: bytes
) -> None:
    complaint_id, data, kind, nonce = entry
    row = ready(complaint_id=complaint_id, data=data, kind=kind, nonce=nonce)
    made = calldata.record_signed(
        row, head="0x" + head.hex(), actor=OFFICER, valid_until=until, signature="0x" + signature.hex()
    )
    expected = registry.encode(
        "recordSigned", (unhex(complaint_id), unhex(data), kind, nonce), head, OFFICER, until, signature
    )
    assert unhex(made) == expected
    assert list(calldata.entries_of(made)) == [(complaint_id, nonce)]


@given(ids=st.lists(words, max_size=20))
def test_batch_check_and_escalate__any_ids__as_the_abi_encodes_them(registry: Registry, ids: list[str]) -> None:
    batch = escalation_pack(ids)
    assert unhex(batch.data) == registry.encode("batchCheckAndEscalate", [unhex(each) for each in ids])
    assert list(calldata.entries_of(batch.data)) == []


def test_batch_pack__nothing__none() -> None:
    assert batch_pack([], max_gas=ALL_GAS, at=NOW, rules=RULES) is None


def test_batch_pack__more_than_a_pool_takes__as_many_as_it_does() -> None:
    batch = packed([ready(pk, pk) for pk in range(1, 2 * MAX_ENTRIES)])
    assert len(batch.writes) == MAX_ENTRIES
    assert MAX_CALLDATA_BYTES - calldata.ENTRY_BYTES < len(unhex(batch.data)) <= MAX_CALLDATA_BYTES


def test_batch_pack__too_little_gas_for_one__one_all_the_same() -> None:
    assert len(packed([ready(1), ready(2, 2)], max_gas=1).writes) == 1


@given(
    lives=st.lists(st.integers(1, 5), min_size=1, max_size=30),
    kinds=st.lists(st.sampled_from(sorted(ENTRIES)), min_size=1),
    max_gas=st.integers(50_000, 2_000_000),
)
def test_batch_pack__any_rows__a_prefix_with_each_complaint_once_within_the_gas(
    lives: list[int], kinds: list[int], max_gas: int
) -> None:
    rows = [
        ready(10 * number + nonce, number, nonce, kinds[(number + nonce) % len(kinds)])
        for number, length in enumerate(lives, 1)
        for nonce in range(length)
    ]
    batch = packed(rows, max_gas=max_gas)
    assert list(batch.writes) == rows[: len(batch.writes)]
    assert batch.gas <= max_gas or len(batch.writes) == 1
    complaints = [complaint for complaint, _ in groupby(batch.writes, key=lambda row: row.complaint_id)]
    assert len(complaints) == len(set(complaints))
    assert list(calldata.entries_of(batch.data)) == [(row.complaint_id, row.nonce) for row in batch.writes]
    assert packed(rows, max_gas=max_gas).data == batch.data


def test_batch_pack__officers_entry_is_the_oldest__travels_alone_then_the_rest() -> None:
    signed = ready(1, actor=OFFICER, valid_until=NOW, signature="0x" + "11" * 65)
    own = [ready(pk, pk) for pk in range(2, 5)]
    assert packed([*own, signed]).writes == (signed,)
    assert packed([*own, signed._replace(pk=9)]).writes == tuple(own)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ready(status=Status.OPEN, sla_deadline=NOW + DAY - 1, escalations=0), 1),
        (ready(status=Status.OPEN, sla_deadline=NOW + DAY, escalations=0), 0),
        # Missed already: that is in the estimate; the next one is an interval later.
        (ready(status=Status.OPEN, sla_deadline=NOW - 1, escalations=0), 1),
        (ready(status=Status.OPEN, sla_deadline=NOW - 1, escalations=2), 0),
        (ready(status=Status.OPEN, sla_deadline=NEVER, escalations=0), 0),
        (ready(status=Status.OPEN, sla_deadline=0, escalations=0), 0),
        # Seconds left on a clock that stands.
        (ready(status=Status.ON_HOLD, sla_deadline=5, escalations=0), 0),
        (ready(kind=EventType.SLA_DEADLINE_SET, data=word(NOW + 5)), 1),
        # Not indexed: filed now, and due in thirty days.
        (ready(), 0),
    ],
)
def test_batch_pack__deadlines_within_a_day__are_paid_for_in_advance(row: Ready, expected: int) -> None:
    assert packed([row]).breaches_to_come == expected


def test_batch_pack__default_deadline_within_a_day__counts_for_what_is_not_indexed() -> None:
    rules = replace(RULES, default_sla=3600)
    assert packed([ready(), ready(2, 1, 2)], rules=rules).breaches_to_come == 1


def test_batch_pack__overdue_complaints__fewer_fit() -> None:
    rows = [ready(pk, pk, status=Status.OPEN, sla_deadline=NOW - 10 * DAY, escalations=0) for pk in range(1, 100)]
    usual = packed([row._replace(status=Status.RESOLVED) for row in rows], max_gas=500_000)
    assert len(packed(rows, max_gas=500_000).writes) < len(usual.writes) / 2


def test_gas_limit__node_is_behind__at_least_what_the_entries_cost() -> None:
    batch = Batch(kind="record", data="0x", gas=1_000_000, breaches_to_come=2)
    assert batch.gas_limit(estimate=500_000, margin=1.25) == 1_250_000 + 2 * BREACH_GAS
    assert batch.gas_limit(estimate=2_000_000, margin=1.25) == 2_500_000 + 2 * BREACH_GAS
    assert BREACH_HORIZON == DAY
    assert packed([ready()]).gas > BASE_GAS


def test_runs__gaps_and_officers__cut_each_complaint() -> None:
    rows = [
        ready(1, 1, 0),
        ready(2, 2, 5),
        ready(3, 1, 1),
        ready(4, 2, 7),
        ready(5, 1, 2, actor=OFFICER),
        ready(6, 1, 3),
    ]
    assert [row.pk for row in runs(rows)] == [1, 3, 2]
    assert [row.pk for row in runs([ready(1, 1, 0, actor=OFFICER), ready(2, 1, 1)])] == [1]
