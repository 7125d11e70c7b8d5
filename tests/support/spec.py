"""The specification's numbers and tables, written down from its text and from nothing else."""

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    NONE = 0
    OPEN = 1
    ON_HOLD = 2
    RESOLVED = 3
    CLOSED = 4


class EventType(IntEnum):
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


LOGGED: Final = (*tuple(EventType)[:8], EventType.ERASED, EventType.NOTED)
"""The types that `logComplaintEvent` writes; each of the others has a function of its own."""

UNRECORDED: Final = (EventType.ESCALATED, EventType.OBJECTED)
"""The types that no entry has: time brings about the one, the complainant the other."""

RECORDED: Final = tuple(event_type for event_type in EventType if event_type not in UNRECORDED)
"""The types that an entry may have."""

CLOCK: Final = (EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED, EventType.SLA_RESUMED)
"""The types that need SLA_MANAGER_ROLE."""

INTAKE_ROLE: Final = "INTAKE_ROLE"
RECORDER_ROLE: Final = "RECORDER_ROLE"
SLA_MANAGER_ROLE: Final = "SLA_MANAGER_ROLE"
ROLES: Final = (INTAKE_ROLE, RECORDER_ROLE, SLA_MANAGER_ROLE)

ROLE_OF: Final[dict[EventType, str]] = {
    event_type: INTAKE_ROLE
    if event_type is EventType.CREATED
    else SLA_MANAGER_ROLE
    if event_type in CLOCK
    else RECORDER_ROLE
    for event_type in RECORDED
}
"""The role that the actor of a recorded link needs."""

DAY: Final = 86_400  # seconds
MAX_SLA_DURATION: Final = 3_650 * DAY  # seconds
MAX_ESCALATION_INTERVAL: Final = 365 * DAY  # seconds
MAX_ESCALATION_LEVEL: Final = 32
MAX_ADMIN_TRANSFER_DELAY: Final = 365 * DAY  # seconds
MAX_UINT8: Final = 2**8 - 1
MAX_UINT24: Final = 2**24 - 1
MAX_UINT32: Final = 2**32 - 1
MAX_UINT40: Final = 2**40 - 1
NEVER: Final = 2**32 - 1  # a deadline that saturated, never due
NONCE_END: Final = 2**24 - 511  # a recorder's link at this nonce is refused
MAX_ESCALATIONS: Final = 255
MAX_OBJECTIONS: Final = 255
ZERO_HASH: Final = bytes(32)
ZERO_ADDRESS: Final = "0x" + "00" * 20
ANY_HEAD: Final = bytes(22)

_ALL_BUT_NONE: Final = {status: status for status in tuple(Status)[1:]}
_UNRESOLVED: Final = {Status.OPEN: Status.OPEN, Status.ON_HOLD: Status.ON_HOLD}

# From which status a link may be appended, and which status it leads to.
TRANSITIONS: Final[dict[EventType, dict[Status, Status]]] = {
    EventType.CREATED: {Status.NONE: Status.OPEN},
    EventType.ASSIGNED: _UNRESOLVED,
    EventType.STATUS_UPDATED: _UNRESOLVED,
    EventType.COMMENTED: {**_UNRESOLVED, Status.RESOLVED: Status.RESOLVED},
    EventType.RESOLVED: {Status.OPEN: Status.RESOLVED, Status.ON_HOLD: Status.RESOLVED},
    EventType.REJECTED: {Status.OPEN: Status.RESOLVED, Status.ON_HOLD: Status.RESOLVED},
    EventType.CLOSED: {
        Status.OPEN: Status.CLOSED,
        Status.ON_HOLD: Status.CLOSED,
        Status.RESOLVED: Status.CLOSED,
    },
    EventType.REOPENED: {Status.RESOLVED: Status.OPEN, Status.CLOSED: Status.OPEN},
    EventType.EVIDENCE_ANCHORED: {**_UNRESOLVED, Status.RESOLVED: Status.RESOLVED},
    EventType.SLA_DEADLINE_SET: {Status.OPEN: Status.OPEN},
    EventType.SLA_PAUSED: {Status.OPEN: Status.ON_HOLD},
    EventType.SLA_RESUMED: {Status.ON_HOLD: Status.OPEN},
    EventType.ESCALATED: {Status.OPEN: Status.OPEN},
    EventType.OBJECTED: _ALL_BUT_NONE,
    EventType.ERASED: _ALL_BUT_NONE,
    EventType.NOTED: _ALL_BUT_NONE,
}
