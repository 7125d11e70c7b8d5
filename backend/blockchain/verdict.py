"""Is a complaint verified? One answer for the API's lists, its status and the admin, from the database.

Verified: all of its links were read from the chain and agreed with the contract at the last comparison, the records
here match the links' commitments, the source's own record agrees, and no write has failed. Writes may still be waiting.
The audit trail holds the proof, since it queries the chain.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from blockchain.chain.artifact import ArtifactError, deployment
from blockchain.host import host
from blockchain.indexer.states import chunks
from blockchain.models import ChainEvent, ChainState, Complaint, EvidenceFile, Objection, Write
from blockchain.protocol.hashing import hex0x
from blockchain.protocol.kinds import EventType
from blockchain.verification.completeness import CLOCK
from blockchain.verification.event_check import commitment_problems
from blockchain.verification.event_facts import event_type_name, facts_of
from blockchain.verification.identity import identity_problem
from blockchain.verification.records import Known, Record, nonces_set, objections_join, records_join
from blockchain.verification.report_match import Own, report_mismatches
from blockchain.verification.timeline import timeline

# For callers of the API.
VERIFIED = (
    "True if all of the complaint's links were read from the chain, the records here match their commitments, and no "
    "write has failed; writes may still be waiting. Answered from the database: the audit trail holds the proof."
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reasons`: why the complaint is not verified, for staff; empty if it is."""

    reasons: list[str]

    @property
    def verified(self) -> bool:
        return not self.reasons


@dataclass(kw_only=True)
class _Rows:
    """What the database has of one complaint."""

    events: list[ChainEvent] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    evidence: list[EvidenceFile] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)


def verdict_of(complaint: Complaint) -> Verdict:
    """The verdict on one complaint."""
    return verdicts_of([complaint])[complaint.pk]


def verdicts_of(complaints: Iterable[Complaint]) -> dict[int, Verdict]:
    """The verdicts on complaints by primary key, in a few queries for all. Select their `chain_state` beforehand."""
    by_pk = {complaint.pk: complaint for complaint in complaints}
    reasons = {pk: _obvious(complaint) for pk, complaint in by_pk.items()}
    for pk, names in _failed([pk for pk in by_pk if not reasons[pk]]).items():
        reasons[pk].append(f"failed: {', '.join(names)}")
    # The costly checks run only where nothing is wrong so far.
    left = [complaint for pk, complaint in by_pk.items() if not reasons[pk]]
    rows, own = _rows(left), host().own_records(left) if left else {}
    for complaint in left:
        reasons[complaint.pk] = _hidden(complaint, rows[complaint.pk], own.get(complaint.pk))
    return {pk: Verdict(reasons=found) for pk, found in reasons.items()}


def _obvious(complaint: Complaint) -> list[str]:
    """The reasons that the complaint's row and its state give."""
    state: ChainState | None = getattr(complaint, "chain_state", None)
    if complaint.frozen_reason:
        return [f"frozen: {complaint.frozen_reason}"]
    if state is None or not state.event_count:
        return ["nothing has been read from the chain yet"]
    if not state.agrees:
        return ["the links that were read differ from the contract, or have not been compared yet"]
    return []


def _failed(pks: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for some in chunks(pks):
        rows = Write.objects.filter(state=Write.State.FAILED, complaint__in=some).order_by("complaint_id", "nonce")
        for complaint, event_type, code in rows.values_list("complaint_id", "event_type", "error_code"):
            found[complaint].append(f"{event_type_name(event_type)} ({code or 'unknown'})")
    return found


def _rows(complaints: Sequence[Complaint]) -> dict[int, _Rows]:
    found = {complaint.pk: _Rows() for complaint in complaints}
    pks = {complaint.complaint_id: complaint.pk for complaint in complaints}
    for some in chunks(pks):
        for event in ChainEvent.objects.filter(complaint_id__in=some).order_by("complaint_id", "sequence"):
            found[pks[event.complaint_id]].events.append(event)
    for keys in chunks(found):
        for write in Write.objects.filter(complaint__in=keys).order_by("complaint", "nonce"):
            found[write.complaint_id].known.append(Known(write))
        for evidence in EvidenceFile.objects.filter(complaint__in=keys):
            found[evidence.complaint_id].evidence.append(evidence)
    objected = [pk for pk, rows in found.items() if any(each.event_type == EventType.OBJECTED for each in rows.events)]
    for keys in chunks(objected):
        for objection in Objection.objects.filter(complaint__in=keys).order_by("pk"):
            found[objection.complaint_id].objections.append(objection)
    return found


def _hidden(complaint: Complaint, rows: _Rows, own: Own | None) -> list[str]:
    """The reasons that only a comparison of the records with the links shows."""
    records = [Record(event=event, facts=facts_of(event)) for event in rows.events]
    nonces_set(records)
    waiting = records_join(records=records, known=rows.known, evidence=rows.evidence)
    objections_join(records=records, objections=rows.objections)
    state: ChainState = complaint.chain_state
    reasons = []
    if [event.sequence for event in rows.events] != list(range(1, state.event_count + 1)):
        reasons.append("links are missing")
    elif not _folds_to(state, rows.events):
        reasons.append("the links that were read do not add up to the state that was compared with the contract")
    if lost := [str(each.write.nonce) for each in waiting if each.write.state == Write.State.CONFIRMED]:
        reasons.append(f"confirmed writes are not among the links: nonce {', '.join(lost)}")
    for record in records:
        if problems := commitment_problems(record):
            reasons.append(f"{event_type_name(record.facts.event_type)} ({record.facts.sequence}): {problems[0]}")
    if problem := identity_problem(complaint, records, rows.known):
        reasons.append(problem)
    if own is not None and (mismatches := report_mismatches(own=own, records=records, waiting=waiting)):
        fields = ", ".join(sorted({mismatch.field for mismatch in mismatches}))
        reasons.append(f"the report differs from what was recorded: {fields}")
    return reasons


def _folds_to(state: ChainState, events: Sequence[ChainEvent]) -> bool:
    """Whether the links add up to `state`, the state that was compared with the contract's."""
    try:
        deployed = deployment()
    except ArtifactError:
        return False
    folded = timeline(links=events, genesis=deployed.genesis_head, rules=deployed.rules).folded
    if folded is None or hex0x(folded.head) != state.head:
        return False
    return all(getattr(folded, name) == getattr(state, name) for name in CLOCK)
