"""Is this list of events the whole history? The head recomputed from it, against the contract's."""

from collections.abc import Sequence
from dataclasses import dataclass

from blockchain.chain.contract import ComplaintState
from blockchain.commitments import hashing
from blockchain.commitments.links import head_after
from blockchain.models import ChainEvent
from blockchain.verification.chain_answer import ChainAnswer

SHOWN = 20  # sequences that a reason lists


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """`complete` None: not known, for `reason`. `head`: `0x` hex; None if neither chain nor events give one."""

    complete: bool | None
    reason: str
    head: str | None
    # Sequences that the contract has and the list lacks.
    missing: list[int]


def completeness(*, answer: ChainAnswer, start: bytes, events: Sequence[ChainEvent]) -> Completeness:
    """Compares. `start` is the genesis head; `events` are in the order of their sequences."""
    recomputed = _head(start, events)
    own_head = hashing.hex0x(recomputed) if recomputed is not None else None
    if answer.unreachable:
        return Completeness(complete=None, reason=answer.unreachable, head=own_head, missing=[])
    if answer.state is None:
        # The newest state can't show a gap, since events may be unread; but that there is none it can.
        if answer.latest is not None and not _differences(answer.latest, recomputed, events):
            return Completeness(complete=True, reason="", head=own_head, missing=[])
        return Completeness(complete=None, reason=answer.state_unknown, head=own_head, missing=[])
    reasons = _differences(answer.state, recomputed, events)
    return Completeness(
        complete=not reasons,
        reason="; ".join(reasons),
        head=hashing.hex0x(answer.state.head),
        missing=_missing(answer.state, events),
    )


def _head(start: bytes, events: Sequence[ChainEvent]) -> bytes | None:
    try:
        return head_after(start=start, links=events)
    except Exception:  # whatever an altered row can't be encoded for: it has no hash then
        return None


def _missing(state: ComplaintState, events: Sequence[ChainEvent]) -> list[int]:
    return sorted(set(range(1, state.event_count + 1)) - {event.sequence for event in events})


def _differences(state: ComplaintState, recomputed: bytes | None, events: Sequence[ChainEvent]) -> list[str]:
    reasons = []
    sequences = [event.sequence for event in events]
    if missing := _missing(state, events):
        reasons.append(f"missing: sequence {_listed(missing)}")
    surplus = sorted(
        {each for each in sequences if each not in range(1, state.event_count + 1) or sequences.count(each) > 1}
    )
    if surplus:
        reasons.append(f"not on the chain, or more than once in the list: sequence {_listed(surplus)}")
    if recomputed != state.head:
        reasons.append("the head recomputed from the events is not the contract's")
    return reasons


def _listed(sequences: list[int]) -> str:
    more = f" and {len(sequences) - SHOWN} more" if len(sequences) > SHOWN else ""
    return ", ".join(map(str, sequences[:SHOWN])) + more
