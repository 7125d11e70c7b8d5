"""Every kind of write to a complaint by every route, so that one test can say something of all of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pytest

from tests.support.codec import Event
from tests.support.contract import Sent, reverts
from tests.support.entries import Entry, complaint_id
from tests.support.registry import Registry
from tests.support.spec import DAY, LOGGED, RECORDED, ROLE_OF, EventType, Status

# How far ahead of the latest block the deadline of these tests lies, seconds.
TIME_LEFT: Final = 10 * DAY

# The status that each link is written from here; other statuses have tests of their own.
START: Final[dict[EventType, Status]] = {
    EventType.CREATED: Status.NONE,
    EventType.REOPENED: Status.RESOLVED,
    EventType.SLA_RESUMED: Status.ON_HOLD,
}

_OWN_FUNCTION: Final = {
    EventType.EVIDENCE_ANCHORED: "anchorEvidence",
    EventType.SLA_DEADLINE_SET: "setSLADeadline",
    EventType.SLA_PAUSED: "pauseSLA",
    EventType.SLA_RESUMED: "resumeSLA",
}


class Route(StrEnum):
    """How a link gets onto the chain."""

    SINGLE = "single"
    BATCH = "batch"
    SIGNED = "signed"


@dataclass(frozen=True)
class Write:
    """One way to append one link. `ESCALATED` has no signed route, `OBJECTED` no other."""

    event_type: EventType
    route: Route = Route.SINGLE

    @property
    def name(self) -> str:
        return f"{self.event_type.name.lower()}_{self.route}"

    @property
    def is_recorded(self) -> bool:
        """Whether an entry writes it: by a role, with a nonce."""
        return self.event_type in RECORDED

    @property
    def function(self) -> str:
        """The contract's function."""
        match self.event_type, self.route:
            case EventType.OBJECTED, _:
                return "logObjection"
            case EventType.ESCALATED, Route.BATCH:
                return "batchCheckAndEscalate"
            case EventType.ESCALATED, _:
                return "checkAndEscalate"
            case _, Route.BATCH:
                return "recordBatch"
            case _, Route.SIGNED:
                return "recordSigned"
        return "logComplaintEvent" if self.event_type in LOGGED else _OWN_FUNCTION[self.event_type]

    @property
    def role(self) -> str | None:
        """The role that the link's actor needs; none for an escalation and an objection."""
        return ROLE_OF.get(self.event_type)

    @property
    def start(self) -> Status:
        """The status that `prepare` brings a complaint to."""
        return START.get(self.event_type, Status.OPEN)

    def actor(self, registry: Registry) -> str:
        """Who is on record for it."""
        if self.event_type is EventType.ESCALATED:
            return registry.actors.stranger
        if self.event_type is EventType.OBJECTED:
            return registry.actors.complainant
        return registry.actors.signer if self.route is Route.SIGNED else registry.holder(self.event_type)

    def sender(self, registry: Registry) -> str:
        """Who sends the transaction."""
        return registry.actors.relayer if self.route is Route.SIGNED else self.actor(registry)

    def prepare(self, registry: Registry, complaint: bytes, *, time_left: int | None = TIME_LEFT) -> bytes:
        """Brings an unknown complaint to where this write is allowed. Returns its id."""
        registry.bring_to(complaint, self.start, time_left=time_left)
        if self.event_type is EventType.ESCALATED:
            registry.node.warp(registry.complaint(complaint).sla_deadline)
        return complaint

    def entry(self, registry: Registry, complaint: bytes, nonce: int | None = None) -> Entry:
        """What it records, with the expected nonce unless told otherwise."""
        deadline = registry.node.time + 2 * TIME_LEFT if self.event_type is EventType.SLA_DEADLINE_SET else None
        return registry.entry(complaint, self.event_type, deadline, nonce)

    def send(
        self,
        registry: Registry,
        complaint: bytes,
        nonce: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
    ) -> Sent:
        """Sends it, with the expected nonce unless told otherwise. `nonce`: of an objection, its number."""
        __tracebackhide__ = True
        return registry.send_data(
            self.calldata(registry, complaint, nonce), sender=sender or self.sender(registry), at=at
        )

    def calldata(self, registry: Registry, complaint: bytes, nonce: int | None = None) -> bytes:
        """What `send` sends. Only complaint 1 of the complainant's can be objected to."""
        if self.event_type is EventType.ESCALATED:
            return registry.codec.call(self.function, [complaint] if self.route is Route.BATCH else complaint)
        if self.event_type is EventType.OBJECTED:
            assert complaint == complaint_id(1, registry.actors.complainant)
            objection = registry.objection(1, objections=nonce)
            return registry.codec.call(self.function, *objection.arguments, registry.sign_objection(objection))
        entry = self.entry(registry, complaint, nonce)
        if self.route is Route.BATCH:
            return registry.codec.call(self.function, [entry.abi])
        if self.route is Route.SIGNED:
            signed = registry.signed(entry)
            return registry.codec.call(self.function, *signed.arguments, registry.sign_entry(signed))
        return registry.calldata(entry)


def assert_refused(
    registry: Registry,
    write: Write,
    complaint: bytes,
    error: str,
    *,
    nonce: int | None = None,
    at: int | None = None,
    **arguments: Any,
) -> None:
    """The write changes nothing: it reverts with this error, or the batch leaves it out for this reason."""
    __tracebackhide__ = True
    before = registry.complaint(complaint)
    if write.is_recorded and write.route is Route.BATCH:
        sent = write.send(registry, complaint, nonce, at=at)
        given = before.nonce if nonce is None else nonce
        reason = registry.selector(error)
        assert sent.event == skipped(registry, complaint, given, reason)
    else:
        with reverts(error, complaintId=complaint, **arguments):
            write.send(registry, complaint, nonce, at=at)
    assert registry.complaint(complaint) == before


def skipped(registry: Registry, complaint: bytes, nonce: int, reason: bytes) -> Event:
    """The event of an entry that was left out. `reason`: a selector."""
    return Event("EntrySkipped", {"complaintId": complaint, "nonce": nonce, "reason": reason}, registry.address)


def link_event(
    registry: Registry, complaint: bytes, event_type: int, actor: str, sequence: int, timestamp: int, data: bytes
) -> Event:
    """The event of a link. `timestamp`: Unix seconds."""
    arguments = {
        "complaintId": complaint,
        "eventType": event_type,
        "actor": actor,
        "sequence": sequence,
        "timestamp": timestamp,
        "data": data,
    }
    return Event("LinkAppended", arguments, registry.address)


RECORDING: Final = tuple(Write(event_type, route) for event_type in RECORDED for route in Route)
"""The writes that a nonce guards."""

WRITES: Final = (
    *RECORDING,
    Write(EventType.ESCALATED),
    Write(EventType.ESCALATED, Route.BATCH),
    Write(EventType.OBJECTED, Route.SIGNED),
)
"""All writes."""


def every(*writes: Write) -> pytest.MarkDecorator:
    """A test for each of these writes, as its parameter `write`."""
    return pytest.mark.parametrize("write", writes, ids=[write.name for write in writes])


every_recording = every(*RECORDING)
every_write = every(*WRITES)
