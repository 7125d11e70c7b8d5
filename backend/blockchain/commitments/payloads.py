"""Payloads: what a commitment commits to. One JSON schema per type is in `docs/schemas/`."""

from datetime import UTC, datetime
from typing import Any

from blockchain.enums import EventType

PAYLOAD_VERSION = 1


def payload_new(*, event_type: EventType, by: str, changes: dict[str, list[Any]]) -> dict[str, Any]:
    """A payload of version 1: `changes` maps a field to `[old, new]`; `by` is a user's opaque id; no floats."""
    return {
        "v": PAYLOAD_VERSION,
        "type": event_type.name,
        "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "by": by,
        "changes": changes,
    }
