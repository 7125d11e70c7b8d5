"""Which of our records belongs to which event, without a database."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.models import EvidenceFile, Write
from blockchain.protocol.kinds import EventType
from blockchain.verification.records import Known, commitment, nonces_set, records_join
from tests.protocol.contract_model import Registry, lives
from tests.verification.lists import SALT, changing, landed, link_of_write, record_of, write_new

State = Write.State
SALT_HEX = "0x" + SALT.hex()


@settings(max_examples=20)
@given(lives())
def test_nonces_set__any_life__gives_each_recorders_link_its_own(life: Registry) -> None:
    records = [record_of(link) for link in life.links]
    nonces_set(records)
    assert [record.nonce for record in records] == life.nonces


@pytest.mark.parametrize("salt", [None, 5, "", "0x", "0xzz", "0x" + "05" * 31])
def test_commitment__no_salt__none(salt: Any) -> None:
    assert commitment(salt=salt, payload={"v": 2}) is None


@pytest.mark.parametrize("payload", [None, [], "text", {"a": 2**53}, {"a": float("nan")}])
def test_commitment__no_payload__none(payload: Any) -> None:
    assert commitment(salt=SALT_HEX, payload=payload) is None


def three() -> list[Write]:
    """Three writes of a complaint that landed."""
    return [
        changing(EventType.CREATED, title="a"),
        changing(EventType.COMMENTED, comment="b"),
        changing(EventType.COMMENTED, comment="c"),
    ]


def joined(writes: list[Write], *, given_: list[Write], files: list[EvidenceFile] | None = None) -> list[Write | None]:
    """The writes that the events of `writes` get from those that are `given_`; none are left."""
    records = landed(*writes)
    for record in records:
        record.known = None
    nonces_set(records)
    assert records_join(records=records, known=map(Known, given_), evidence=files or []) == []
    return [record.write for record in records]


@given(st.permutations(range(3)))
def test_records_join__writes_in_any_order__each_by_its_commitment(order: list[int]) -> None:
    writes = three()
    assert joined(writes, given_=[writes[index] for index in order]) == writes


def test_records_join__column_of_the_commitment_was_altered__by_what_its_payload_gives() -> None:
    writes, original = three(), three()
    writes[1].data = "0x" + "99" * 32
    assert [each is write for each, write in zip(joined(original, given_=writes), writes, strict=True)] == [True] * 3


def test_records_join__payload_and_commitment_were_altered__by_its_nonce_once_it_landed() -> None:
    writes = three()
    altered = changing(EventType.COMMENTED, comment="z")
    altered.nonce, altered.state = 1, State.CONFIRMED
    assert joined(writes, given_=[writes[0], altered, writes[2]])[1] is altered


def test_records_join__nonce_was_altered_too__by_its_place() -> None:
    writes = three()
    altered = changing(EventType.COMMENTED, comment="z")
    link = link_of_write(writes[1], 2)
    altered.nonce, altered.state, altered.tx_hash, altered.log_index = 9, State.MINED, link.tx_hash, link.log_index
    assert joined(writes[:2], given_=[writes[0], altered])[1] is altered


@pytest.mark.parametrize("state", [State.RESERVED, State.PENDING, State.SENT, State.FAILED])
def test_records_join__write_that_did_not_land__is_left_over(state: str) -> None:
    writes = three()
    records = landed(writes[0])
    records[0].known = None
    nonces_set(records)
    waiting = write_new(EventType.CREATED, payload={"other": 1}, state=state)
    assert records_join(records=records, known=[Known(waiting)], evidence=[]) == [Known(waiting)]
    assert records[0].write is None


def test_records_join__evidence__goes_with_its_write() -> None:
    write = write_new(EventType.EVIDENCE_ANCHORED, payload={"sha256": "ab"}, pk=77)
    other = write_new(EventType.COMMENTED, payload={"x": 1}, pk=78)
    records = landed(write, other)
    for record in records:
        record.known = None
    file = EvidenceFile(write_id=77)
    assert (
        records_join(records=records, known=[Known(other), Known(write)], evidence=[EvidenceFile(write_id=5), file])
        == []
    )
    assert [record.evidence for record in records] == [file, None]
