"""Folds the links of a complaint into its SLA clock and the head of its hash chain, by the rules of spec 2.4."""

from collections.abc import Iterable
from datetime import UTC, datetime

from blockchain.commitments.links import LinkLike, link_hash
from blockchain.enums import EventType
from blockchain.models import SLATracker

RESOLVING = frozenset({EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED})
MOVING_THE_CLOCK = RESOLVING | {
    EventType.CREATED,
    EventType.REOPENED,
    EventType.SLA_DEADLINE_SET,
    EventType.SLA_PAUSED,
    EventType.SLA_RESUMED,
    EventType.ESCALATED,
}


def links_fold(tracker: SLATracker, links: Iterable[LinkLike], *, genesis: bytes) -> None:
    """Takes links into account, in their order; does not save. A gap in the sequence shows in `head`."""
    head = bytes.fromhex(tracker.head[2:]) if tracker.head else genesis
    for link in links:
        _clock(tracker, link)
        head = link_hash(head=head, link=link)
        tracker.sequence = link.sequence
    tracker.head = "0x" + head.hex()


def _clock(tracker: SLATracker, link: LinkLike) -> None:
    if link.event_type not in MOVING_THE_CLOCK:
        return
    event_type, at, arguments = link.event_type, link.timestamp, link.arguments
    if event_type in (EventType.CREATED, EventType.REOPENED):
        left = tracker.remaining_seconds
        _run(tracker, None if left is None else at + left)
    elif event_type in RESOLVING:
        if tracker.running:
            left = None if tracker.deadline is None else max(1, int(tracker.deadline.timestamp()) - at)
            _stop(tracker, left)
        tracker.paused = False
    elif event_type == EventType.SLA_DEADLINE_SET:
        tracker.deadline = _time(arguments["deadline"])
    elif event_type == EventType.SLA_PAUSED:
        _stop(tracker, arguments["remaining"])
        tracker.paused = True
    elif event_type == EventType.SLA_RESUMED:
        _run(tracker, arguments["deadline"])
    elif event_type == EventType.ESCALATED:
        tracker.level, tracker.last_escalated_at = arguments["level"], _time(at)
        tracker.deadline = _time(arguments["next_deadline"] or None)


def _run(tracker: SLATracker, deadline: int | None) -> None:
    tracker.running, tracker.paused = True, False
    tracker.deadline, tracker.remaining_seconds = _time(deadline), None


def _stop(tracker: SLATracker, left: int | None) -> None:
    tracker.running = False
    tracker.deadline, tracker.remaining_seconds = None, left


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
