"""The city's own tests, which need no chain."""
# ruff: noqa: PT009  The city has Django's own test runner, not pytest.

from django.contrib.auth.models import User
from django.test import TestCase

from blockchain.protocol.kinds import EventType
from tickets.services import ticket_file


class TicketTests(TestCase):
    def test_ticket_is_recorded_when_it_is_filed(self) -> None:
        ada = User.objects.create_user("ada")
        ticket = ticket_file(citizen=ada, subject="No light in Mill Lane")
        write = ticket.complaint.writes.get()
        self.assertEqual(write.event_type, EventType.CREATED)
        self.assertEqual(write.payload["changes"]["subject"], [None, "No light in Mill Lane"])
