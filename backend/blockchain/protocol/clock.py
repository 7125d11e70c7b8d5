"""One complaint as the contract keeps it, folded link by link; and the arithmetic of its clock.

`docs/specification.md` 2.4. Times are Unix seconds, durations seconds.
"""

from dataclasses import dataclass

from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.lifecycle import transition
from blockchain.protocol.links import Breach, LinkLike, breach_of, link_hash

NEVER = 2**32 - 1
"""Where arithmetic on deadlines saturates; such a deadline is never due."""

MAX_BREACHES = 255
MAX_SLA_DURATION = 3650 * 86_400


@dataclass(frozen=True, kw_only=True)
class ClockRules:
    """The parameters of a deployment, in seconds; the level at which escalation ends."""

    default_sla: int
    escalation_interval: int
    max_escalation_level: int


@dataclass(slots=True)
class ComplaintFold:
    """The slot of one complaint. `sla_deadline`: a time while OPEN, else the seconds that are left; 0 for none."""

    head: bytes
    event_count: int = 0
    sla_deadline: int = 0
    status: Status = Status.NONE
    escalations: int = 0
    objections: int = 0

    @property
    def nonce(self) -> int:
        """Number of links that recorders have written."""
        return self.event_count - self.escalations - self.objections

    def is_due(self, at: int) -> bool:
        """Whether a breach is to be recorded in a block of the time `at`."""
        return self.status is Status.OPEN and is_missed(self.sla_deadline, at)

    def add(self, link: LinkLike, rules: ClockRules) -> None:
        """Takes the next link into account. What the contract would never write shows in nothing but the head."""
        event_type, at = link.event_type, link.timestamp
        self.head = link_hash(head=self.head, link=link)
        self.event_count = link.sequence
        if event_type == EventType.ESCALATED:
            self.escalations += 1
            self.sla_deadline = breach_of(link.data).next
        elif event_type == EventType.OBJECTED:
            self.objections += 1
        elif event_type == EventType.SLA_DEADLINE_SET:
            self.sla_deadline = int(link.data, 16) & NEVER
        else:
            self._move(event_type, at, rules)

    def _move(self, event_type: int, at: int, rules: ClockRules) -> None:
        following = transition(self.status, event_type)
        if following is None or following is self.status:
            return
        if self.status is Status.NONE:
            self.sla_deadline = rules.default_sla
        if self.sla_deadline:
            if self.status is Status.OPEN:
                self.sla_deadline = seconds_left(self.sla_deadline, at)
            elif following is Status.OPEN:
                self.sla_deadline = deadline_after(at, self.sla_deadline)
        self.status = following


def is_missed(deadline: int, at: int) -> bool:
    """Whether a deadline has passed at the time `at`; 0 is none, `NEVER` never does."""
    return deadline not in (0, NEVER) and at > deadline


def deadline_after(start: int, duration: int) -> int:
    """`start + duration`, saturating at `NEVER`."""
    return min(start + duration, NEVER)


def seconds_left(deadline: int, at: int) -> int:
    """Seconds left on a running clock that is not due; at least 1, since 0 means that there was no deadline."""
    return max(1, deadline - at)


def breaches(*, deadline: int, escalations: int, at: int, rules: ClockRules) -> list[Breach]:
    """The breaches that a write in a block of the time `at` puts on record first, of a complaint that is OPEN."""
    found = []
    while is_missed(deadline, at) and escalations < MAX_BREACHES:
        escalations += 1
        level = min(escalations, rules.max_escalation_level)
        following = deadline_after(deadline, rules.escalation_interval) if level < rules.max_escalation_level else 0
        found.append(Breach(level=level, missed=deadline, next=following))
        deadline = following
    return found
