"""Many reports at once, as if they had been filed, recorded and read: rows that hold together, without a chain."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

CHUNK = 2_000
# Statuses of reports, in turn, and the links that lead there.
STATUSES = ("pending", "in_progress", "pending", "closed", "pending")


def reports_bulk(number: int, *, complainants: Sequence[Any], officers: Sequence[Any], deployment: Any) -> None:
    """`number` reports by the complainants in turn; half of them have an officer. Their links fold to their states."""
    from django.db.models import QuerySet

    from blockchain.models import ChainEvent, ChainState, Complaint, Write
    from report.models import IssueReport

    start = datetime.now(UTC) - timedelta(days=1)
    made = zip(range(number), cycle(STATUSES), strict=False)
    while some := list(islice(made, CHUNK)):
        lives = [
            _Life(
                user=complainants[index % len(complainants)],
                officer=officers[index % len(officers)] if status != "pending" else None,
                status=status,
                at=start + timedelta(seconds=index),
                deployment=deployment,
            )
            for index, status in some
        ]
        Complaint.objects.bulk_create([life.complaint for life in lives])
        saved = Complaint.objects.in_bulk([life.complaint.complaint_id for life in lives], field_name="complaint_id")
        for life in lives:
            life.complaint = saved[life.complaint.complaint_id]
        Write.objects.bulk_create([write for life in lives for write in life.writes()])
        ChainEvent.objects.bulk_create([event for life in lives for event in life.events])
        ChainState.objects.bulk_create([life.state() for life in lives])
        # Reports are otherwise filed one by one, by a service that records each.
        QuerySet.bulk_create(IssueReport.objects.all(), [life.report() for life in lives])


class _Life:
    """One report with its complaint, its links and their writes."""

    def __init__(self, *, user: Any, officer: Any, status: str, at: datetime, deployment: Any) -> None:
        from blockchain.models import Complaint
        from blockchain.protocol import hashing
        from blockchain.protocol.clock import ComplaintFold
        from blockchain.protocol.kinds import EventType
        from report.models import tracking_id_new
        from tests.fixtures.reports import FILED

        self.user, self.officer, self.status, self.at, self.deployment = user, officer, status, at, deployment
        self.fold = ComplaintFold(head=deployment.genesis_head)
        self.tracking_id, self.events, self._writes = tracking_id_new(), [], []
        values = {**FILED, "status": "pending", "priority": "normal", "assigned_to": None}
        by, salt = str(user.opaque_id), secrets.token_bytes(32)
        self.complaint_id = ""
        created = self._write(EventType.CREATED, by, {name: [None, value] for name, value in values.items()})
        subject = hashing.subject_of(
            salt=salt, tracking_id=self.tracking_id, created_data=hashing.unhex(created["data"])
        )
        self.complaint_id = hashing.hex0x(hashing.complaint_id_of(subject=subject))
        self._link(created)
        if officer is not None:
            by = str(officer.opaque_id)
            self._link(self._write(EventType.ASSIGNED, by, {"assigned_to": [None, by]}))
            kind = EventType.CLOSED if status == "closed" else EventType.STATUS_UPDATED
            self._link(self._write(kind, by, {"status": ["pending", status]}))
        self.complaint = Complaint(
            complaint_id=self.complaint_id,
            source="report",
            external_id=self.tracking_id,
            salt=hashing.hex0x(salt),
            next_nonce=len(self._writes),
            accepted_status=self.fold.status,
        )

    def _write(self, event_type: int, by: str, changes: dict[str, list[Any]]) -> dict[str, Any]:
        from blockchain.acceptance import commitment_new
        from blockchain.protocol.kinds import EventType
        from blockchain.protocol.payloads import payload_new

        payload = payload_new(event_type=EventType(event_type), by=by, changes=changes, occurred_at=self.at)
        return {"event_type": event_type, **commitment_new(payload)}

    def _link(self, write: dict[str, Any]) -> None:
        from blockchain.models import ChainEvent

        event = ChainEvent(
            complaint_id=self.complaint_id,
            sequence=len(self.events) + 1,
            event_type=write["event_type"],
            actor="0x" + "11" * 20,
            timestamp=int(self.at.timestamp()),
            data=write["data"],
            tx_hash=f"0x{secrets.token_hex(32)}",
            block_number=1,
            block_hash="0x" + "22" * 32,
            log_index=0,
        )
        self.fold.add(event, self.deployment.rules)
        self.events.append(event)
        self._writes.append(write)

    def writes(self) -> Iterator[Any]:
        from blockchain.models import Write

        for nonce, (columns, event) in enumerate(zip(self._writes, self.events, strict=True)):
            yield Write(
                complaint=self.complaint,
                nonce=nonce,
                state=Write.State.CONFIRMED,
                sequence=event.sequence,
                tx_hash=event.tx_hash,
                block_number=event.block_number,
                block_hash=event.block_hash,
                log_index=event.log_index,
                **columns,
            )

    def state(self) -> Any:
        from blockchain.models import ChainState
        from blockchain.protocol.hashing import hex0x

        fold = self.fold
        return ChainState(
            complaint_id=self.complaint_id,
            event_count=fold.event_count,
            head=hex0x(fold.head),
            sla_deadline=fold.sla_deadline,
            status=fold.status,
            last_tx_hash=self.events[-1].tx_hash,
            agrees=True,
        )

    def report(self) -> Any:
        from report.models import IssueReport
        from tests.fixtures.reports import FILED

        return IssueReport(
            complaint=self.complaint,
            tracking_id=self.tracking_id,
            user=self.user,
            status=self.status,
            assigned_to=self.officer,
            **FILED,
        )
