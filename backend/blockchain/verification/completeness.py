"""Checks whether a list of events is the whole history, by comparing the folded events with the contract's slot."""

from collections.abc import Sequence
from dataclasses import dataclass

from blockchain.models import ChainEvent
from blockchain.protocol import hashing
from blockchain.protocol.clock import ComplaintFold
from blockchain.verification.chain_answer import ChainAnswer

SHOWN = 20  # sequences that a reason lists
# Of the slot, beside head and count; their names in a reason.
CLOCK = ("sla_deadline", "status", "escalations", "objections")


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """`complete` None: unknown, for the given `reason`. `head`: `0x` hex; None if neither chain nor events have one.

    `up_to_block`: the block at which the comparison was made; None if it is unknown.
    """

    complete: bool | None
    reason: str
    head: str | None
    # Sequences that the contract has and the list lacks.
    missing: list[int]
    up_to_block: int | None = None


def completeness(*, answer: ChainAnswer, folded: ComplaintFold | None, events: Sequence[ChainEvent]) -> Completeness:
    """Compares. `events` are in the order of their sequences; `folded` is what they give, None if they give nothing."""
    own_head = hashing.hex0x(folded.head) if folded is not None else None
    if answer.unreachable:
        return Completeness(complete=None, reason=answer.unreachable, head=own_head, missing=[])
    if answer.state is None:
        # The newest state can't show a gap, since events may be unread; but it can show that there is none.
        newest = answer.latest
        if newest is not None and not _differences(newest.state, folded, events):
            return Completeness(complete=True, reason="", head=own_head, missing=[], up_to_block=newest.block_number)
        return Completeness(complete=None, reason=answer.state_unknown, head=own_head, missing=[])
    reasons = _differences(answer.state.state, folded, events)
    return Completeness(
        complete=not reasons,
        reason="; ".join(reasons),
        head=hashing.hex0x(answer.state.state.head),
        missing=_missing(answer.state.state, events),
        up_to_block=answer.state.block_number,
    )


def _missing(state: ComplaintFold, events: Sequence[ChainEvent]) -> list[int]:
    return sorted(set(range(1, state.event_count + 1)) - {event.sequence for event in events})


def _differences(state: ComplaintFold, folded: ComplaintFold | None, events: Sequence[ChainEvent]) -> list[str]:
    reasons = []
    if missing := _missing(state, events):
        reasons.append(f"missing: sequence {_listed(missing)}")
    surplus = [event.sequence for event in events if not 1 <= event.sequence <= state.event_count]
    if surplus:
        reasons.append(f"not on the chain: sequence {_listed(surplus)}")
    if folded is None or folded.head != state.head:
        reasons.append("the head recomputed from the events is not the contract's")
    elif wrong := [name for name in CLOCK if getattr(folded, name) != getattr(state, name)]:
        reasons.append(f"{', '.join(wrong)} computed from the events is not what the contract has")
    return reasons


def _listed(sequences: list[int]) -> str:
    more = f" and {len(sequences) - SHOWN} more" if len(sequences) > SHOWN else ""
    return ", ".join(map(str, sequences[:SHOWN])) + more
