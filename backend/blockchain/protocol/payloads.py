"""Payloads, version 2: what a commitment commits to. Each type has a JSON schema, in `schemas/`."""

from datetime import UTC, datetime
from typing import Any

from blockchain.protocol.kinds import WITH_PAYLOAD, EventType

PAYLOAD_VERSION = 2


def payload_new(
    *,
    event_type: EventType,
    by: str,
    changes: dict[str, list[Any]] | None = None,
    occurred_at: datetime | None = None,
    witnessed: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """A payload: `changes` maps a field to `[old, new]`; `by` is an opaque id; no floats.

    `occurred_at` defaults to now; `witnessed` is false for an imported case; `more` are members of the
    type's own, such as those of a file. Raises `ValueError` for a kind that commits to no payload.
    """
    if event_type not in WITH_PAYLOAD:
        raise ValueError(f"{event_type.name} commits to no payload")
    moment = (occurred_at or datetime.now(UTC)).astimezone(UTC)
    return {
        "v": PAYLOAD_VERSION,
        "type": event_type.name,
        "occurred_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "by": by,
        "witnessed": witnessed,
        **({"changes": changes} if changes is not None else {}),
        **more,
    }
