"""Rows altered by hand: the audit trail says which event no longer verifies, and nothing else."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, QuerySet

from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash, ScanCursor
from report.models import IssueReport

Trail = dict[str, Any]
TrailOf = Callable[[IssueReport], Trail]
OTHER_HASH = "0x" + "ab" * 32
OTHER_ACTOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@contextmanager
def altered(rows: QuerySet[Any], **changes: Any) -> Iterator[None]:
    """The rows altered by hand for as long as the block lasts."""
    originals = list(rows.all())
    assert originals
    type(originals[0])._default_manager.filter(pk__in=[row.pk for row in originals]).update(**changes)
    yield
    for row in originals:
        row.save(force_update=True)


def flipped(text: str) -> str:
    """Hex with its last bit flipped."""
    return text[:-1] + f"{int(text[-1], 16) ^ 1:x}"


def unverified(trail: Trail) -> list[int]:
    return [event["sequence"] for event in trail["events"] if event["verified_on_chain"] is not True]


def problem_of(trail: Trail, sequence: int) -> str:
    (problem,) = [event["problem"] for event in trail["events"] if event["sequence"] == sequence]
    return str(problem)


def sequence_of(report: IssueReport, event_type: EventType) -> int:
    """Of the first event of the type."""
    events = ChainEvent.objects.filter(complaint_id=report.complaint_id, event_type=event_type)
    return events.values_list("sequence", flat=True)[0]


EVENT_CHANGES: list[tuple[str, Any, bool]] = [
    # field, new value, whether the hash chain breaks too
    ("event_type", EventType.CLOSED, True),
    ("actor", OTHER_ACTOR, True),
    ("actor", "nobody", True),
    ("timestamp", F("timestamp") - 1, True),
    ("timestamp", -5, True),
    ("timestamp", 2**62, True),
    ("data_hash", OTHER_HASH, True),
    ("data_hash", "garbage", True),
    ("arguments", {"deadline": 1}, False),
    ("tx_hash", OTHER_HASH, False),
    ("tx_hash", "garbage", False),
    ("block_number", F("block_number") - 1, False),
    ("block_hash", OTHER_HASH, False),
    ("log_index", F("log_index") + 7, False),
]


@pytest.mark.parametrize("kind", [EventType.COMMENTED, EventType.EVIDENCE_ANCHORED, EventType.SLA_DEADLINE_SET])
def test_audit_trail__event_row_altered__that_event_named_with_the_field(
    lived: IssueReport, trail_of: TrailOf, kind: EventType
) -> None:
    sequence = sequence_of(lived, kind)
    rows = ChainEvent.objects.filter(complaint_id=lived.complaint_id, sequence=sequence)
    for field, value, breaks in EVENT_CHANGES:
        with altered(rows, **{field: value}):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], (field, value)
        assert field in problem_of(trail, sequence)
        assert trail["complete"] is (not breaks), (field, value)
        assert trail["report_matches"] is True
    assert unverified(trail_of(lived)) == []


@pytest.mark.parametrize("field", ["data_hash", "block_hash", "tx_hash"])
def test_audit_trail__one_bit_of_a_hash_flipped__that_event_named(
    lived: IssueReport, trail_of: TrailOf, field: str
) -> None:
    event = ChainEvent.objects.get(complaint_id=lived.complaint_id, sequence=3)
    ChainEvent.objects.filter(pk=event.pk).update(**{field: flipped(getattr(event, field))})
    trail = trail_of(lived)
    assert unverified(trail) == [3]
    assert field in problem_of(trail, 3)


def test_audit_trail__event_s_transaction_exchanged_for_a_real_one__that_event_named(
    lived: IssueReport, trail_of: TrailOf
) -> None:
    first, last = ChainEvent.objects.order_by("sequence").first(), ChainEvent.objects.order_by("sequence").last()
    assert first is not None
    assert last is not None
    ChainEvent.objects.filter(pk=first.pk).update(tx_hash=last.tx_hash)
    trail = trail_of(lived)
    assert unverified(trail) == [1]
    assert "tx_hash" in problem_of(trail, 1)


def test_audit_trail__sequences_exchanged__incomplete(lived: IssueReport, trail_of: TrailOf) -> None:
    ChainEvent.objects.filter(sequence=3).update(sequence=1000)
    ChainEvent.objects.filter(sequence=4).update(sequence=3)
    ChainEvent.objects.filter(sequence=1000).update(sequence=4)
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert unverified(trail) == [3, 4]
    assert "sequence" in problem_of(trail, 3)


@pytest.mark.parametrize("gone", [[1], [5], [4, 6], [-1]])
def test_audit_trail__events_deleted__incomplete_naming_them(
    lived: IssueReport, trail_of: TrailOf, gone: list[int]
) -> None:
    last = ChainEvent.objects.count()
    gone = [last if sequence == -1 else sequence for sequence in gone]
    ChainEvent.objects.filter(sequence__in=gone).delete()
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert trail["missing_sequences"] == gone
    assert f"missing: sequence {', '.join(map(str, gone))}" in trail["complete_reason"]
    assert unverified(trail) == []


def test_audit_trail__all_events_deleted__incomplete(lived: IssueReport, trail_of: TrailOf) -> None:
    total = ChainEvent.objects.count()
    ChainEvent.objects.all().delete()
    trail = trail_of(lived)
    assert (trail["complete"], trail["missing_sequences"]) == (False, list(range(1, total + 1)))


def test_audit_trail__event_invented__incomplete_and_not_verified(lived: IssueReport, trail_of: TrailOf) -> None:
    event = ChainEvent.objects.get(sequence=ChainEvent.objects.count())
    invented = copy.copy(event)
    invented.pk, invented.sequence, invented.log_index = None, event.sequence + 1, event.log_index + 1
    invented.save(force_insert=True)
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert unverified(trail) == [invented.sequence]


def test_audit_trail__event_doubled__incomplete(lived: IssueReport, trail_of: TrailOf) -> None:
    doubled = ChainEvent.objects.get(sequence=3)
    doubled.pk, doubled.block_hash = None, OTHER_HASH
    doubled.save(force_insert=True)
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "more than once" in trail["complete_reason"]


def test_audit_trail__cursor_deleted__not_wrong(lived: IssueReport, trail_of: TrailOf) -> None:
    ScanCursor.objects.all().delete()
    trail = trail_of(lived)
    assert trail["complete"] is True  # the newest state says so
    assert "block_number" in problem_of(trail, 1)


def test_audit_trail__cursor_turned_back__incomplete(lived: IssueReport, trail_of: TrailOf, chain: Any) -> None:
    block = chain.registry.node.block(chain.registry.deployment.block_number)
    ScanCursor.objects.update(block_number=int(block["number"], 16), block_hash=block["hash"])
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "beyond the block" in problem_of(trail, 1)


PAYLOAD_CHANGES: list[Callable[[dict[str, Any]], Any]] = [
    lambda payload: payload | {"by": "somebody else"},
    lambda payload: payload | {"occurred_at": "2020-01-01T00:00:00.000Z"},
    lambda payload: payload | {"type": "REJECTED"},
    lambda payload: payload | {"extra": 1},
    lambda payload: payload | {"changes": {**payload["changes"], "comment": [None, "Never mind."]}},
    lambda payload: {key: value for key, value in payload.items() if key != "v"},
    lambda payload: payload | {"v": 1.5},
    lambda payload: payload | {"v": 2**60},
    lambda payload: [payload],
    lambda payload: None,
]


def test_audit_trail__payload_altered__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    rows = lived.writes.filter(event_type=EventType.COMMENTED)
    payload, sequence = rows.get().payload, sequence_of(lived, EventType.COMMENTED)
    assert payload is not None
    for number, change in enumerate(PAYLOAD_CHANGES):
        with altered(rows, payload=change(payload)):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], number
        assert "payload or salt" in problem_of(trail, sequence)
        assert trail["complete"] is True
        assert trail["report_matches"] is False
    assert unverified(trail_of(lived)) == []


WRITE_CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("salt", {"salt": OTHER_HASH}, "payload or salt"),
    ("salt lost", {"salt": ""}, "payload or salt"),
    ("salt garbage", {"salt": "0xzz"}, "payload or salt"),
    ("data_hash", {"data_hash": OTHER_HASH}, "data_hash"),
    ("salt and data_hash", {"salt": OTHER_HASH, "data_hash": OTHER_HASH}, "payload or salt"),
    ("event_type", {"event_type": EventType.CLOSED}, "event_type"),
    ("tx_hash", {"tx_hash": OTHER_HASH}, "tx_hash"),
    ("block_number", {"block_number": 1}, "block_number"),
    ("block_hash", {"block_hash": OTHER_HASH}, "block_hash"),
    ("log_index", {"log_index": 77}, "log_index"),
    ("sequence", {"sequence": 77}, "sequence"),
    ("timestamp", {"timestamp": F("timestamp") - timedelta(days=1)}, "timestamp"),
]


@pytest.mark.parametrize("kind", [EventType.COMMENTED, EventType.RESOLVED])
def test_audit_trail__write_row_altered__that_event_named(
    lived: IssueReport, trail_of: TrailOf, kind: EventType
) -> None:
    sequence = sequence_of(lived, kind)
    rows = lived.writes.filter(event_type=kind)
    for name, changes, word in WRITE_CHANGES:
        with altered(rows, **changes):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], name
        assert word in problem_of(trail, sequence), name
        assert trail["complete"] is True
    assert unverified(trail_of(lived)) == []


@pytest.mark.parametrize(
    "changes", [{"sequence": 77}, {"tx_hash": OTHER_HASH}, {"block_number": 1}, {"event_type": EventType.ESCALATED}]
)
def test_audit_trail__write_row_of_the_clock_altered__that_event_named(
    lived: IssueReport, trail_of: TrailOf, changes: dict[str, Any]
) -> None:
    lived.writes.filter(event_type=EventType.SLA_PAUSED).update(**changes)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.SLA_PAUSED)
    assert unverified(trail) == [sequence]
    assert next(iter(changes)) in problem_of(trail, sequence)


def test_audit_trail__write_deleted_with_its_payload__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    lived.writes.filter(event_type=EventType.COMMENTED).delete()
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.COMMENTED)
    assert unverified(trail) == [sequence]
    assert "no record" in problem_of(trail, sequence)


def test_audit_trail__payloads_of_two_writes_exchanged__both_named(lived: IssueReport, trail_of: TrailOf) -> None:
    one, two = lived.writes.get(event_type=EventType.RESOLVED), lived.writes.get(event_type=EventType.REJECTED)
    BlockchainTransaction.objects.filter(pk=one.pk).update(payload=two.payload)
    BlockchainTransaction.objects.filter(pk=two.pk).update(payload=one.payload)
    both = sorted([sequence_of(lived, EventType.RESOLVED), sequence_of(lived, EventType.REJECTED)])
    assert unverified(trail_of(lived)) == both


def test_audit_trail__event_and_write_altered_alike__still_named(lived: IssueReport, trail_of: TrailOf) -> None:
    """Whoever forges payload, commitment and event consistently meets the receipt."""
    from blockchain.commitments import hashing

    write = lived.writes.get(event_type=EventType.COMMENTED)
    assert write.payload is not None
    payload = write.payload | {"changes": {"comment": [None, "I am happy now."]}}
    forged = hashing.hex0x(hashing.data_hash(salt=hashing.unhex(write.salt), payload=payload))
    BlockchainTransaction.objects.filter(pk=write.pk).update(payload=payload, data_hash=forged)
    ChainEvent.objects.filter(data_hash=write.data_hash).update(data_hash=forged)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.COMMENTED)
    assert unverified(trail) == [sequence]
    assert trail["complete"] is False
    assert trail["report_matches"] is False


EVIDENCE_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"salt": OTHER_HASH}, "evidence"),
    ({"salt": "garbage"}, "evidence"),
    ({"file_hash": "ab" * 32}, "evidence"),
    ({"file_hash": ""}, "evidence"),
    ({"ipfs_cid": "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"}, "evidence"),
    ({"evidence_hash": OTHER_HASH}, "evidence_hash"),
    ({"salt": OTHER_HASH, "evidence_hash": OTHER_HASH}, "evidence"),
    ({"anchored_at": F("anchored_at") - timedelta(seconds=1)}, "anchored_at"),
    ({"write": None}, "write"),
]


def test_audit_trail__evidence_row_altered__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    sequence = sequence_of(lived, EventType.EVIDENCE_ANCHORED)
    for changes, word in EVIDENCE_CHANGES:
        with altered(EvidenceHash.objects.all(), **changes):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], changes
        assert word in problem_of(trail, sequence), changes
    assert unverified(trail_of(lived)) == []


def test_audit_trail__evidence_row_deleted__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    EvidenceHash.objects.all().delete()
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.EVIDENCE_ANCHORED)
    assert unverified(trail) == [sequence]
    assert "no record of the file" in problem_of(trail, sequence)


REPORT_CHANGES: list[dict[str, Any]] = [
    {"status": "in_progress"},
    {"priority": "low"},
    {"assigned_to": None},
    {"issue_title": "All is well"},
    {"location": "Elsewhere"},
    {"issue_description": "Nothing happened."},
]


@pytest.mark.parametrize("changes", REPORT_CHANGES)
def test_audit_trail__report_row_altered__field_does_not_match(
    lived: IssueReport, trail_of: TrailOf, changes: dict[str, Any]
) -> None:
    IssueReport.objects.update(**changes)
    trail = trail_of(lived)
    (field,) = changes
    assert trail["report_matches"] is False
    (mismatch,) = trail["mismatches"]
    assert (mismatch["field"], mismatch["report"]) == (field, changes[field])
    assert mismatch["recorded"] != changes[field]
    assert unverified(trail) == []
    assert trail["complete"] is True


@pytest.mark.parametrize("changes", [{"complaint_id": OTHER_HASH}, {"complaint_salt": OTHER_HASH}])
def test_audit_trail__report_given_another_identity__neither_complete_nor_matching(
    lived: IssueReport, trail_of: TrailOf, changes: dict[str, Any]
) -> None:
    IssueReport.objects.update(**changes)
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "complaint_id" in trail["complete_reason"]
    assert "complaint_id" in [mismatch["field"] for mismatch in trail["mismatches"]]


def test_audit_trail__report_given_another_consistent_identity__not_complete(
    lived: IssueReport, trail_of: TrailOf
) -> None:
    """A fresh salt and the id that goes with it have an empty history, which would be complete."""
    from blockchain.commitments import hashing

    salt = bytes(32)
    forged = hashing.complaint_id_hash(salt=salt, tracking_id=lived.tracking_id)
    IssueReport.objects.update(complaint_salt=hashing.hex0x(salt), complaint_id=hashing.hex0x(forged))
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "not among the events" in trail["complete_reason"]


def test_audit_trail__altered_while_the_chain_is_down__problem_is_still_told(
    lived: IssueReport, trail_of: TrailOf, settings: Any
) -> None:
    from tests.chain_fixtures import caches_clear

    settings.BLOCKCHAIN_NODE_URL = "http://127.0.0.1:1"
    caches_clear()
    lived.writes.filter(event_type=EventType.COMMENTED).update(salt=OTHER_HASH)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.COMMENTED)
    assert "payload or salt" in problem_of(trail, sequence)
    assert {event["verified_on_chain"] for event in trail["events"]} == {None}
    assert trail["report_matches"] is False
