"""Records an event of another system, once for each of its names."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError

from blockchain import acceptance, recording
from blockchain.common.errors import ConflictError, ProblemError
from blockchain.common.retry import atomic_retried
from blockchain.models import Complaint, Write
from blockchain.promises import accepted_of
from blockchain.protocol import payloads
from blockchain.protocol.kinds import Data, EventType, kind_of


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event that another system reports. `occurred_at`: when it happened; `deadline` in Unix seconds.

    `data` is the system's own commitment, `0x` hex, to a payload that it keeps; else `changes` and `more` are the
    payload's. `complainant` (checksummed address, or empty) belongs to CREATED. `witnessed` is false for an old case
    that is imported.
    """

    event_type: EventType
    occurred_at: datetime
    by: str = "system"
    changes: dict[str, list[Any]] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    data: str | None = None
    deadline: int | None = None
    complainant: str = ""
    witnessed: bool = True
    # The system whose quota it counts for.
    caused_by: str = ""


class ComplaintUnknown(ProblemError):
    """An event arrived for a complaint that has not been filed."""

    status = 404

    def __init__(self) -> None:
        super().__init__("there is no such complaint; its first event must be CREATED")


class ComplaintExists(ConflictError):
    """The complaint has already been filed."""

    def __init__(self) -> None:
        super().__init__("this complaint was already filed with another event")


class NameTaken(ConflictError):
    """A name in use differs only in letter case or the like, so databases treat both as equal."""

    def __init__(self) -> None:
        super().__init__("a name that differs from this one only in letter case is already in use")


def event_put(*, source: str, external_id: str, event_id: str, event: Event) -> tuple[Write, bool]:
    """Records the event, and files the complaint with a CREATED; returns the write, and whether it is new.

    A repeated event returns the existing write. Raises `ComplaintUnknown`, `ComplaintExists`, `EventDiffers`,
    `NameTaken`, a `RecordingRefused`, or `ValueError` for a deadline that the contract does not accept.
    """
    key = dedupe_key(event_id)
    try:
        return _put(source=source, external_id=external_id, key=key, event=event)
    except IntegrityError:
        # Another request filed it at the same moment.
        return _put(source=source, external_id=external_id, key=key, event=event)


def dedupe_key(event_id: str) -> str:
    """The key under which an event of another system is recorded once for each complaint."""
    return f"event:{event_id}"


@atomic_retried
def _put(*, source: str, external_id: str, key: str, event: Event) -> tuple[Write, bool]:
    complaint = Complaint.objects.filter(source=source, external_id=external_id).first()
    if complaint is None:
        if event.event_type is not EventType.CREATED:
            raise ComplaintUnknown
        _, write = recording.complaint_open(
            source=source,
            external_id=external_id,
            changes=event.changes or {},
            by=event.by,
            complainant=event.complainant,
            occurred_at=event.occurred_at,
            witnessed=event.witnessed,
            dedupe_key=key,
            caused_by=event.caused_by,
            more=event.more,
        )
        return write, True
    if complaint.external_id != external_id or complaint.source != source:
        raise NameTaken
    acceptance.complaint_lock(complaint)
    earlier = Write.objects.select_related("complaint").filter(complaint=complaint, dedupe_key=key).first()
    if earlier is not None:
        if earlier.dedupe_key != key:
            raise NameTaken
        if not _is_same(event, earlier):
            raise acceptance.EventDiffers
        return earlier, False
    if event.event_type is EventType.CREATED:
        raise ComplaintExists
    has_payload = kind_of(event.event_type).data is Data.PAYLOAD
    write = recording.record(
        complaint=complaint,
        event_type=event.event_type,
        by=event.by,
        changes=event.changes,
        occurred_at=event.occurred_at if has_payload else None,
        dedupe_key=key,
        deadline=event.deadline,
        data=event.data,
        witnessed=event.witnessed,
        caused_by=event.caused_by,
        more=event.more,
    )
    return write, True


def _is_same(event: Event, write: Write) -> bool:
    """Whether the write records this event; it may have been given up since."""
    accepted = accepted_of(write)
    if accepted.event_type is not event.event_type:
        return False
    if event.event_type is EventType.CREATED and write.complaint.complainant != event.complainant:
        return False
    if event.data is not None:
        return accepted.data == event.data
    kind = kind_of(event.event_type)
    if kind.data is not Data.PAYLOAD:
        return event.deadline is None or int(accepted.data, 16) == event.deadline
    wanted = payloads.payload_new(
        event_type=event.event_type,
        by=event.by,
        changes=event.changes or ({} if event.event_type is EventType.CREATED else None),
        occurred_at=event.occurred_at.astimezone(UTC),
        witnessed=event.witnessed,
        **event.more,
    )
    return accepted.payload == wanted
