"""What the registry asks the city."""

from typing import Any

from blockchain.host import Host
from blockchain.models import Complaint
from blockchain.protocol.kinds import EventType
from blockchain.verification.report_match import Own
from tickets.models import Ticket
from tickets.services import SOURCE


class TicketHost(Host):
    """Citizens see their own tickets, staff see all complaints."""

    def may_see(self, *, user: Any, complaint: Complaint) -> bool:
        if super().may_see(user=user, complaint=complaint):
            return True
        return complaint.source == SOURCE and Ticket.objects.filter(complaint=complaint, citizen=user).exists()

    def own_record(self, complaint: Complaint) -> Own | None:
        ticket = Ticket.objects.filter(complaint=complaint).first()
        if ticket is None:
            return None
        return Own(
            fields=ticket.committed(),
            status_of_link={},
            fields_of_link={EventType.ASSIGNED: ("state", "officer"), EventType.RESOLVED: ("state",)},
        )
