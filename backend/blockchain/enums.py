"""The contract's enums, with its numbers. See `contracts/interfaces/IComplaintRegistry.sol`."""

from django.db.models import IntegerChoices


class ComplaintStatus(IntegerChoices):
    NONE = 0
    OPEN = 1
    ON_HOLD = 2
    RESOLVED = 3
    CLOSED = 4


class EventType(IntegerChoices):
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


# Written by `logComplaintEvent`, with a commitment to a payload.
LOGGED_EVENT_TYPES = frozenset(range(EventType.CREATED, EventType.REOPENED + 1))
