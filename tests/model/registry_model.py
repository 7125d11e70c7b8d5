"""The contract as specified, in plain Python: the oracle of the stateful tests.

Written from the specification's text. It knows nothing of a chain: who calls and when are arguments.
"""

from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Final

from eth_utils import keccak

from tests.model import words
from tests.support.entries import Entry, bound_id
from tests.support.slots import Complaint
from tests.support.spec import (
    ANY_HEAD,
    CLOCK,
    LOGGED,
    MAX_ADMIN_TRANSFER_DELAY,
    MAX_ESCALATION_INTERVAL,
    MAX_ESCALATION_LEVEL,
    MAX_ESCALATIONS,
    MAX_OBJECTIONS,
    MAX_SLA_DURATION,
    NEVER,
    NONCE_END,
    ROLE_OF,
    ROLES,
    TRANSITIONS,
    UNRECORDED,
    ZERO_ADDRESS,
    EventType,
    Status,
)

# What `EntrySkipped` names as the reason.
SELECTORS: Final = {
    signature.partition("(")[0]: keccak(text=signature)[:4]
    for signature in (
        "StaleNonce(bytes32,uint24,uint24)",
        "InvalidTransition(bytes32,uint8,uint8)",
        "EvidenceAlreadyAnchored(bytes32,bytes32)",
        "DeadlineOutOfRange(bytes32,uint256)",
        "InvalidParameter()",
        "PredecessorSkipped()",
    )
}


class ModelRevert(Exception):
    """What the contract must revert with. An empty name: no data."""

    def __init__(self, name: str = "", **arguments: Any) -> None:
        super().__init__(f"{name}{arguments}")
        self.name = name
        self.arguments = arguments


@dataclass(frozen=True)
class ModelEvent:
    """An event that the contract must emit."""

    name: str
    args: dict[str, Any]


@dataclass
class RegistryModel:
    """One deployment. What a call changed before it raised is not to be kept: copy first."""

    genesis: bytes
    admin: str
    admin_transfer_delay: int  # seconds
    intakes: list[str]
    recorders: list[str]
    sla_managers: list[str]
    default_sla: int  # seconds
    escalation_interval: int  # seconds
    max_escalation_level: int
    now: int = 0  # the block's time, seconds
    roles: dict[str, frozenset[str]] = field(init=False)
    complaints: dict[bytes, Complaint] = field(init=False, default_factory=dict)
    evidence: dict[tuple[bytes, bytes], tuple[int, int]] = field(init=False, default_factory=dict)
    filings: tuple[bytes, int] = field(init=False, default=(bytes(27), 0))
    events: list[ModelEvent] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """The constructor: refuses what is out of range."""
        accounts = dict(zip(ROLES, (self.intakes, self.recorders, self.sla_managers), strict=True))
        if (
            ZERO_ADDRESS in (self.admin, *self.intakes, *self.recorders, *self.sla_managers)
            or self.admin_transfer_delay > MAX_ADMIN_TRANSFER_DELAY
            or self.default_sla > MAX_SLA_DURATION
            or not 1 <= self.escalation_interval <= MAX_ESCALATION_INTERVAL
            or not 1 <= self.max_escalation_level <= MAX_ESCALATION_LEVEL
        ):
            raise ModelRevert("InvalidParameter")
        self.roles = {role: frozenset(holders) for role, holders in accounts.items()}

    def at(self, now: int) -> "RegistryModel":
        """An independent model in the same state, at another time, with no events yet."""
        model = copy(self)
        model.roles, model.complaints, model.evidence = dict(self.roles), dict(self.complaints), dict(self.evidence)
        model.now, model.events = now, []
        return model

    # Views

    def get_complaint(self, complaint: bytes) -> Complaint:
        """`getComplaint`."""
        return self.complaints.get(complaint, Complaint(self.genesis, 0, 0, Status.NONE, 0, 0))

    def evidence_anchor(self, complaint: bytes, evidence_hash: bytes) -> tuple[int, int]:
        """`evidenceAnchor`."""
        return self.evidence.get((complaint, evidence_hash), (0, 0))

    def is_due(self, complaint: bytes) -> bool:
        """`escalatable`."""
        state = self.get_complaint(complaint)
        return state.status is Status.OPEN and state.sla_deadline not in (0, NEVER) and self.now > state.sla_deadline

    # Writes

    def log(self, sender: str, entry: Entry) -> None:
        """`logComplaintEvent`."""
        event_type = _checked_enum(entry)
        if event_type not in LOGGED:
            raise self._invalid_transition(entry.complaint_id, event_type)
        self.record(sender, entry)

    def record(self, sender: str, entry: Entry) -> None:
        """Each of the five functions of recorders."""
        self._check_role(ROLE_OF[EventType(entry.event_type)], sender)
        self._record(sender, entry, sender)

    def record_batch(self, sender: str, entries: tuple[Entry, ...]) -> int:
        """`recordBatch`: how many entries were recorded."""
        recorded, run, is_run_skipped = 0, None, False
        for entry in entries:
            if entry.complaint_id != run:
                run, is_run_skipped = entry.complaint_id, False
            event_type = _checked_enum(entry)
            if event_type not in UNRECORDED:
                self._check_role(ROLE_OF[event_type], sender)
            try:
                if is_run_skipped:
                    raise ModelRevert("PredecessorSkipped")
                if event_type in UNRECORDED:
                    raise self._invalid_transition(entry.complaint_id, event_type)
                self._record(sender, entry, sender)
                recorded += 1
            except ModelRevert as reason:
                is_run_skipped = True
                named = {"complaintId": entry.complaint_id, "nonce": entry.nonce}
                self.events.append(ModelEvent("EntrySkipped", {**named, "reason": SELECTORS[reason.name]}))
        return recorded

    def record_signed(
        self, sender: str, entry: Entry, head: bytes, actor: str, valid_until: int, *, is_genuine: bool
    ) -> None:
        """`recordSigned`. `is_genuine`: `actor` signed exactly this, for this deployment."""
        event_type = _checked_enum(entry)
        if event_type in UNRECORDED:
            raise self._invalid_transition(entry.complaint_id, event_type)
        self._check_role(ROLE_OF[event_type], actor)
        if self.now > valid_until:
            raise ModelRevert("SignatureExpired", validUntil=valid_until)
        if not is_genuine:
            raise ModelRevert("InvalidSignature", signer=actor)
        expected = self.get_complaint(entry.complaint_id).head
        if head not in (ANY_HEAD, expected):
            raise ModelRevert("StaleHead", complaintId=entry.complaint_id, expected=expected, given=head)
        self._record(sender, entry, actor)

    def log_objection(
        self, sender: str, subject: bytes, complainant: str, data: bytes, number: int, *, is_genuine: bool
    ) -> None:
        """`logObjection`. `is_genuine`: `complainant` signed exactly this, for this deployment."""
        if not is_genuine or complainant == ZERO_ADDRESS:
            raise ModelRevert("InvalidSignature", signer=complainant)
        complaint = bound_id(subject, complainant)
        state = self.get_complaint(complaint)
        if state.status is Status.NONE:
            raise self._invalid_transition(complaint, EventType.OBJECTED)
        if number != state.objections:
            raise ModelRevert("StaleNonce", complaintId=complaint, expected=state.objections, given=number)
        if number == MAX_OBJECTIONS:
            raise self._invalid_transition(complaint, EventType.OBJECTED)
        self._record_breaches(complaint, sender)
        state = self.get_complaint(complaint)
        self._append(complaint, state.but(objections=number + 1), EventType.OBJECTED, complainant, data)

    def check_and_escalate(self, sender: str, complaint: bytes) -> int:
        """`checkAndEscalate`: the new level."""
        if not self.is_due(complaint):
            deadline = self.get_complaint(complaint).sla_deadline
            raise ModelRevert("SLANotBreached", complaintId=complaint, deadline=deadline)
        self._record_breaches(complaint, sender)
        return min(self.get_complaint(complaint).escalations, self.max_escalation_level)

    def batch_check_and_escalate(self, sender: str, complaints: tuple[bytes, ...]) -> int:
        """`batchCheckAndEscalate`: how many breaches were put on record."""
        return sum(self._record_breaches(complaint, sender) for complaint in complaints)

    def change_role(self, function: str, sender: str, role: str, account: str) -> None:
        """`grantRole`, `revokeRole` or `renounceRole`."""
        if function == "renounceRole":
            if sender != account:
                raise ModelRevert("AccessControlBadConfirmation")
        elif sender != self.admin:
            raise ModelRevert("AccessControlUnauthorizedAccount", account=sender, neededRole=bytes(32))
        changes, event = {account}, "RoleGranted" if function == "grantRole" else "RoleRevoked"
        holders = self.roles[role] | changes if function == "grantRole" else self.roles[role] - changes
        if holders != self.roles[role]:
            self.roles[role] = holders
            self.events.append(ModelEvent(event, {"role": role_id(role), "account": account, "sender": sender}))

    # What the functions share

    def _record(self, sender: str, entry: Entry, actor: str) -> None:
        """All checks, then the breaches, then the entry's own link."""
        complaint, event_type = entry.complaint_id, EventType(entry.event_type)
        state = self.get_complaint(complaint)
        if entry.nonce != state.nonce:
            raise ModelRevert("StaleNonce", complaintId=complaint, expected=state.nonce, given=entry.nonce)
        to = TRANSITIONS[event_type].get(state.status)
        if to is None or state.nonce == NONCE_END:
            raise self._invalid_transition(complaint, event_type)
        self._check_arguments(entry, state)

        self._record_breaches(complaint, sender)
        state, data = self.get_complaint(complaint), entry.data
        if event_type is EventType.CREATED:
            state = state.but(sla_deadline=self.default_sla)
            chain, count = self.filings
            self.filings = (words.digest(words.fixed(chain), complaint)[:27], count + 1)
        elif event_type is EventType.SLA_DEADLINE_SET:
            state = state.but(sla_deadline=int.from_bytes(data))
        elif event_type is EventType.EVIDENCE_ANCHORED:
            self.evidence[complaint, data] = (self.now, state.event_count + 1)
        state = self._moved(state, to)
        if event_type in (EventType.SLA_PAUSED, EventType.SLA_RESUMED):
            data = words.number(state.sla_deadline)
        self._append(complaint, state, event_type, actor, data)

    def _check_arguments(self, entry: Entry, state: Complaint) -> None:
        complaint, event_type = entry.complaint_id, EventType(entry.event_type)
        if event_type is EventType.EVIDENCE_ANCHORED and (complaint, entry.data) in self.evidence:
            raise ModelRevert("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=entry.data)
        if event_type is EventType.SLA_DEADLINE_SET:
            deadline, after = int.from_bytes(entry.data), self.at(self.now)
            misses = state.escalations + after._record_breaches(complaint, ZERO_ADDRESS)
            if misses >= MAX_ESCALATIONS or not 0 < deadline <= min(self.now + MAX_SLA_DURATION, NEVER - 1):
                raise ModelRevert("DeadlineOutOfRange", complaintId=complaint, deadline=deadline)
        if event_type in CLOCK[1:] and any(entry.data):
            raise ModelRevert("InvalidParameter")

    def _record_breaches(self, complaint: bytes, sender: str) -> int:
        """One link for each missed deadline; how many."""
        before = self.get_complaint(complaint).escalations
        while self.is_due(complaint):
            state = self.get_complaint(complaint)
            missed, level = state.sla_deadline, min(state.escalations + 1, self.max_escalation_level)
            is_last = level == self.max_escalation_level
            following = 0 if is_last else min(missed + self.escalation_interval, NEVER)
            state = state.but(escalations=state.escalations + 1, sla_deadline=following)
            data = words.number(level << 64 | missed << 32 | following)
            self._append(complaint, state, EventType.ESCALATED, sender, data)
        return self.get_complaint(complaint).escalations - before

    def _moved(self, state: Complaint, to: Status) -> Complaint:
        """The clock runs while open and stands still otherwise; what is on it is never lost."""
        clock = state.sla_deadline
        if clock and state.status is not to:
            if state.status is Status.OPEN:
                clock = max(clock - self.now, 1)
            elif to is Status.OPEN:
                clock = min(self.now + clock, NEVER)
        return replace(state, status=to, sla_deadline=clock)

    def _append(self, complaint: bytes, state: Complaint, event_type: EventType, actor: str, data: bytes) -> None:
        sequence = state.event_count + 1
        hashed = (words.number(sequence), words.number(event_type), words.address(actor), words.number(self.now), data)
        head = words.digest(words.fixed(state.head), complaint, *hashed)[:22]
        self.complaints[complaint] = state.but(event_count=sequence, head=head)
        args = {"complaintId": complaint, "eventType": event_type, "actor": actor, "sequence": sequence}
        self.events.append(ModelEvent("LinkAppended", {**args, "timestamp": self.now, "data": data}))

    def _invalid_transition(self, complaint: bytes, event_type: EventType) -> ModelRevert:
        status = self.get_complaint(complaint).status
        return ModelRevert("InvalidTransition", complaintId=complaint, status=status, eventType=event_type)

    def _check_role(self, role: str, account: str) -> None:
        if account not in self.roles[role]:
            raise ModelRevert("AccessControlUnauthorizedAccount", account=account, neededRole=role_id(role))


def role_id(role: str) -> bytes:
    """What the contract calls a role."""
    return keccak(text=role)


def _checked_enum(entry: Entry) -> EventType:
    if entry.event_type not in tuple(EventType):
        raise ModelRevert  # the ABI decoder's, without data
    return EventType(entry.event_type)
