"""Does the report say what was committed to? Its fields against the payloads, folded in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from blockchain.commitments import hashing
from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction
from blockchain.verification.event_facts import event_type_name
from blockchain.verification.records import Record, write_commitment
from report.models import IssueReport

FIELDS = ("status", "priority", "assigned_to", "issue_title", "location", "issue_description")
# Links without a payload that say a status.
STATUS_OF_LINK = {
    EventType.SLA_PAUSED: IssueReport.Status.ON_HOLD,
    EventType.SLA_RESUMED: IssueReport.Status.IN_PROGRESS,
}


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One field that is not as recorded; with `reason` where there is more to say."""

    field: str
    report: Any
    recorded: Any
    reason: str = ""


def report_mismatches(
    *, report: IssueReport, records: Sequence[Record], waiting: Sequence[BlockchainTransaction]
) -> list[Mismatch]:
    """Where the report differs from what landed (in order of sequence) and then from what waits (in its order).

    Only payloads that match their commitments count. Superseded writes were given up: they count not.
    """
    folded: dict[str, Any] = {}
    doubts: dict[str, str] = {}
    for record in records:
        name = event_type_name(record.facts.event_type)
        _fold(
            folded,
            doubts,
            record.facts.event_type,
            record.facts.data_hash,
            record.write,
            f"{name} ({record.facts.sequence})",
        )
    for write in waiting:
        if write.state != BlockchainTransaction.State.SUPERSEDED:
            _fold(
                folded,
                doubts,
                write.event_type,
                write.data_hash,
                write,
                f"{event_type_name(write.event_type)} (waiting)",
            )
    own = _own(report)
    mismatches = [
        Mismatch(field=field, report=own[field], recorded=folded.get(field), reason=doubts.get(field, ""))
        for field in FIELDS
        if field not in folded or folded[field] != own[field] or field in doubts
    ]
    if "" in doubts:
        mismatches.append(Mismatch(field="payload", report=None, recorded=None, reason=doubts[""]))
    if not complaint_id_holds(report):
        reason = "it is not keccak256(complaint_salt || tracking_id)"
        mismatches.append(Mismatch(field="complaint_id", report=report.complaint_id, recorded=None, reason=reason))
    return mismatches


def complaint_id_holds(report: IssueReport) -> bool:
    """Whether the complaint's id is that of its tracking id and salt."""
    try:
        salt = hashing.unhex(report.complaint_salt)
        expected = hashing.complaint_id_hash(salt=salt, tracking_id=report.tracking_id)
    except ValueError:
        return False
    return hashing.hex0x(expected) == report.complaint_id


def _fold(
    folded: dict[str, Any],
    doubts: dict[str, str],
    event_type: int,
    data_hash: str,
    write: BlockchainTransaction | None,
    name: str,
) -> None:
    """Takes one link into account. A payload that does not hold casts doubt on the fields that it names."""
    if event_type in STATUS_OF_LINK:
        folded["status"] = STATUS_OF_LINK[EventType(event_type)]
        doubts.pop("status", None)
        return
    if event_type not in LOGGED_EVENT_TYPES:
        return
    payload = write.payload if write is not None and isinstance(write.payload, dict) else {}
    changes = payload.get("changes")
    holds = write is not None and write_commitment(write) == data_hash
    if not holds or not isinstance(changes, dict):
        doubts[""] = f"what {name} committed to is not known"
        changes = changes if isinstance(changes, dict) else {}
    for field, change in changes.items():
        if field not in FIELDS or not isinstance(change, list) or len(change) != 2:
            continue
        folded[field] = change[1]
        if holds:
            doubts.pop(field, None)
        else:
            doubts[field] = f"the payload of {name} does not match its commitment"


def _own(report: IssueReport) -> dict[str, Any]:
    own = {field: getattr(report, field) for field in FIELDS}
    own["assigned_to"] = str(report.assigned_to.opaque_id) if report.assigned_to else None
    return own
