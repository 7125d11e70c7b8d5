"""The contract as specified (spec 2), in plain Python: the oracle of the stateful tests.

Written from the specification's text. It knows nothing of a chain: who calls and when are arguments.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.model import words
from tests.support.spec import (
    LOGGED,
    MAX_ESCALATION_INTERVAL,
    MAX_SLA_DURATION,
    MAX_UINT24,
    MAX_UINT40,
    TRANSITIONS,
    ZERO_ADDRESS,
    EventType,
    Status,
)

ARITHMETIC_OVERFLOW = 0x11  # Solidity's panic code


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
class ComplaintState:
    """The specification's struct. `sla_deadline`: Unix seconds while open, else the seconds that remain."""

    head: bytes
    event_count: int = 0
    sla_deadline: int = 0
    status: Status = Status.NONE
    escalation_level: int = 0


@dataclass
class RegistryModel:
    """One deployment. A call that raises has changed nothing."""

    chain_id: int
    contract: str
    admin: str
    recorders: list[str]
    sla_managers: list[str]
    escalation_interval: int  # seconds
    max_escalation_level: int
    now: int = 0  # the block's time, seconds
    roles: dict[str, set[str]] = field(init=False)
    complaints: dict[bytes, ComplaintState] = field(init=False, default_factory=dict)
    evidence: dict[tuple[bytes, bytes], tuple[int, int]] = field(init=False, default_factory=dict)
    events: list[ModelEvent] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """The constructor: refuses what is out of range."""
        addresses = [self.admin, *self.recorders, *self.sla_managers]
        if ZERO_ADDRESS in addresses or not 1 <= self.escalation_interval <= MAX_ESCALATION_INTERVAL:
            raise ModelRevert("InvalidParameter")
        if self.max_escalation_level < 1:
            raise ModelRevert("InvalidParameter")
        self.roles = {"RECORDER_ROLE": set(self.recorders), "SLA_MANAGER_ROLE": set(self.sla_managers)}

    @property
    def genesis(self) -> bytes:
        """What stands before every first link."""
        return words.digest(words.number(self.chain_id), words.address(self.contract))[:22]

    # Views

    def get_complaint(self, complaint: bytes) -> ComplaintState:
        """`getComplaint`."""
        return self.complaints.get(complaint, ComplaintState(self.genesis))

    def evidence_anchor(self, complaint: bytes, evidence_hash: bytes) -> tuple[int, int]:
        """`evidenceAnchor`."""
        return self.evidence.get((complaint, evidence_hash), (0, 0))

    def is_escalatable(self, complaint: bytes) -> bool:
        """`isEscalatable`."""
        state = self.get_complaint(complaint)
        return state.status is Status.OPEN and state.sla_deadline != 0 and self.now > state.sla_deadline

    # Writes

    def log(self, sender: str, complaint: bytes, event_type: int, data_hash: bytes, sequence: int) -> None:
        """`logComplaintEvent`."""
        self._check_enum(event_type)
        self._check_role("RECORDER_ROLE", sender)
        self._log(sender, complaint, EventType(event_type), data_hash, sequence)

    def log_signed(
        self,
        complaint: bytes,
        event_type: int,
        data_hash: bytes,
        sequence: int,
        actor: str,
        valid_until: int,
        *,
        is_genuine: bool,
    ) -> None:
        """`logComplaintEventWithSignature`. `is_genuine`: `actor` signed exactly this, for this deployment."""
        self._check_enum(event_type)
        self._check_role("RECORDER_ROLE", actor)
        if self.now > valid_until:
            raise ModelRevert("SignatureExpired", validUntil=valid_until)
        if not is_genuine:
            raise ModelRevert("InvalidSignature", actor=actor)
        self._log(actor, complaint, EventType(event_type), data_hash, sequence)

    def anchor_evidence(self, sender: str, complaint: bytes, evidence_hash: bytes, sequence: int) -> None:
        """`anchorEvidence`."""
        self._check_role("RECORDER_ROLE", sender)
        state = self._next(complaint, sequence)
        self._transition(complaint, state, EventType.EVIDENCE_ANCHORED)
        if (complaint, evidence_hash) in self.evidence:
            raise ModelRevert("EvidenceAlreadyAnchored", complaintId=complaint, evidenceHash=evidence_hash)
        self.evidence[complaint, evidence_hash] = (self.now, sequence)
        self._append(complaint, state, EventType.EVIDENCE_ANCHORED, sender, evidence_hash)
        self._emit("EvidenceAnchored", complaint, state, sender, evidenceHash=evidence_hash)

    def set_sla_deadline(self, sender: str, complaint: bytes, deadline: int, sequence: int) -> None:
        """`setSLADeadline`."""
        self._check_role("SLA_MANAGER_ROLE", sender)
        state = self._next(complaint, sequence)
        self._transition(complaint, state, EventType.SLA_DEADLINE_SET)
        self._check_breach_recorded(complaint)
        if not self.now < deadline <= self.now + MAX_SLA_DURATION:
            raise ModelRevert("DeadlineOutOfRange", complaintId=complaint, deadline=deadline)
        state.sla_deadline = deadline
        self._append(complaint, state, EventType.SLA_DEADLINE_SET, sender, words.number(deadline))
        self._emit("SLADeadlineSet", complaint, state, sender, deadline=deadline)

    def pause_sla(self, sender: str, complaint: bytes, sequence: int) -> None:
        """`pauseSLA`."""
        self._check_role("SLA_MANAGER_ROLE", sender)
        state = self._next(complaint, sequence)
        to = self._transition(complaint, state, EventType.SLA_PAUSED)
        if state.sla_deadline == 0:
            raise self._invalid_transition(complaint, state, EventType.SLA_PAUSED)
        self._check_breach_recorded(complaint)
        self._move(state, to)
        self._append(complaint, state, EventType.SLA_PAUSED, sender, words.number(state.sla_deadline))
        self._emit("SLAPaused", complaint, state, sender, remaining=state.sla_deadline)

    def resume_sla(self, sender: str, complaint: bytes, sequence: int) -> None:
        """`resumeSLA`."""
        self._check_role("SLA_MANAGER_ROLE", sender)
        state = self._next(complaint, sequence)
        to = self._transition(complaint, state, EventType.SLA_RESUMED)
        self._move(state, to)
        self._append(complaint, state, EventType.SLA_RESUMED, sender, words.number(state.sla_deadline))
        self._emit("SLAResumed", complaint, state, sender, deadline=state.sla_deadline)

    def check_and_escalate(self, sender: str, complaint: bytes) -> int:
        """`checkAndEscalate`: the new level."""
        state = self.get_complaint(complaint)
        if not self.is_escalatable(complaint):
            raise ModelRevert("SLANotBreached", complaintId=complaint, deadline=state.sla_deadline)
        if state.event_count == MAX_UINT24:
            raise ModelRevert("Panic", code=ARITHMETIC_OVERFLOW)
        missed = state.sla_deadline
        state.escalation_level = min(state.escalation_level + 1, self.max_escalation_level)
        is_last = state.escalation_level == self.max_escalation_level
        state.sla_deadline = 0 if is_last else min(missed + self.escalation_interval, MAX_UINT40)
        parts = (state.escalation_level, missed, state.sla_deadline)
        self._append(complaint, state, EventType.ESCALATED, sender, words.digest(*map(words.number, parts)))
        names = ("level", "missedDeadline", "nextDeadline")
        self._emit("ComplaintEscalated", complaint, state, sender, **dict(zip(names, parts, strict=True)))
        return state.escalation_level

    def batch_check_and_escalate(self, sender: str, complaints: list[bytes]) -> int:
        """`batchCheckAndEscalate`: how many breaches were put on record."""
        escalated = 0
        for complaint in complaints:
            if self.is_escalatable(complaint):
                self.check_and_escalate(sender, complaint)
                escalated += 1
        return escalated

    def grant_role(self, sender: str, role: str, account: str) -> None:
        """`grantRole`."""
        self._check_admin(sender)
        if account not in self.roles[role]:
            self.roles[role].add(account)
            self._emit_role("RoleGranted", role, account, sender)

    def revoke_role(self, sender: str, role: str, account: str) -> None:
        """`revokeRole`."""
        self._check_admin(sender)
        self._drop_role(sender, role, account)

    def renounce_role(self, sender: str, role: str, account: str) -> None:
        """`renounceRole`, of oneself only."""
        if sender != account:
            raise ModelRevert("AccessControlBadConfirmation")
        self._drop_role(sender, role, account)

    def copy(self) -> "RegistryModel":
        """An independent model in the same state."""
        return deepcopy(self)

    # What the functions share

    def _log(self, actor: str, complaint: bytes, event_type: EventType, data_hash: bytes, sequence: int) -> None:
        state = self._next(complaint, sequence)
        if event_type not in LOGGED:
            raise self._invalid_transition(complaint, state, event_type)
        to = self._transition(complaint, state, event_type)
        if state.status is Status.OPEN and to is not Status.OPEN:
            self._check_breach_recorded(complaint)
        self._move(state, to)
        self._append(complaint, state, event_type, actor, data_hash)
        self._emit("ComplaintEventLogged", complaint, state, actor, eventType=event_type, dataHash=data_hash)

    def _move(self, state: ComplaintState, to: Status) -> None:
        """The clock runs while open and stands still otherwise; what is on it is never lost."""
        if state.sla_deadline and state.status is not to:
            if state.status is Status.OPEN:
                state.sla_deadline = max(state.sla_deadline - self.now, 1)
            elif to is Status.OPEN:
                state.sla_deadline = min(self.now + state.sla_deadline, MAX_UINT40)
        state.status = to

    def _append(
        self, complaint: bytes, state: ComplaintState, event_type: EventType, actor: str, data_hash: bytes
    ) -> None:
        state.event_count += 1
        state.head = words.digest(
            words.fixed(state.head),
            words.fixed(complaint),
            words.number(state.event_count),
            words.number(event_type),
            words.address(actor),
            words.number(self.now),
            words.fixed(data_hash),
        )[:22]
        self.complaints[complaint] = state

    def _next(self, complaint: bytes, sequence: int) -> ComplaintState:
        state = self.get_complaint(complaint)
        if state.event_count == MAX_UINT24:
            raise ModelRevert("Panic", code=ARITHMETIC_OVERFLOW)
        expected = state.event_count + 1
        if sequence != expected:
            raise ModelRevert("StaleSequence", complaintId=complaint, expected=expected, given=sequence)
        return state

    def _transition(self, complaint: bytes, state: ComplaintState, event_type: EventType) -> Status:
        to = TRANSITIONS[event_type].get(state.status)
        if to is None:
            raise self._invalid_transition(complaint, state, event_type)
        return to

    def _invalid_transition(self, complaint: bytes, state: ComplaintState, event_type: EventType) -> ModelRevert:
        return ModelRevert("InvalidTransition", complaintId=complaint, status=state.status, eventType=event_type)

    def _check_breach_recorded(self, complaint: bytes) -> None:
        if self.is_escalatable(complaint):
            deadline = self.get_complaint(complaint).sla_deadline
            raise ModelRevert("SLABreachUnrecorded", complaintId=complaint, deadline=deadline)

    @staticmethod
    def _check_enum(event_type: int) -> None:
        if event_type not in tuple(EventType):
            raise ModelRevert  # the ABI decoder's, without data

    def _check_role(self, role: str, account: str) -> None:
        if account not in self.roles[role]:
            raise ModelRevert("AccessControlUnauthorizedAccount", account=account, neededRole=role_id(role))

    def _check_admin(self, account: str) -> None:
        if account != self.admin:
            raise ModelRevert("AccessControlUnauthorizedAccount", account=account, neededRole=bytes(32))

    def _drop_role(self, sender: str, role: str, account: str) -> None:
        if account in self.roles[role]:
            self.roles[role].remove(account)
            self._emit_role("RoleRevoked", role, account, sender)

    def _emit(self, name: str, complaint: bytes, state: ComplaintState, actor: str, **fields: Any) -> None:
        common = {"complaintId": complaint, "actor": actor, "sequence": state.event_count, "timestamp": self.now}
        self.events.append(ModelEvent(name, common | fields))

    def _emit_role(self, name: str, role: str, account: str, sender: str) -> None:
        self.events.append(ModelEvent(name, {"role": role_id(role), "account": account, "sender": sender}))


def role_id(role: str) -> bytes:
    """What the contract calls a role."""
    return words.digest(role.encode())
