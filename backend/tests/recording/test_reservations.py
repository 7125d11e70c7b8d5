"""What may be recorded behind an entry that waits for its signature: what is lawful with it and without it."""

import pytest
from django.db import transaction

from blockchain import entries, recording
from blockchain.models import Complaint
from blockchain.protocol.kinds import EventType
from blockchain.recording import EntryReserved, TransitionForbidden
from tests.fixtures.contents import contents_of

ACTOR = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"


def record(complaint: Complaint, event_type: EventType) -> None:
    with transaction.atomic():
        recording.record(complaint=complaint, event_type=event_type, by="somebody", **contents_of(event_type))


@pytest.mark.parametrize(
    ("status", "reserved", "behind", "refused"),
    [
        ("pending", EventType.RESOLVED, EventType.REOPENED, EntryReserved),  # lawful only with it
        ("pending", EventType.RESOLVED, EventType.ASSIGNED, EntryReserved),  # lawful only without it
        ("pending", EventType.RESOLVED, EventType.SLA_RESUMED, TransitionForbidden),  # lawful in neither case
        ("pending", EventType.RESOLVED, EventType.COMMENTED, None),
        ("pending", EventType.RESOLVED, EventType.CLOSED, None),
        ("on_hold", EventType.SLA_RESUMED, EventType.SLA_PAUSED, EntryReserved),
        ("on_hold", EventType.SLA_RESUMED, EventType.ASSIGNED, None),
        ("closed", EventType.REOPENED, EventType.COMMENTED, EntryReserved),
        ("closed", EventType.REOPENED, EventType.NOTED, None),
        ("pending", EventType.COMMENTED, EventType.SLA_PAUSED, None),
    ],
)
def test_record__behind_a_reservation__only_what_is_lawful_with_it_and_without_it(
    report_in, deployment, status, reserved, behind, refused
):
    complaint = report_in(status).complaint
    with transaction.atomic():
        write = entries.entry_reserve(
            complaint=complaint, event_type=reserved, actor=ACTOR, by="somebody", **contents_of(reserved)
        )
    before = Complaint.objects.values().get()
    if refused is None:
        record(complaint, behind)
        assert complaint.writes.get(event_type=behind, nonce=write.nonce + 1).state == "pending"
        return
    with pytest.raises(refused) as raised:
        record(complaint, behind)
    if refused is EntryReserved:
        assert raised.value.until == write.reserved_until
    assert Complaint.objects.values().get() == before
    assert complaint.writes.latest("nonce") == write
