"""The audit trail of one complaint: every event, checked against the chain at the time of asking.

It carries everything that its owner needs to repeat the check without us: see `blockchain.verification.offline`.
"""

from collections.abc import Sequence
from typing import Any

from blockchain.chain.contract import registry
from blockchain.models import ChainEvent, Complaint, ScanCursor, Write
from blockchain.verification.chain_answer import ChainAnswer, chain_ask
from blockchain.verification.completeness import Completeness, completeness
from blockchain.verification.event_check import commitment_problems
from blockchain.verification.event_facts import differences, facts_of, link_of
from blockchain.verification.identity import identity_problem
from blockchain.verification.records import Record, nonces_set, records_join
from blockchain.verification.report_match import Mismatch, Own, report_mismatches
from blockchain.verification.shown import event_shown, pending_shown
from blockchain.verification.timeline import state_shown, timeline

AuditTrail = dict[str, Any]


def audit_trail(*, complaint: Complaint, own: Own | None) -> AuditTrail:
    """The trail as the API sends it; `own` is what the source's own record says, if it has one. Raises `ArtifactError`.

    Answers from the cache, with nulls and a reason, when the chain is down.
    """
    contract = registry()
    deployment = contract.deployment
    cursor, events = _events(complaint, chain_id=deployment.chain_id, address=deployment.address)
    writes = list(complaint.writes.order_by("nonce"))
    evidence = list(complaint.evidence.all())
    answer = chain_ask(
        contract=contract,
        cursor=cursor,
        complaint_id=complaint.complaint_id,
        tx_hashes=[event.tx_hash for event in events],
    )
    records, problems = _records(events, answer)
    nonces_set(records)
    waiting = records_join(records=records, writes=writes, evidence=evidence)
    for record, found in zip(records, problems, strict=True):
        found.extend(commitment_problems(record))
    told = timeline(links=events, genesis=deployment.genesis_head, rules=deployment.rules)
    whole = completeness(answer=answer, folded=told.folded, events=events)
    identity = identity_problem(complaint, records, writes)
    mismatches = [] if own is None else report_mismatches(own=own, records=records, waiting=waiting)
    if identity:
        reason = f"{identity}: the id commits to tracking id, salt, filing and complainant"
        mismatches.append(Mismatch(field="complaint_id", report=complaint.complaint_id, recorded=None, reason=reason))
    files = {row.write_id: row for row in evidence}
    return {
        "tracking_id": complaint.external_id,
        "complaint_id": complaint.complaint_id,
        "complaint_salt": complaint.salt,
        "complainant": complaint.complainant or None,
        "witnessed": complaint.witnessed,
        "chain_id": deployment.chain_id,
        "contract": deployment.address,
        "genesis": deployment.genesis,
        **vars(deployment.rules),
        "head": whole.head,
        "block": None if cursor is None else {"number": cursor.block_number, "hash": cursor.block_hash},
        "state": state_shown(told.folded) if told.folded is not None else None,
        "total_events": len(events),
        **_completeness(whole, waiting, identity),
        "missing_sequences": whole.missing,
        "unread_events": _unread(answer, events),
        "clock_stops": told.stops,
        "report_matches": None if own is None and not mismatches else not mismatches,
        "mismatches": [vars(mismatch) for mismatch in mismatches],
        "pending": [pending_shown(write, files.get(write.pk)) for write in waiting],
        "events": [
            event_shown(record, found, state, asked=not answer.unreachable)
            for record, found, state in zip(records, problems, told.states, strict=True)
        ],
    }


def _events(complaint: Complaint, *, chain_id: int, address: str) -> tuple[ScanCursor | None, list[ChainEvent]]:
    """The cursor, and what was read up to it.

    An indexer may move on between the two queries. What it adds is beyond this cursor and left for the next answer;
    if it takes back what a reorg removed, the cursor's block is gone too, and the node says so.
    """
    cursor = ScanCursor.objects.filter(chain_id=chain_id, address=address).first()
    events = ChainEvent.objects.filter(complaint_id=complaint.complaint_id)
    if cursor is not None:
        events = events.filter(block_number__lte=cursor.block_number)
    return cursor, list(events.order_by("sequence", "id"))


def _records(events: Sequence[ChainEvent], answer: ChainAnswer) -> tuple[list[Record], list[list[str]]]:
    """Each event with the chain's word for it, and where the cache's row differs from that."""
    records: list[Record] = []
    problems: list[list[str]] = []
    for event in events:
        link = link_of(event, answer.links.get(event.tx_hash, []))
        records.append(Record(event=event, facts=facts_of(link or event)))
        if answer.unreachable:
            problems.append([])
        elif link is None:
            problems.append(["tx_hash: no transaction with this hash on the chain has this event"])
        else:
            problems.append(differences(event, link))
    return records, problems


def _completeness(whole: Completeness, waiting: Sequence[Write], identity: str) -> dict[str, Any]:
    complete, reasons = whole.complete, [whole.reason] if whole.reason else []
    if complete is not None:
        # An id or a record that was exchanged would show the whole, but shorter, history of another complaint.
        if identity:
            complete = False
            reasons.append(identity)
        if lost := [write.nonce for write in waiting if _is_lost(write, whole.up_to_block)]:
            complete = False
            reasons.append(f"confirmed writes are missing from the events: nonce {', '.join(map(str, lost))}")
    return {"complete": complete, "complete_reason": "; ".join(reasons) or None}


def _is_lost(write: Write, up_to_block: int | None) -> bool:
    """Whether its link should be among the events. One in a later block is merely not read yet."""
    if write.state != Write.State.CONFIRMED or up_to_block is None:
        return False
    return write.block_number is None or write.block_number <= up_to_block


def _unread(answer: ChainAnswer, events: Sequence[ChainEvent]) -> int | None:
    """Events that the contract has at its newest block beyond those that were read up to the cursor."""
    if answer.latest is None:
        return None
    read = answer.state.state.event_count if answer.state is not None else len(events)
    return max(0, answer.latest.state.event_count - read)
