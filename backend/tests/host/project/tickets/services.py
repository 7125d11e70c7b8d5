"""The city's workflow: each step changes the ticket and records the change, in one transaction."""

import time
from typing import Any

from django.conf import settings
from django.db import transaction

from blockchain import recording
from blockchain.protocol.kinds import EventType
from tickets.models import Ticket

SOURCE = "tickets"


@transaction.atomic
def ticket_file(*, citizen: Any, subject: str) -> Ticket:
    ticket = Ticket(citizen=citizen, subject=subject)
    ticket.complaint, _ = recording.complaint_open(
        source=SOURCE,
        external_id=ticket.reference,
        by=str(citizen.pk),
        changes={name: [None, value] for name, value in ticket.committed().items()},
    )
    ticket.save()
    return ticket


@transaction.atomic
def ticket_assign(*, reference: str, officer: Any) -> Ticket:
    ticket = ticket_lock(reference)
    ticket_change(ticket, EventType.ASSIGNED, by=officer, state=Ticket.State.ASSIGNED, officer=officer)
    deadline = int(time.time()) + settings.TICKET_SECONDS
    recording.record(
        complaint=ticket.complaint, event_type=EventType.SLA_DEADLINE_SET, by=str(officer.pk), deadline=deadline
    )
    return ticket


@transaction.atomic
def ticket_resolve(*, reference: str, officer: Any) -> Ticket:
    ticket = ticket_lock(reference)
    ticket_change(ticket, EventType.RESOLVED, by=officer, state=Ticket.State.DONE)
    return ticket


def ticket_lock(reference: str) -> Ticket:
    """The ticket, with its complaint's row locked until the transaction ends: what is read here stays true."""
    ticket = Ticket.objects.select_related("complaint").get(reference=reference)
    recording.complaint_lock(ticket.complaint)
    ticket.refresh_from_db(fields=["state", "officer", "subject"])
    return ticket


def ticket_change(ticket: Ticket, event_type: EventType, *, by: Any, **values: Any) -> None:
    before = ticket.committed()
    for name, value in values.items():
        setattr(ticket, name, value)
    after = ticket.committed()
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    recording.record(complaint=ticket.complaint, event_type=event_type, by=str(by.pk), changes=changes)
    ticket.save()
