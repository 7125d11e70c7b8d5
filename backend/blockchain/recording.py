"""The only entry point for recording: a change is recorded here in the database transaction that makes it.

`complaint_open` files a complaint, `record` appends to it. Each gives the write its nonce under the lock of the
complaint's row, so the contract accepts all writes that are accepted here, in this order. The only I/O is the database.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blockchain import reservations
from blockchain.acceptance import (
    ComplaintFrozen,
    EntryReserved,
    EvidenceAnchored,
    OutsideTransactionError,
    RecordingRefused,
    TransitionForbidden,
    commitment_new,
    complaint_lock,
    require_allowed,
    require_not_anchored,
    require_not_frozen,
    require_transaction,
)
from blockchain.models import Complaint, Write
from blockchain.protocol import hashing, payloads
from blockchain.protocol.clock import MAX_SLA_DURATION
from blockchain.protocol.kinds import Data, EventType, Status, kind_of
from blockchain.turns import turn_next

__all__ = [
    "ComplaintFrozen",
    "EntryReserved",
    "EvidenceAnchored",
    "File",
    "OutsideTransactionError",
    "RecordingRefused",
    "TransitionForbidden",
    "complaint_lock",
    "complaint_open",
    "record",
]

MAX_DEADLINE = 2**32 - 2
# The contract counts from the time of the block, which may be behind this machine's clock. Seconds.
CLOCK_MARGIN = 3_600


@dataclass(frozen=True, kw_only=True)
class File:
    """The committed facts about an evidence file. `sha256`: hex; `size`: bytes."""

    sha256: str
    cid: str
    size: int
    media_type: str
    name: str


def complaint_open(
    *,
    source: str,
    external_id: str,
    changes: dict[str, list[Any]],
    by: str,
    complainant: str = "",
    occurred_at: datetime | None = None,
    witnessed: bool = True,
    dedupe_key: str | None = None,
    queue: str | None = None,
    caused_by: str = "",
    more: Mapping[str, Any] | None = None,
) -> tuple[Complaint, Write]:
    """Files a complaint: its id commits to the filing and to the complainant's address (checksummed; empty for none).

    In the relay, queues take turns, and the complaints of one `queue` wait for each other; by default each source has
    one queue. `caused_by`: whose quota the write counts for, in the form of `blockchain.quotas.causer`.
    Raises `OutsideTransactionError`, `PayloadInvalid` for a payload that its schema does not allow, or
    `django.db.IntegrityError` if the source has filed this `external_id` before.
    """
    require_transaction(what=f"{source}/{external_id}")
    payload = payloads.payload_new(
        event_type=EventType.CREATED,
        by=by,
        changes=changes,
        occurred_at=occurred_at,
        witnessed=witnessed,
        **(more or {}),
    )
    columns, salt = commitment_new(payload), hashing.salt_new()
    subject = hashing.subject_of(salt=salt, tracking_id=external_id, created_data=hashing.unhex(columns["data"]))
    address = hashing.unhex(complainant) if complainant else bytes(hashing.ADDRESS_BYTES)
    queue = source if queue is None else queue
    turn = turn_next(queue=queue)
    complaint = Complaint.objects.create(
        complaint_id=hashing.hex0x(hashing.complaint_id_of(subject=subject, complainant=address)),
        source=source,
        external_id=external_id,
        salt=hashing.hex0x(salt),
        complainant=complainant,
        witnessed=witnessed,
        next_nonce=1,
        accepted_status=Status.OPEN,
        queue=queue,
        last_turn=turn,
    )
    write = Write.objects.create(
        complaint=complaint,
        nonce=0,
        event_type=EventType.CREATED,
        dedupe_key=dedupe_key,
        caused_by=caused_by,
        turn=turn,
        **columns,
    )
    # Known without a query: the filing, and that nothing is on the chain yet.
    complaint.created = write
    Complaint.chain_state.related.set_cached_value(complaint, None)
    return complaint, write


def write_before(*, complaint: Complaint, dedupe_key: str | None) -> Write | None:
    """The write that the complaint has already with this `dedupe_key`."""
    return None if dedupe_key is None else Write.objects.filter(complaint=complaint, dedupe_key=dedupe_key).first()


def record(
    *,
    complaint: Complaint,
    event_type: EventType,
    by: str,
    changes: dict[str, list[Any]] | None = None,
    occurred_at: datetime | None = None,
    dedupe_key: str | None = None,
    deadline: int | None = None,
    evidence: File | None = None,
    data: str | None = None,
    witnessed: bool | None = None,
    caused_by: str = "",
    more: Mapping[str, Any] | None = None,
) -> Write:
    """Accepts one more link of a complaint, gives it its nonce, and refreshes `complaint`.

    `by` is an opaque id; `changes` maps a field to `[old, new]`; `deadline` (Unix seconds, at most 3,650 days ahead)
    belongs to SLA_DEADLINE_SET, `evidence` to EVIDENCE_ANCHORED; `more` are the other members in the schema of this
    kind of payload. `data` (`0x` hex) replaces all of these: it is the caller's own commitment, to a payload that stays
    with the caller. `witnessed`: by default that of the complaint. If the complaint already has a write with this
    `dedupe_key`, that write is returned. `caused_by`: as in `complaint_open`.
    Raises `OutsideTransactionError`, a `RecordingRefused`, or `ValueError` (such as `PayloadInvalid`) for arguments
    that do not belong to the kind; then nothing is changed.
    """
    complaint_lock(complaint)
    if (earlier := write_before(complaint=complaint, dedupe_key=dedupe_key)) is not None:
        return earlier
    require_not_frozen(complaint)
    reservations.respect(complaint=complaint, event_type=event_type)
    status = require_allowed(complaint=complaint, event_type=event_type)
    if (deadline is not None) != (event_type is EventType.SLA_DEADLINE_SET):
        raise ValueError("SLA_DEADLINE_SET needs a deadline, and no other kind takes one")
    if (evidence is not None) != (event_type is EventType.EVIDENCE_ANCHORED and data is None):
        raise ValueError("EVIDENCE_ANCHORED needs a file, and no other kind takes one")
    if data is not None and kind_of(event_type).data is not Data.PAYLOAD:
        raise ValueError(f"{event_type.name} commits to no payload")
    if data is not None:
        columns = {"data": data, "opened": False}
        if event_type is EventType.EVIDENCE_ANCHORED:
            require_not_anchored(complaint=complaint, data=data)
    elif kind_of(event_type).data is Data.PAYLOAD:
        payload = payloads.payload_new(
            event_type=event_type,
            by=by,
            changes=changes,
            occurred_at=occurred_at,
            witnessed=complaint.witnessed if witnessed is None else witnessed,
            **(vars(evidence) if evidence is not None else {}),
            **(more or {}),
        )
        columns = commitment_new(payload)
    else:
        columns = {"data": hashing.ZERO_WORD if deadline is None else deadline_word(deadline)}
    write = Write.objects.create(
        complaint=complaint,
        nonce=complaint.next_nonce,
        event_type=event_type,
        dedupe_key=dedupe_key,
        caused_by=caused_by,
        turn=turn_next(queue=complaint.queue),
        **columns,
    )
    complaint.next_nonce += 1
    complaint.accepted_status = status
    complaint.last_turn = write.turn
    complaint.save(update_fields=["next_nonce", "accepted_status", "last_turn"])
    return write


def deadline_word(deadline: int) -> str:
    """A deadline (Unix seconds) as an entry carries it. Raises `ValueError` for one that the contract would refuse."""
    if not 0 < deadline <= min(MAX_DEADLINE, int(time.time()) + MAX_SLA_DURATION - CLOCK_MARGIN):
        raise ValueError(f"the contract does not accept the deadline {deadline}: it must be at most 3,650 days ahead")
    return hashing.word(deadline)
