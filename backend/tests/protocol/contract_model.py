"""The contract's rules of status and clock, written down from the specification's text and from nothing else.

It makes lawful lives: the links that the contract would write, one after the other. The oracle of what folds links.
"""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from blockchain.protocol.links import Link

NONE, OPEN, ON_HOLD, RESOLVED, CLOSED = range(5)
SET, PAUSED, RESUMED, ESCALATED, OBJECTED = 9, 10, 11, 12, 13

NEVER: Final = 2**32 - 1
DAY: Final = 86_400
LONGEST: Final = 3_650 * DAY
MOST: Final = 255  # recorded misses, and objections

_UNRESOLVED = {OPEN: OPEN, ON_HOLD: ON_HOLD}
_NOT_CLOSED = {**_UNRESOLVED, RESOLVED: RESOLVED}
_ANY = {**_NOT_CLOSED, CLOSED: CLOSED}

# The status after each kind of link, by the status before it; what is missing is forbidden.
MOVES: Final[tuple[dict[int, int], ...]] = (
    {NONE: OPEN},  # CREATED
    _UNRESOLVED,  # ASSIGNED
    _UNRESOLVED,  # STATUS_UPDATED
    _NOT_CLOSED,  # COMMENTED
    {OPEN: RESOLVED, ON_HOLD: RESOLVED},  # RESOLVED
    {OPEN: RESOLVED, ON_HOLD: RESOLVED},  # REJECTED
    {OPEN: CLOSED, ON_HOLD: CLOSED, RESOLVED: CLOSED},  # CLOSED
    {RESOLVED: OPEN, CLOSED: OPEN},  # REOPENED
    _NOT_CLOSED,  # EVIDENCE_ANCHORED
    {OPEN: OPEN},  # SLA_DEADLINE_SET
    {OPEN: ON_HOLD},  # SLA_PAUSED
    {ON_HOLD: OPEN},  # SLA_RESUMED
    {OPEN: OPEN},  # ESCALATED
    _ANY,  # OBJECTED
    _ANY,  # ERASED
    _ANY,  # NOTED
)


@dataclass(kw_only=True)
class Registry:
    """One complaint of a registry, and the links that it wrote. Times and durations in seconds."""

    default_sla: int
    interval: int
    max_level: int
    complaint_id: str = "0x" + "11" * 32
    status: int = NONE
    deadline: int = 0
    escalations: int = 0
    objections: int = 0
    links: list[Link] = field(default_factory=list)
    # The nonce that each link used; None of what no recorder wrote.
    nonces: list[int | None] = field(default_factory=list)

    @property
    def nonce(self) -> int:
        return sum(nonce is not None for nonce in self.nonces)

    def act(self, kind: int, *, at: int, deadline: int = 0) -> bool:
        """One call in a block of the time `at`; False if the contract refuses it, and writes nothing."""
        missed = self._missed(at)
        following = MOVES[kind].get(self.status)
        if following is None or (kind == ESCALATED and not missed):
            return False
        recorded = min(self.escalations + len(missed), MOST)
        if kind == SET and (not 0 < deadline < NEVER or deadline > at + LONGEST or recorded == MOST):
            return False
        if kind == OBJECTED and self.objections == MOST:
            return False
        for level, was, following_deadline in missed:
            self.escalations += 1
            self.deadline = following_deadline
            self._append(ESCALATED, at, level << 64 | was << 32 | following_deadline)
        if kind == ESCALATED:
            return True
        data = 1_000 + len(self.links)  # stands for a commitment
        if kind == OBJECTED:
            self.objections += 1
        elif kind == SET:
            data = self.deadline = deadline
        else:
            self._move(following, at)
            if kind in (PAUSED, RESUMED):
                data = self.deadline
        self._append(kind, at, data)
        return True

    def _missed(self, at: int) -> list[tuple[int, int, int]]:
        """Level, missed deadline and next deadline of each miss that is to be recorded first."""
        found, deadline, count = [], self.deadline, self.escalations
        while self.status == OPEN and 0 < deadline < NEVER and deadline < at and count < MOST:
            count += 1
            level = min(count, self.max_level)
            following = min(deadline + self.interval, NEVER) if level < self.max_level else 0
            found.append((level, deadline, following))
            deadline = following
        return found

    def _move(self, following: int, at: int) -> None:
        if self.status == NONE:
            self.deadline = min(at + self.default_sla, NEVER) if self.default_sla else 0
        elif self.status == OPEN != following and self.deadline:
            self.deadline = max(1, self.deadline - at)
        elif self.status != OPEN == following and self.deadline:
            self.deadline = min(at + self.deadline, NEVER)
        self.status = following

    def _append(self, kind: int, at: int, data: int) -> None:
        number = len(self.links) + 1
        own = None if kind in (ESCALATED, OBJECTED) else self.nonce
        place = (f"0x{number:064x}", number, f"0x{number:064x}", 0)
        self.links.append(
            Link(self.complaint_id, number, kind, "0x" + "22" * 20, at, f"0x{data:064x}", *place),
        )
        self.nonces.append(own)


@st.composite
def lives(draw: st.DrawFn, *, max_calls: int = 12) -> Registry:
    """Complaints that were filed, and then lived through any calls at any times, in lawful order."""
    registry = Registry(
        default_sla=draw(st.sampled_from([0, 1, 3_600, 30 * DAY, LONGEST])),
        interval=draw(st.sampled_from([1, 3_600, DAY, 365 * DAY])),
        max_level=draw(st.integers(1, 32)),
    )
    at = draw(st.sampled_from([1, 1_700_000_000, NEVER - 5, NEVER + 5]))
    assert registry.act(0, at=at)
    for kind, wait, ahead in draw(
        st.lists(
            st.tuples(st.integers(1, 15), st.integers(0, 40 * DAY), st.integers(-DAY, LONGEST)), max_size=max_calls
        )
    ):
        at += wait
        registry.act(kind, at=at, deadline=at + ahead)
    return registry
