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


LOGGED: Final = tuple(EventType)[:8]
"""The types that `logComplaintEvent` writes; the others are written by the function that has the effect."""

DAY: Final = 86_400  # seconds
MAX_SLA_DURATION: Final = 3_650 * DAY  # seconds
MAX_ESCALATION_INTERVAL: Final = 365 * DAY  # seconds
MAX_UINT8: Final = 2**8 - 1
MAX_UINT24: Final = 2**24 - 1
MAX_UINT40: Final = 2**40 - 1
ZERO_HASH: Final = bytes(32)
ZERO_ADDRESS: Final = "0x" + "00" * 20

# Rule 3: from which status a link may be appended, and which status it leads to.
TRANSITIONS: Final[dict[EventType, dict[Status, Status]]] = {
    EventType.CREATED: {Status.NONE: Status.OPEN},
    EventType.ASSIGNED: {Status.OPEN: Status.OPEN, Status.ON_HOLD: Status.ON_HOLD},
    EventType.STATUS_UPDATED: {Status.OPEN: Status.OPEN, Status.ON_HOLD: Status.ON_HOLD},
    EventType.COMMENTED: {
        Status.OPEN: Status.OPEN,
        Status.ON_HOLD: Status.ON_HOLD,
        Status.RESOLVED: Status.RESOLVED,
    },
    EventType.RESOLVED: {Status.OPEN: Status.RESOLVED, Status.ON_HOLD: Status.RESOLVED},
    EventType.REJECTED: {Status.OPEN: Status.RESOLVED, Status.ON_HOLD: Status.RESOLVED},
    EventType.CLOSED: {
        Status.OPEN: Status.CLOSED,
        Status.ON_HOLD: Status.CLOSED,
        Status.RESOLVED: Status.CLOSED,
    },
    EventType.REOPENED: {Status.RESOLVED: Status.OPEN, Status.CLOSED: Status.OPEN},
    EventType.EVIDENCE_ANCHORED: {
        Status.OPEN: Status.OPEN,
        Status.ON_HOLD: Status.ON_HOLD,
        Status.RESOLVED: Status.RESOLVED,
    },
    EventType.SLA_DEADLINE_SET: {Status.OPEN: Status.OPEN},
    EventType.SLA_PAUSED: {Status.OPEN: Status.ON_HOLD},
    EventType.SLA_RESUMED: {Status.ON_HOLD: Status.OPEN},
    EventType.ESCALATED: {Status.OPEN: Status.OPEN},
}
