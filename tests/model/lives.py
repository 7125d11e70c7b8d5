"""Lawful lives: what a system that knows the lifecycle and counts nonces would have recorded."""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.model.conftest import PROFILE
from tests.support.contract import Sent
from tests.support.entries import NO_DATA, Entry, complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import (
    CLOCK,
    DAY,
    MAX_SLA_DURATION,
    NEVER,
    RECORDED,
    TRANSITIONS,
    EventType,
    Status,
)

# Seconds from the time of acceptance.
DEADLINES: Final = (1, 60, -DAY, 3600, 2 * DAY, MAX_SLA_DURATION, -3600, 30 * DAY)
PAUSES: Final = (0, 1, 1, 59, 3600, DAY, 3 * DAY, 400 * DAY)
"""Seconds between two transactions."""

numbers = st.integers(0, 2**12 - 1)
pauses = st.sampled_from(PAUSES)


def examples(count: int) -> settings:
    """On how many of them a property is tried: more in a thorough run, fewer in a quick one."""
    factor = {"thorough": 20, "quick": 0.5}.get(PROFILE, 1)
    return settings(max_examples=int(count * factor), suppress_health_check=[*HealthCheck])


@dataclass
class Acceptor:
    """Accepts entries for one complaint in the order of their nonces, by the lifecycle table alone.

    It knows neither escalations nor objections, nor when an entry will land.
    """

    complaint: bytes
    status: Status = Status.NONE
    nonce: int = 0
    accepted: list[Entry] = field(default_factory=list)

    def accept(self, number: int, now: int) -> Entry:
        """Some entry that is lawful next, at the time `now`; which one, the number says."""
        kinds = [kind for kind in RECORDED if self.status in TRANSITIONS[kind]]
        kind = kinds[number % len(kinds)]
        if kind is EventType.SLA_DEADLINE_SET:
            data = min(now + DEADLINES[number // 16 % len(DEADLINES)], NEVER - 1).to_bytes(32)
        elif kind in CLOCK:
            data = NO_DATA
        else:
            data = data_hash(1_000_000 + self.nonce)  # never the same evidence twice
        entry = Entry(self.complaint, kind, data, self.nonce)
        self.status, self.nonce = TRANSITIONS[kind][self.status], self.nonce + 1
        self.accepted.append(entry)
        return entry


@dataclass(frozen=True)
class Meddling:
    """What somebody without a role does between two transactions of recorders."""

    kind: str
    number: int


meddlings = st.lists(
    st.builds(Meddling, st.sampled_from(["escalate", "object", "batch", "single", "replay", "kindless"]), numbers),
    max_size=3,
)


class Stranger:
    """Sends what takes no role, or is refused. Every complaint here is the complainant's."""

    def __init__(self, registry: Registry, numbers: tuple[int, ...], entries: list[Entry]) -> None:
        self.registry = registry
        self.complaint_numbers = numbers
        self.entries = entries
        self.landed: list[str] = []

    def meddle(self, meddling: Meddling, at: int) -> None:
        """In a block of time `at`, seconds."""
        registry, stranger = self.registry, self.registry.actors.stranger
        number = self.complaint_numbers[meddling.number % len(self.complaint_numbers)]
        complaint = complaint_id(number, registry.actors.complainant)
        entries = [entry.abi for entry in self.entries[-2:]]
        call = registry.codec.call
        match meddling.kind:
            case "escalate":
                data = call("batchCheckAndEscalate", [complaint] * (meddling.number % 3 + 1))
            case "object":
                objection = registry.objection(number)
                data = call("logObjection", *objection.arguments, registry.sign_objection(objection))
            case "batch":
                data = call("recordBatch", entries)
            case "single":
                nonce = registry.nonce(complaint)
                data = call("logComplaintEvent", complaint, EventType.NOTED, data_hash(9), nonce)
            case "replay":  # by somebody who could write it, but the nonce is used up
                stranger = registry.actors.operator
                data = call("recordBatch", [] if not entries else entries[:1])
            case _:
                kindless = (complaint, data_hash(8), EventType.OBJECTED, registry.nonce(complaint))
                data = call("recordBatch", [kindless])
        receipt = registry.node.send(stranger, registry.address, data, at=at)
        self.landed += [meddling.kind] * receipt.succeeded


@dataclass(frozen=True)
class Landed:
    """A link but for what depends on who else wrote: its sequence, and of an escalation who noticed it and when."""

    complaint: bytes
    event_type: EventType
    data: bytes
    timestamp: int | None
    actor: str | None


def landed(sent: Sent) -> list[Landed]:
    """What a transaction put on record, objections left out."""
    return [
        Landed(
            args["complaintId"],
            EventType(args["eventType"]),
            args["data"],
            None if args["eventType"] == EventType.ESCALATED else args["timestamp"],
            None if args["eventType"] == EventType.ESCALATED else args["actor"],
        )
        for args in (link.args for link in sent.links)
        if args["eventType"] != EventType.OBJECTED
    ]
