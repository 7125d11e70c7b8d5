"""Puts writes into the outbox, in the transaction of what they record."""

from typing import Any

from django.db import connection, transaction

from blockchain.commitments import hashing, payloads
from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction
from report.models import IssueReport


class OutsideTransactionError(Exception):
    """A write was to be enqueued outside a transaction, where it could be lost or be left over."""


def event_enqueue(
    *,
    report: IssueReport,
    event_type: EventType,
    by: str,
    changes: dict[str, list[Any]],
) -> BlockchainTransaction:
    """Enqueues a logged event with a fresh commitment to its payload. `by` is an opaque user id."""
    if event_type not in LOGGED_EVENT_TYPES:
        raise ValueError(f"{event_type.name} is not a logged event")
    payload = payloads.payload_new(event_type=event_type, by=by, changes=changes)
    salt = hashing.salt_new()
    return _enqueue(
        report,
        event_type,
        payload=payload,
        salt=hashing.hex0x(salt),
        data_hash=hashing.hex0x(hashing.data_hash(salt=salt, payload=payload)),
    )


def evidence_enqueue(*, report: IssueReport, evidence_hash: str) -> BlockchainTransaction:
    """Enqueues the anchoring of an evidence hash (`0x` hex)."""
    return _enqueue(report, EventType.EVIDENCE_ANCHORED, data_hash=evidence_hash)


def deadline_enqueue(*, report: IssueReport, deadline: int) -> BlockchainTransaction:
    """Enqueues the setting of the SLA deadline, Unix seconds."""
    return _enqueue(report, EventType.SLA_DEADLINE_SET, requested_deadline=deadline)


def clock_enqueue(*, report: IssueReport, event_type: EventType) -> BlockchainTransaction:
    """Enqueues the stopping or restarting of the SLA clock."""
    if event_type not in (EventType.SLA_PAUSED, EventType.SLA_RESUMED):
        raise ValueError(f"{event_type.name} does not move the clock")
    return _enqueue(report, event_type)


@transaction.atomic
def escalation_enqueue(*, report_id: int, missed_deadline: int) -> BlockchainTransaction | None:
    """Enqueues the recording of a breach, once for each missed deadline (Unix seconds); None if it is known already."""
    report = IssueReport.objects.select_for_update().get(pk=report_id)
    dedupe_key = f"escalation:{report.complaint_id}:{missed_deadline}"
    if BlockchainTransaction.objects.filter(dedupe_key=dedupe_key).exists():
        return None
    return _enqueue(report, EventType.ESCALATED, missed_deadline=missed_deadline, dedupe_key=dedupe_key)


def require_transaction(*, what: str) -> None:
    """Raises `OutsideTransactionError` outside a transaction."""
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{what} must be saved in a transaction, with its writes")


def _enqueue(report: IssueReport, event_type: EventType, **what: Any) -> BlockchainTransaction:
    require_transaction(what=f"{event_type.name} of {report}")
    # The row is locked: by its own insert, by the service, or here.
    row = IssueReport.objects.select_for_update().filter(pk=report.pk)
    order = row.values_list("next_write_order", flat=True).get()
    row.update(next_write_order=order + 1)
    report.next_write_order = order + 1
    return BlockchainTransaction.objects.create(report=report, order=order, event_type=event_type, **what)
