"""Decides which changes of a report are allowed, and which links record them. `docs/specification.md` 2.4 and 5.4.

The rules are those of the contract: it accepts every change that is allowed here, and would refuse the others.
"""

from typing import Any

from blockchain.acceptance import TRANSITION_REFUSED
from blockchain.common.errors import ConflictError
from blockchain.protocol.kinds import EventType
from report.models import IssueReport

S = IssueReport.Status

RUNNING = frozenset({S.PENDING, S.IN_PROGRESS})
UNRESOLVED = RUNNING | {S.ON_HOLD}
RESOLVED = frozenset({S.RESOLVED, S.REJECTED})

LINK_OF_TRANSITION: dict[tuple[str, str], EventType] = {
    (S.PENDING, S.IN_PROGRESS): EventType.STATUS_UPDATED,
    (S.PENDING, S.ON_HOLD): EventType.SLA_PAUSED,
    (S.IN_PROGRESS, S.ON_HOLD): EventType.SLA_PAUSED,
    (S.ON_HOLD, S.IN_PROGRESS): EventType.SLA_RESUMED,
    **{(source, S.RESOLVED): EventType.RESOLVED for source in UNRESOLVED},
    **{(source, S.REJECTED): EventType.REJECTED for source in UNRESOLVED},
    **{(source, S.CLOSED): EventType.CLOSED for source in UNRESOLVED | RESOLVED},
    **{(source, S.IN_PROGRESS): EventType.REOPENED for source in RESOLVED | {S.CLOSED}},
}

# The status that a kind of link implies, regardless of its payload.
STATUS_OF_KIND: dict[int, str] = {
    EventType.SLA_PAUSED: S.ON_HOLD.value,
    EventType.SLA_RESUMED: S.IN_PROGRESS.value,
    EventType.RESOLVED: S.RESOLVED.value,
    EventType.REJECTED: S.REJECTED.value,
    EventType.CLOSED: S.CLOSED.value,
    EventType.REOPENED: S.IN_PROGRESS.value,
}


class TransitionRefused(ConflictError):
    """The report's status does not allow this. The message names both states."""

    type_ = TRANSITION_REFUSED
    title = "Transition refused"

    def __init__(self, *, source: str, target: str, reason: str = "") -> None:
        self.source, self.target = source, target
        super().__init__(reason or f"a report that is {source} can't become {target}")

    @property
    def members(self) -> dict[str, Any]:
        return {"from": str(self.source), "to": str(self.target)}


def link_of_transition(*, source: str, target: str) -> EventType:
    """The link that records the change of status. Raises `TransitionRefused`."""
    try:
        return LINK_OF_TRANSITION[source, target]
    except KeyError:
        raise TransitionRefused(source=source, target=target) from None


def require_unresolved(*, status: str, action: str) -> None:
    """Assignee and priority can only change until the report is resolved. Raises `TransitionRefused`."""
    if status not in UNRESOLVED:
        raise TransitionRefused(source=status, target=action, reason=f"a report that is {status} can't be {action}")


def require_not_closed(*, status: str, action: str) -> None:
    """Comments and evidence are accepted until the report is closed. Raises `TransitionRefused`."""
    if status == S.CLOSED:
        raise TransitionRefused(source=status, target=action, reason=f"a report that is closed can't be {action}")
