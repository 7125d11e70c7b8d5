"""The audit trail of one report: every event, checked against the chain at the time of asking.

It carries all that its owner needs to do the check again without us: see `blockchain.verification.offline`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from blockchain.chain.contract import registry
from blockchain.commitments import links
from blockchain.enums import LOGGED_EVENT_TYPES
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash, ScanCursor
from blockchain.verification.chain_answer import ChainAnswer, chain_ask
from blockchain.verification.completeness import Completeness, completeness
from blockchain.verification.event_check import commitment_problems
from blockchain.verification.event_facts import differences, event_type_name, facts_of, link_of
from blockchain.verification.records import Record, records_join
from blockchain.verification.report_match import complaint_id_holds, report_mismatches
from report.models import IssueReport

AuditTrail = dict[str, Any]


def audit_trail(*, report: IssueReport) -> AuditTrail:
    """The trail as the API sends it. Answers from the cache, with nulls and a reason, when the chain is down."""
    contract = registry()
    deployment = contract.deployment
    cursor = ScanCursor.objects.filter(chain_id=deployment.chain_id, address=deployment.address).first()
    events = list(ChainEvent.objects.filter(complaint_id=report.complaint_id).order_by("sequence", "id"))
    answer = chain_ask(
        contract=contract,
        cursor=cursor,
        complaint_id=report.complaint_id,
        tx_hashes=[event.tx_hash for event in events],
    )
    records, problems = _records(events, answer, cursor)
    evidence = list(report.evidence.order_by("id"))
    writes = list(report.writes.order_by("order"))
    waiting = records_join(records=records, writes=writes, evidence=evidence)
    files = {row.write_id: row for row in evidence}
    for record, found in zip(records, problems, strict=True):
        found.extend(commitment_problems(record))
    start = links.genesis(chain_id=deployment.chain_id, address=deployment.address)
    whole = completeness(answer=answer, start=start, events=events)
    mismatches = report_mismatches(report=report, records=records, waiting=waiting)
    return {
        "tracking_id": report.tracking_id,
        "complaint_id": report.complaint_id,
        "complaint_salt": report.complaint_salt,
        "chain_id": deployment.chain_id,
        "contract": deployment.address,
        "head": whole.head,
        "block": _block(cursor),
        "total_events": len(events),
        **_completeness(report, whole, waiting),
        "missing_sequences": whole.missing,
        "unread_events": _unread(answer, events),
        "report_matches": not mismatches,
        "mismatches": [vars(mismatch) for mismatch in mismatches],
        "pending": [_pending(write, files.get(write.pk)) for write in waiting],
        "events": [
            _event(record, found, asked=not answer.unreachable) for record, found in zip(records, problems, strict=True)
        ],
    }


def _records(
    events: Sequence[ChainEvent], answer: ChainAnswer, cursor: ScanCursor | None
) -> tuple[list[Record], list[list[str]]]:
    """Each event with the chain's word for it, and where the cache's row differs from that."""
    records: list[Record] = []
    problems: list[list[str]] = []
    for event in events:
        link = link_of(event, answer.links.get(event.tx_hash, []))
        records.append(Record(event=event, facts=facts_of(link or event)))
        if answer.unreachable:
            problems.append([])
        elif link is None:
            problems.append(["tx_hash: no such transaction on the chain has this event"])
        else:
            found = differences(event, link)
            if cursor is None or link.block_number > cursor.block_number:
                found.append("block_number: it is beyond the block up to which events were read")
            problems.append(found)
    return records, problems


def _completeness(report: IssueReport, whole: Completeness, waiting: Sequence[BlockchainTransaction]) -> dict[str, Any]:
    complete, reasons = whole.complete, [whole.reason] if whole.reason else []
    if complete is not None:
        # An id or a record that was exchanged would show the whole, but shorter, history of another complaint.
        if not complaint_id_holds(report):
            complete = False
            reasons.append("complaint_id does not belong to tracking_id and complaint_salt")
        if lost := [write.order for write in waiting if write.state == BlockchainTransaction.State.CONFIRMED]:
            complete = False
            reasons.append(f"confirmed writes are not among the events: order {', '.join(map(str, lost))}")
    return {"complete": complete, "complete_reason": "; ".join(reasons) or None}


def _unread(answer: ChainAnswer, events: Sequence[ChainEvent]) -> int | None:
    """Events that the contract has at its newest block beyond those that were read up to the cursor."""
    if answer.latest is None:
        return None
    read = answer.state.event_count if answer.state is not None else len(events)
    return max(0, answer.latest.event_count - read)


def _block(cursor: ScanCursor | None) -> dict[str, Any] | None:
    return None if cursor is None else {"number": cursor.block_number, "hash": cursor.block_hash}


def _event(record: Record, problems: Sequence[str], *, asked: bool) -> dict[str, Any]:
    event, write, evidence = record.event, record.write, record.evidence
    logged = record.facts.event_type in LOGGED_EVENT_TYPES and write is not None
    salt = evidence.salt if evidence else write.salt if logged and write else None
    return {
        "sequence": event.sequence,
        "event_type": event_type_name(event.event_type),
        "actor": event.actor,
        "timestamp": _time(event.timestamp),
        "block_timestamp": event.timestamp,
        "tx_hash": event.tx_hash,
        "block_number": event.block_number,
        "block_hash": event.block_hash,
        "log_index": event.log_index,
        "data_hash": event.data_hash,
        "salt": salt or None,
        "payload": write.payload if logged and write else None,
        "arguments": event.arguments,
        "evidence": _evidence(evidence) if evidence else None,
        "verified_on_chain": (not problems) if asked else None,
        "problem": "; ".join(problems) or None,
    }


def _evidence(evidence: EvidenceHash) -> dict[str, Any]:
    return {
        "id": evidence.pk,
        "ipfs_cid": evidence.ipfs_cid,
        "cid_parameters": evidence.cid_parameters,
        "file_hash": evidence.file_hash,
        "evidence_hash": evidence.evidence_hash,
        "size": evidence.size,
        "media_type": evidence.media_type,
        "name": evidence.name,
    }


def _pending(write: BlockchainTransaction, evidence: EvidenceHash | None) -> dict[str, Any]:
    salt = evidence.salt if evidence else write.salt
    return {
        "order": write.order,
        "event_type": event_type_name(write.event_type),
        "state": write.state,
        "error": write.error_code or None,
        "superseded_reason": write.superseded_reason or None,
        "data_hash": write.data_hash or None,
        "salt": salt or None,
        "payload": write.payload,
        "evidence": _evidence(evidence) if evidence else None,
        "requested_deadline": write.requested_deadline,
        "created_at": write.created_at,
    }


def _time(seconds: int) -> str | None:
    """RFC 3339; None for what is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
