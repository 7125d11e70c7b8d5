"""Rows altered by hand: the audit trail says which event no longer verifies, and nothing else."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, QuerySet

from blockchain.models import ChainEvent, Complaint, EvidenceFile, ScanCursor, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
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


def altered_report(**changes: Any) -> None:
    """Past the guard that refuses unrecorded changes, as whoever has the database can."""
    QuerySet(IssueReport).update(**changes)


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
    events = ChainEvent.objects.filter(complaint_id=report.complaint.complaint_id, event_type=event_type)
    return events.values_list("sequence", flat=True)[0]


EVENT_CHANGES: list[tuple[str, Any, bool]] = [
    # field, new value, whether the hash chain breaks too
    ("event_type", EventType.CLOSED, True),
    ("actor", OTHER_ACTOR, True),
    ("actor", "nobody", True),
    ("timestamp", F("timestamp") - 1, True),
    ("timestamp", -5, True),
    ("timestamp", 2**62, True),
    ("data", OTHER_HASH, True),
    ("data", "garbage", True),
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
    rows = ChainEvent.objects.filter(complaint_id=lived.complaint.complaint_id, sequence=sequence)
    for field, value, breaks in EVENT_CHANGES:
        with altered(rows, **{field: value}):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], (field, value)
        assert field in problem_of(trail, sequence)
        assert trail["complete"] is (not breaks), (field, value)
        assert trail["report_matches"] is True
    assert unverified(trail_of(lived)) == []


@pytest.mark.parametrize("field", ["data", "block_hash", "tx_hash"])
def test_audit_trail__one_bit_of_a_hash_flipped__that_event_named(
    lived: IssueReport, trail_of: TrailOf, field: str
) -> None:
    event = ChainEvent.objects.get(complaint_id=lived.complaint.complaint_id, sequence=3)
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


def test_audit_trail__cursor_deleted__not_wrong(lived: IssueReport, trail_of: TrailOf) -> None:
    ScanCursor.objects.all().delete()
    trail = trail_of(lived)
    assert trail["complete"] is True  # the newest state says so
    assert trail["block"] is None
    assert unverified(trail) == []


def test_audit_trail__cursor_turned_back__what_comes_after_it_is_counted(
    lived: IssueReport, trail_of: TrailOf, chain: Any
) -> None:
    total = trail_of(lived)["total_events"]
    block = chain.registry.node.block(chain.registry.deployment.block_number)
    ScanCursor.objects.update(block_number=int(block["number"], 16), block_hash=block["hash"])
    trail = trail_of(lived)
    assert (trail["block"]["hash"], trail["total_events"], trail["unread_events"]) == (block["hash"], 0, total)


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
    rows = lived.complaint.writes.filter(event_type=EventType.COMMENTED)
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
    ("data", {"data": OTHER_HASH}, "data"),
    ("salt and data_hash", {"salt": OTHER_HASH, "data": OTHER_HASH}, "payload or salt"),
    ("event_type", {"event_type": EventType.CLOSED}, "event_type"),
    ("tx_hash", {"tx_hash": OTHER_HASH}, "tx_hash"),
    ("block_number", {"block_number": 1}, "block_number"),
    ("block_hash", {"block_hash": OTHER_HASH}, "block_hash"),
    ("log_index", {"log_index": 77}, "log_index"),
    ("sequence", {"sequence": 77}, "sequence"),
    ("nonce", {"nonce": 77}, "nonce"),
    ("timestamp", {"timestamp": F("timestamp") - timedelta(days=1)}, "timestamp"),
]


@pytest.mark.parametrize("kind", [EventType.COMMENTED, EventType.RESOLVED])
def test_audit_trail__write_row_altered__that_event_named(
    lived: IssueReport, trail_of: TrailOf, kind: EventType
) -> None:
    sequence = sequence_of(lived, kind)
    rows = lived.complaint.writes.filter(event_type=kind)
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
    lived.complaint.writes.filter(event_type=EventType.SLA_PAUSED).update(**changes)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.SLA_PAUSED)
    assert unverified(trail) == [sequence]
    assert next(iter(changes)) in problem_of(trail, sequence)


def test_audit_trail__write_deleted_with_its_payload__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    lived.complaint.writes.filter(event_type=EventType.REJECTED).delete()
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.REJECTED)
    assert unverified(trail) == [sequence]
    assert "no record" in problem_of(trail, sequence)


def test_audit_trail__payloads_of_two_writes_exchanged__both_named(lived: IssueReport, trail_of: TrailOf) -> None:
    writes = lived.complaint.writes
    one, two = writes.get(event_type=EventType.RESOLVED), writes.get(event_type=EventType.REJECTED)
    Write.objects.filter(pk=one.pk).update(payload=two.payload)
    Write.objects.filter(pk=two.pk).update(payload=one.payload)
    both = sorted([sequence_of(lived, EventType.RESOLVED), sequence_of(lived, EventType.REJECTED)])
    assert unverified(trail_of(lived)) == both


def test_audit_trail__event_and_write_altered_alike__still_named(lived: IssueReport, trail_of: TrailOf) -> None:
    """Whoever forges payload, commitment and event consistently meets the receipt."""
    write = lived.complaint.writes.get(event_type=EventType.COMMENTED)
    assert write.payload is not None
    payload = write.payload | {"changes": {"comment": [None, "I am happy now."]}}
    forged = hashing.hex0x(hashing.data_hash(salt=hashing.unhex(write.salt), payload=payload))
    Write.objects.filter(pk=write.pk).update(payload=payload, data=forged)
    ChainEvent.objects.filter(data=write.data).update(data=forged)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.COMMENTED)
    assert unverified(trail) == [sequence]
    assert trail["complete"] is False
    assert trail["report_matches"] is False


EVIDENCE_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"file_hash": "ab" * 32}, "file_hash"),
    ({"file_hash": ""}, "file_hash"),
    ({"ipfs_cid": "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"}, "ipfs_cid"),
    ({"size": 1}, "size"),
    ({"media_type": "image/gif"}, "media_type"),
    ({"name": "other.png"}, "name"),
    ({"anchored_at": F("anchored_at") - timedelta(seconds=1)}, "anchored_at"),
]


def test_audit_trail__evidence_row_altered__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    sequence = sequence_of(lived, EventType.EVIDENCE_ANCHORED)
    for changes, word in EVIDENCE_CHANGES:
        with altered(EvidenceFile.objects.all(), **changes):
            trail = trail_of(lived)
        assert unverified(trail) == [sequence], changes
        assert word in problem_of(trail, sequence), changes
    assert unverified(trail_of(lived)) == []


def test_audit_trail__evidence_row_deleted__that_event_named(lived: IssueReport, trail_of: TrailOf) -> None:
    EvidenceFile.objects.all().delete()
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
    altered_report(**changes)
    trail = trail_of(lived)
    (field,) = changes
    assert trail["report_matches"] is False
    (mismatch,) = trail["mismatches"]
    assert (mismatch["field"], mismatch["report"]) == (field, changes[field])
    assert mismatch["recorded"] != changes[field]
    assert unverified(trail) == []
    assert trail["complete"] is True


IDENTITY_CHANGES: list[dict[str, Any]] = [
    {"complaint_id": OTHER_HASH},
    {"salt": OTHER_HASH},
    {"salt": "garbage"},
    {"complainant": OTHER_ACTOR},
    {"complainant": ""},
]


@pytest.mark.parametrize("changes", IDENTITY_CHANGES)
def test_audit_trail__complaint_given_another_identity__neither_complete_nor_matching(
    lived: IssueReport, trail_of: TrailOf, changes: dict[str, Any]
) -> None:
    Complaint.objects.update(**changes)
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "complaint_id" in trail["complete_reason"]
    assert "complaint_id" in [mismatch["field"] for mismatch in trail["mismatches"]]


def test_audit_trail__complaint_given_another_consistent_identity__not_complete(
    lived: IssueReport, trail_of: TrailOf
) -> None:
    """A fresh salt and the id that goes with it have an empty history, which would be complete."""
    salt = bytes(32)
    created = lived.complaint.writes.get(nonce=0)
    subject = hashing.subject_of(salt=salt, tracking_id=lived.tracking_id, created_data=hashing.unhex(created.data))
    forged = hashing.complaint_id_of(subject=subject, complainant=hashing.unhex(lived.complaint.complainant))
    Complaint.objects.update(salt=hashing.hex0x(salt), complaint_id=hashing.hex0x(forged))
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "missing from the events" in trail["complete_reason"]


def test_audit_trail__filing_exchanged_consistently__contradicted_by_the_id(
    lived: IssueReport, trail_of: TrailOf
) -> None:
    """Another text with its own salt and commitment, in all of our tables: the id was made from the true one."""
    write = lived.complaint.writes.get(nonce=0)
    assert write.payload is not None
    payload = write.payload | {"changes": write.payload["changes"] | {"issue_title": [None, "All is well"]}}
    forged = hashing.hex0x(hashing.data_hash(salt=hashing.unhex(write.salt), payload=payload))
    Write.objects.filter(pk=write.pk).update(payload=payload, data=forged)
    ChainEvent.objects.filter(data=write.data).update(data=forged)
    altered_report(issue_title="All is well")
    trail = trail_of(lived)
    assert trail["complete"] is False
    assert "complaint_id" in trail["complete_reason"]
    assert trail["report_matches"] is False


def test_audit_trail__altered_while_the_chain_is_down__problem_is_still_told(
    lived: IssueReport, trail_of: TrailOf, settings: Any
) -> None:
    from tests.chain_fixtures import caches_clear

    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1"]
    caches_clear()
    lived.complaint.writes.filter(event_type=EventType.COMMENTED).update(salt=OTHER_HASH)
    trail = trail_of(lived)
    sequence = sequence_of(lived, EventType.COMMENTED)
    assert "payload or salt" in problem_of(trail, sequence)
    assert {event["verified_on_chain"] for event in trail["events"]} == {None}
    assert trail["report_matches"] is False
