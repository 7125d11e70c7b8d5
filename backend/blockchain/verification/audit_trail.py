"""The audit trail of one complaint: every event, checked against the chain at the time of the request.

It contains everything that its owner needs to repeat the check without us: `receipt.py prove` makes a receipt of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from blockchain.chain.contract import registry_of_requests
from blockchain.models import ChainEvent, Complaint, ScanCursor, Write
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import Link
from blockchain.roles import role_change_shown, roles_changed
from blockchain.verification.chain_answer import ChainAnswer, chain_ask
from blockchain.verification.completeness import Completeness, completeness
from blockchain.verification.event_check import commitment_problems
from blockchain.verification.event_facts import differences, facts_of, link_of
from blockchain.verification.identity import identity_problem
from blockchain.verification.records import Known, Record, nonces_set, objections_join, records_join
from blockchain.verification.report_match import Mismatch, Own, report_mismatches
from blockchain.verification.shown import event_shown, pending_shown
from blockchain.verification.timeline import state_shown, timeline

AuditTrail = dict[str, Any]

PAGE_SIZE = 200
MAX_PAGE_SIZE = 1_000


@dataclass(frozen=True, kw_only=True)
class Page:
    """Selects the items of a response, from the events followed by the pending writes.

    New events come after the others, and a pending write keeps its place when it becomes an event. So no item is missed
    between two pages.
    """

    # The number of items to skip.
    after: int = 0
    limit: int = PAGE_SIZE

    def slices(self, *, events: int, pending: int) -> tuple[slice, slice]:
        """The events and the pending writes of the page, by the number of each."""
        end = self.after + self.limit
        return slice(self.after, min(end, events)), slice(max(0, self.after - events), max(0, end - events))

    def following(self, *, total: int) -> int | None:
        """`after` of the next page; None if this is the last one."""
        end = self.after + self.limit
        return end if end < total else None


def audit_trail(*, complaint: Complaint, own: Own | None, page: Page) -> AuditTrail:
    """The trail in the API's form; `own` is the source's own record, if there is one. Raises `ArtifactError`.

    It has one page of the events and pending writes; all other members are about the whole trail. While the chain is
    down, it comes from the cache, with nulls and a reason.
    """
    contract = registry_of_requests()
    deployment = contract.deployment
    cursor, events = _events(complaint, chain_id=deployment.chain_id, address=deployment.address)
    known = [Known(write) for write in complaint.writes.order_by("nonce")]
    evidence = list(complaint.evidence.all())
    told = timeline(links=events, genesis=deployment.genesis_head, rules=deployment.rules)

    def tx_hashes(answer: ChainAnswer) -> Iterable[str]:
        # The contract's head proves the rows of a complete history, so only the page's transactions are looked up.
        whole = completeness(answer=answer, folded=told.folded, events=events)
        return [event.tx_hash for event in (events[page.after : page.after + page.limit] if whole.complete else events)]

    answer = chain_ask(contract=contract, cursor=cursor, complaint_id=complaint.complaint_id, tx_hashes=tx_hashes)
    whole = completeness(answer=answer, folded=told.folded, events=events)
    links = [link_of(event, answer.links.get(event.tx_hash, [])) for event in events]
    # The chain's version of each event, if the chain was queried for it.
    records = [Record(event=event, facts=facts_of(link or event)) for event, link in zip(events, links, strict=True)]
    nonces_set(records)
    waiting = records_join(records=records, known=known, evidence=evidence)
    if any(record.facts.event_type == EventType.OBJECTED for record in records):
        objections_join(records=records, objections=list(complaint.objections.order_by("id")))
    identity = identity_problem(complaint, records, known)
    mismatches = [] if own is None else report_mismatches(own=own, records=records, waiting=waiting)
    if identity:
        reason = f"{identity}: the id commits to tracking id, salt, filing and complainant"
        mismatches.append(Mismatch(field="complaint_id", report=complaint.complaint_id, recorded=None, reason=reason))
    of_events, of_pending = page.slices(events=len(records), pending=len(waiting))
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
        "total_events": len(records),
        "total_pending": len(waiting),
        "next_after": page.following(total=len(records) + len(waiting)),
        **_completeness(whole, waiting, identity),
        "missing_sequences": whole.missing,
        "unread_events": _unread(answer, events),
        "clock_stops": told.stops,
        "roles": [
            role_change_shown(each)
            for each in roles_changed(up_to_block=None if cursor is None else cursor.block_number)
        ],
        "report_matches": None if own is None and not mismatches else not mismatches,
        "mismatches": [vars(mismatch) for mismatch in mismatches],
        "pending": [pending_shown(each.write, files.get(each.write.pk)) for each in waiting[of_pending]],
        "events": [
            event_shown(record, _problems(record, link, answer), state, asked=not answer.unreachable)
            for record, link, state in zip(records[of_events], links[of_events], told.states[of_events], strict=True)
        ],
    }


def _events(complaint: Complaint, *, chain_id: int, address: str) -> tuple[ScanCursor | None, list[ChainEvent]]:
    """The cursor, and what was read up to it.

    An indexer may move on between the two queries. What it adds is beyond this cursor and left for the next answer;
    if it takes back what a reorg removed, the cursor's block is gone too, and the node says so.
    """
    cursor = ScanCursor.find(chain_id=chain_id, address=address)
    events = ChainEvent.objects.filter(complaint_id=complaint.complaint_id)
    if cursor is not None:
        events = events.filter(block_number__lte=cursor.block_number)
    return cursor, list(events.order_by("sequence", "id"))


def _problems(record: Record, link: Link | None, answer: ChainAnswer) -> list[str]:
    """The differences between the cache's row and the chain, and between our records and the link's commitment."""
    problems = []
    if not answer.unreachable:
        if link is None:
            problems.append("tx_hash: no transaction with this hash on the chain has this event")
        else:
            problems += differences(record.event, link)
    return problems + commitment_problems(record)


def _completeness(whole: Completeness, waiting: Sequence[Known], identity: str) -> dict[str, Any]:
    complete, reasons = whole.complete, [whole.reason] if whole.reason else []
    if complete is not None:
        # An exchanged id or record would show the complete history of another complaint.
        if identity:
            complete = False
            reasons.append(identity)
        if lost := [each.write.nonce for each in waiting if _is_lost(each.write, whole.up_to_block)]:
            complete = False
            reasons.append(f"confirmed writes are missing from the events: nonce {', '.join(map(str, lost))}")
    return {"complete": complete, "complete_reason": "; ".join(reasons) or None}


def _is_lost(write: Write, up_to_block: int | None) -> bool:
    """Whether the write's link should be among the events. A link in a later block has merely not been read yet."""
    if write.state != Write.State.CONFIRMED or up_to_block is None:
        return False
    return write.block_number is None or write.block_number <= up_to_block


def _unread(answer: ChainAnswer, events: Sequence[ChainEvent]) -> int | None:
    """The number of events in the contract at the newest block that are not among those read up to the cursor."""
    if answer.latest is None:
        return None
    read = answer.state.state.event_count if answer.state is not None else len(events)
    return max(0, answer.latest.state.event_count - read)
