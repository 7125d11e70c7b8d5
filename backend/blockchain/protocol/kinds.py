"""Every kind of link, declared once; all other code uses this declaration. The numbers are those of
`IComplaintRegistry`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final


class Status(IntEnum):
    """Where a complaint stands on the chain."""

    NONE = 0
    OPEN = 1
    ON_HOLD = 2
    RESOLVED = 3
    CLOSED = 4


class EventType(IntEnum):
    """What a link records."""

    CREATED = 0
    ASSIGNED = 1
    STATUS_UPDATED = 2
    COMMENTED = 3
    RESOLVED = 4
    REJECTED = 5
    CLOSED = 6
    REOPENED = 7
    EVIDENCE_ANCHORED = 8
    SLA_DEADLINE_SET = 9
    SLA_PAUSED = 10
    SLA_RESUMED = 11
    ESCALATED = 12
    OBJECTED = 13
    ERASED = 14
    NOTED = 15


class Role(Enum):
    """Who may write a kind. The value is the name that the contract hashes."""

    INTAKE = "INTAKE_ROLE"
    RECORDER = "RECORDER_ROLE"
    SLA_MANAGER = "SLA_MANAGER_ROLE"
    COMPLAINANT = ""  # signs objections
    ANYONE = " "  # records breaches


class Data(Enum):
    """What a link's `data` is."""

    PAYLOAD = "payload"  # commitment to a payload
    DEADLINE = "deadline"  # Unix seconds
    CLOCK = "clock"  # the entry carries zero, the link what the clock shows: seconds left, or the deadline
    BREACH = "breach"  # level << 64 | missed << 32 | next


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of link. `moves`: the status after it, by the status before; a status that is missing forbids it."""

    event_type: EventType
    role: Role
    data: Data
    moves: Mapping[Status, Status]

    @property
    def is_entry(self) -> bool:
        """Whether recorders write it, so that it moves the nonce."""
        return self.role in (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)


def _stays(*statuses: Status) -> Mapping[Status, Status]:
    return {status: status for status in statuses}


def _to(target: Status, *sources: Status) -> Mapping[Status, Status]:
    return dict.fromkeys(sources, target)


_S = Status
_UNRESOLVED = (_S.OPEN, _S.ON_HOLD)
_NOT_CLOSED = (*_UNRESOLVED, _S.RESOLVED)
_ANY = (*_NOT_CLOSED, _S.CLOSED)


def _recorded(event_type: EventType, moves: Mapping[Status, Status], role: Role = Role.RECORDER) -> Kind:
    return Kind(event_type=event_type, role=role, data=Data.PAYLOAD, moves=moves)


def _clock(event_type: EventType, data: Data, moves: Mapping[Status, Status]) -> Kind:
    return Kind(event_type=event_type, role=Role.SLA_MANAGER, data=data, moves=moves)


KINDS: Final[tuple[Kind, ...]] = (
    _recorded(EventType.CREATED, _to(_S.OPEN, _S.NONE), Role.INTAKE),
    _recorded(EventType.ASSIGNED, _stays(*_UNRESOLVED)),
    _recorded(EventType.STATUS_UPDATED, _stays(*_UNRESOLVED)),
    _recorded(EventType.COMMENTED, _stays(*_NOT_CLOSED)),
    _recorded(EventType.RESOLVED, _to(_S.RESOLVED, *_UNRESOLVED)),
    _recorded(EventType.REJECTED, _to(_S.RESOLVED, *_UNRESOLVED)),
    _recorded(EventType.CLOSED, _to(_S.CLOSED, *_NOT_CLOSED)),
    _recorded(EventType.REOPENED, _to(_S.OPEN, _S.RESOLVED, _S.CLOSED)),
    _recorded(EventType.EVIDENCE_ANCHORED, _stays(*_NOT_CLOSED)),
    _clock(EventType.SLA_DEADLINE_SET, Data.DEADLINE, _stays(_S.OPEN)),
    _clock(EventType.SLA_PAUSED, Data.CLOCK, _to(_S.ON_HOLD, _S.OPEN)),
    _clock(EventType.SLA_RESUMED, Data.CLOCK, _to(_S.OPEN, _S.ON_HOLD)),
    Kind(event_type=EventType.ESCALATED, role=Role.ANYONE, data=Data.BREACH, moves=_stays(_S.OPEN)),
    Kind(event_type=EventType.OBJECTED, role=Role.COMPLAINANT, data=Data.PAYLOAD, moves=_stays(*_ANY)),
    _recorded(EventType.ERASED, _stays(*_ANY)),
    _recorded(EventType.NOTED, _stays(*_ANY)),
)

# Complete, and in the order of the numbers, so that the number is the index.
assert [kind.event_type for kind in KINDS] == list(EventType)

ENTRIES: Final = frozenset(kind.event_type for kind in KINDS if kind.is_entry)
"""Kinds that recorders write."""

WITH_PAYLOAD: Final = frozenset(kind.event_type for kind in KINDS if kind.data is Data.PAYLOAD)
"""Kinds whose `data` is the commitment to a payload."""


def kind_of(event_type: int) -> Kind:
    """The declaration of a kind. Raises `IndexError` for a number that is none."""
    if event_type < 0:
        raise IndexError(event_type)
    return KINDS[event_type]


def is_entry(event_type: int) -> bool:
    """Whether a link of this kind was written by a recorder and so moved the nonce."""
    return event_type in ENTRIES
