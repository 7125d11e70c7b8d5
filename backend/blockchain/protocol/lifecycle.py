"""Which link may follow in which status: the contract's own rules. `docs/specification.md` 2.4."""

from collections.abc import Iterable

from blockchain.protocol.kinds import Status, kind_of


def transition(status: Status, event_type: int) -> Status | None:
    """The status after a link; None if `status` forbids it."""
    return kind_of(event_type).moves.get(status)


def first_unlawful(status: Status, event_types: Iterable[int]) -> int | None:
    """The index of the first of these links that the contract would refuse, one after the other; None if none."""
    for index, event_type in enumerate(event_types):
        following = transition(status, event_type)
        if following is None:
            return index
        status = following
    return None


def status_after(status: Status, event_types: Iterable[int]) -> Status:
    """The status after these links. Raises `ValueError` if one of them is forbidden."""
    for event_type in event_types:
        following = transition(status, event_type)
        if following is None:
            raise ValueError(f"{status.name} forbids {kind_of(event_type).event_type.name}")
        status = following
    return status
