"""What the events add up to, one after the other: status and clock after each, and when the clock stood still."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from blockchain.protocol.clock import ClockRules, ComplaintFold
from blockchain.protocol.kinds import Status
from blockchain.protocol.links import LinkLike

STANDING = (Status.ON_HOLD, Status.RESOLVED, Status.CLOSED)


@dataclass(kw_only=True)
class Timeline:
    """`folded` is None if the events can't be folded, because a row was altered into what no link can be."""

    folded: ComplaintFold | None
    # After each event; None from where the events can't be folded.
    states: list[dict[str, Any] | None] = field(default_factory=list)
    # Each time that the clock stood: status, from which to which sequence and time, how many seconds.
    stops: list[dict[str, Any]] = field(default_factory=list)


def timeline(*, links: Sequence[LinkLike], genesis: bytes, rules: ClockRules) -> Timeline:
    """Folds links, which are in the order of their sequences."""
    fold = ComplaintFold(head=genesis)
    told = Timeline(folded=fold)
    for link in links:
        before = fold.status
        if told.folded is not None:
            try:
                fold.add(link, rules)
            except Exception:  # whatever an altered row can't be encoded for
                told.folded = None
        if told.folded is None:
            told.states.append(None)
            continue
        told.states.append(state_shown(fold))
        if fold.status is not before:
            _stop_ended(told.stops, link)
            if fold.status in STANDING:
                told.stops.append(_stop_begun(fold.status, link))
    return told


def state_shown(fold: ComplaintFold) -> dict[str, Any]:
    """The slot without its head. `sla_deadline`: Unix seconds while OPEN, else the seconds left; 0 for none."""
    return {
        "status": fold.status.name,
        "sla_deadline": fold.sla_deadline,
        "escalations": fold.escalations,
        "objections": fold.objections,
    }


def _stop_begun(status: Status, link: LinkLike) -> dict[str, Any]:
    return {
        "status": status.name,
        "from_sequence": link.sequence,
        "to_sequence": None,
        "from_timestamp": link.timestamp,
        "to_timestamp": None,
        "seconds": None,
    }


def _stop_ended(stops: list[dict[str, Any]], link: LinkLike) -> None:
    if stops and stops[-1]["to_sequence"] is None:
        stops[-1] |= {
            "to_sequence": link.sequence,
            "to_timestamp": link.timestamp,
            "seconds": link.timestamp - stops[-1]["from_timestamp"],
        }
