"""Every kind of write to a complaint, so that one test can say something of all of them."""

from dataclasses import dataclass
from typing import Final

import pytest

from tests.support.contract import Sent
from tests.support.registry import Registry, data_hash
from tests.support.signing import SignedEvent
from tests.support.spec import DAY, LOGGED, MAX_UINT40, EventType, Status

# How far ahead of the latest block the deadline of these tests lies, seconds.
TIME_LEFT: Final = 10 * DAY

# The status that each link is written from here; other statuses have tests of their own.
START: Final[dict[EventType, Status]] = {
    EventType.CREATED: Status.NONE,
    EventType.REOPENED: Status.RESOLVED,
    EventType.SLA_RESUMED: Status.ON_HOLD,
}


@dataclass(frozen=True)
class Write:
    """One way to append one link."""

    event_type: EventType
    signed: bool = False

    @property
    def name(self) -> str:
        return self.event_type.name.lower() + ("_signed" if self.signed else "")

    @property
    def function(self) -> str:
        """The contract's function."""
        if self.signed:
            return "logComplaintEventWithSignature"
        if self.event_type in LOGGED:
            return "logComplaintEvent"
        return {
            EventType.EVIDENCE_ANCHORED: "anchorEvidence",
            EventType.SLA_DEADLINE_SET: "setSLADeadline",
            EventType.SLA_PAUSED: "pauseSLA",
            EventType.SLA_RESUMED: "resumeSLA",
            EventType.ESCALATED: "checkAndEscalate",
        }[self.event_type]

    @property
    def role(self) -> str | None:
        """The role that the link's actor needs; none for an escalation."""
        if self.event_type is EventType.ESCALATED:
            return None
        is_sla = self.event_type in (EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED, EventType.SLA_RESUMED)
        return "SLA_MANAGER_ROLE" if is_sla else "RECORDER_ROLE"

    @property
    def start(self) -> Status:
        """The status that `prepare` brings a complaint to."""
        return START.get(self.event_type, Status.OPEN)

    @property
    def event(self) -> str:
        """The name of the event that it emits."""
        if self.event_type in LOGGED:
            return "ComplaintEventLogged"
        return {
            EventType.EVIDENCE_ANCHORED: "EvidenceAnchored",
            EventType.SLA_DEADLINE_SET: "SLADeadlineSet",
            EventType.SLA_PAUSED: "SLAPaused",
            EventType.SLA_RESUMED: "SLAResumed",
            EventType.ESCALATED: "ComplaintEscalated",
        }[self.event_type]

    def actor(self, registry: Registry) -> str:
        """Who is on record for it."""
        if self.signed:
            return registry.actors.signer
        return {
            None: registry.actors.stranger,
            "RECORDER_ROLE": registry.actors.recorder,
            "SLA_MANAGER_ROLE": registry.actors.sla_manager,
        }[self.role]

    def prepare(self, registry: Registry, complaint: bytes) -> bytes:
        """Brings an unknown complaint to where this write is allowed. Returns its id."""
        registry.bring_to(complaint, self.start, time_left=TIME_LEFT)
        if self.event_type is EventType.ESCALATED:
            registry.node.warp(registry.complaint(complaint).sla_deadline)
        return complaint

    def send(
        self, registry: Registry, complaint: bytes, sequence: int | None = None, *, sender: str | None = None
    ) -> Sent:
        """Sends it, with the expected sequence unless told otherwise."""
        sequence = registry.next_sequence(complaint) if sequence is None else sequence
        sender = sender or (registry.actors.relayer if self.signed else self.actor(registry))
        return registry.send_data(self.calldata(registry, complaint, sequence), sender=sender)

    def calldata(self, registry: Registry, complaint: bytes, sequence: int) -> bytes:
        """What `send` sends."""
        arguments: list[object] = [complaint]
        if self.signed:
            actor = registry.actors.signer
            event = SignedEvent(complaint, self.event_type, data_hash(sequence), sequence, actor, MAX_UINT40)
            arguments += [self.event_type, event.data_hash, sequence, actor, MAX_UINT40, registry.sign(event)]
        elif self.event_type in LOGGED:
            arguments += [self.event_type, data_hash(sequence), sequence]
        elif self.event_type is EventType.EVIDENCE_ANCHORED:
            arguments += [data_hash(sequence), sequence]
        elif self.event_type is EventType.SLA_DEADLINE_SET:
            arguments += [registry.node.time + 2 * TIME_LEFT, sequence]
        elif self.event_type is not EventType.ESCALATED:
            arguments += [sequence]
        return registry.codec.call(self.function, *arguments)


SEQUENCED: Final = (
    *(Write(event_type) for event_type in tuple(EventType)[:12]),
    *(Write(event_type, signed=True) for event_type in LOGGED),
)
"""The writes that pass the sequence they mean."""

WRITES: Final = (*SEQUENCED, Write(EventType.ESCALATED))
"""All writes."""

every_sequenced_write = pytest.mark.parametrize("write", SEQUENCED, ids=[write.name for write in SEQUENCED])
every_write = pytest.mark.parametrize("write", WRITES, ids=[write.name for write in WRITES])
