"""What can be done about writes that do not land: retry them, or give them up and keep their nonces."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from blockchain import recording
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.lifecycle import first_unlawful, status_after
from blockchain.repair import (
    REPAIRABLE,
    SIGNATURE_VOID,
    GiveUpRefused,
    needed_with,
    types_of,
    write_retry,
    writes_give_up,
)
from blockchain.verification.records import Known
from report import services
from report.models import IssueReport
from tests.fixtures.contents import CHANGES

BY = str(uuid.uuid4())
E = EventType
FREE = [*REPAIRABLE]


@pytest.fixture
def complaint(db: None) -> Complaint:
    """CREATED, ASSIGNED, RESOLVED, REOPENED, COMMENTED; nonces 0 to 4."""
    with transaction.atomic():
        complaint, _ = recording.complaint_open(source="test", external_id="T-1", changes=CHANGES, by=BY)
        for event_type in (E.ASSIGNED, E.RESOLVED, E.REOPENED, E.COMMENTED):
            recording.record(complaint=complaint, event_type=event_type, by=BY, changes={"x": [None, event_type.name]})
    return complaint


def write_of(complaint: Complaint, nonce: int) -> Write:
    return complaint.writes.get(nonce=nonce)


def give_up(complaint: Complaint, *nonces: int, with_needed: bool = False) -> list[int]:
    ids = {write_of(complaint, nonce).pk for nonce in nonces}
    done = writes_give_up(write_ids=ids, by=BY, reason=" Filed twice. ", with_needed=with_needed)
    return [write.nonce for write in done]


def test_write_retry__failed__pending_with_its_attempts_counted_anew(complaint: Complaint) -> None:
    write = write_of(complaint, 1)
    Write.objects.filter(pk=write.pk).update(state="failed", attempts=7, error_code="InvalidTransition")
    assert write_retry(write_id=write.pk, by=BY)
    write.refresh_from_db()
    assert (write.state, write.attempts, write.error_code, write.next_attempt_at) == ("pending", 1, "", None)
    assert not write_retry(write_id=write.pk, by=BY)


@pytest.mark.parametrize("state", [state for state in Write.State.values if state != "failed"])
def test_write_retry__not_failed__left_alone(complaint: Complaint, state: str) -> None:
    write = write_of(complaint, 1)
    Write.objects.filter(pk=write.pk).update(state=state)
    before = Write.objects.values().get(pk=write.pk)
    assert not write_retry(write_id=write.pk, by=BY)
    assert Write.objects.values().get(pk=write.pk) == before


def test_write_retry__signature_of_an_officer_is_void__left_alone(complaint: Complaint) -> None:
    write = write_of(complaint, 1)
    Write.objects.filter(pk=write.pk).update(state="failed", error_code=SIGNATURE_VOID)
    assert not write_retry(write_id=write.pk, by=BY)
    write.refresh_from_db()
    assert write.state == "failed"


@pytest.mark.parametrize("state", FREE)
def test_writes_give_up__in_no_transaction__note_under_its_nonce_that_says_what_and_why(
    complaint: Complaint, state: str
) -> None:
    before = write_of(complaint, 4)
    Write.objects.filter(pk=before.pk).update(state=state, attempts=3, error_code="InvalidTransition")
    assert give_up(complaint, 4) == [4]
    note = write_of(complaint, 4)
    assert (note.pk, note.event_type, note.state, note.attempts, note.error_code) == (
        before.pk,
        E.NOTED,
        "pending",
        0,
        "",
    )
    assert note.payload is not None
    assert (note.payload["reason"], note.payload["by"]) == ("Filed twice.", BY)
    assert note.payload["given_up"] == {"type": "COMMENTED", "data": before.data}
    assert Known(note).commitment == note.data != before.data
    assert note.given_up == {
        "event_type": "COMMENTED",
        "data": before.data,
        "salt": before.salt,
        "payload": before.payload,
        "error_code": "InvalidTransition",
        "error_detail": "",
        "by": BY,
        "reason": "Filed twice.",
    }


def test_writes_give_up__last_change_of_status__status_recomputed(complaint: Complaint) -> None:
    with transaction.atomic():
        recording.record(complaint=complaint, event_type=E.CLOSED, by=BY, changes=CHANGES)
    assert give_up(complaint, 5) == [5]
    complaint.refresh_from_db()
    assert (complaint.accepted_status, complaint.next_nonce) == (Status.OPEN, 6)


def test_writes_give_up__what_others_stand_on__refused_with_those_to_give_up_too(complaint: Complaint) -> None:
    before = list(Write.objects.values())
    with pytest.raises(GiveUpRefused, match=r"REOPENED \(nonce 3\)") as refused:
        give_up(complaint, 2)
    assert [write.nonce for write in refused.value.needed] == [3]
    assert refused.value.write is None
    assert list(Write.objects.values()) == before
    assert give_up(complaint, 2, 3) == [2, 3]


def test_writes_give_up__with_needed__all_at_once(complaint: Complaint) -> None:
    assert give_up(complaint, 2, with_needed=True) == [2, 3]
    types = list(complaint.writes.order_by("nonce").values_list("event_type", flat=True))
    assert types == [E.CREATED, E.ASSIGNED, E.NOTED, E.NOTED, E.COMMENTED]


@pytest.mark.parametrize("state", [state for state in Write.State.values if state not in FREE])
def test_writes_give_up__in_a_transaction_or_landed__refused(complaint: Complaint, state: str) -> None:
    Write.objects.filter(complaint=complaint, nonce=4).update(state=state)
    with pytest.raises(GiveUpRefused, match=f"it is {state}") as refused:
        give_up(complaint, 4)
    assert refused.value.write == write_of(complaint, 4)


def test_writes_give_up__needed_one_in_a_transaction__refused(complaint: Complaint) -> None:
    Write.objects.filter(complaint=complaint, nonce=3).update(state="sent")
    with pytest.raises(GiveUpRefused, match=r"REOPENED \(nonce 3\) can't be given up: it is sent"):
        give_up(complaint, 2, with_needed=True)
    assert write_of(complaint, 2).event_type == E.RESOLVED


def test_writes_give_up__filing__refused(complaint: Complaint) -> None:
    with pytest.raises(GiveUpRefused, match="reject or close"):
        give_up(complaint, 0)


def test_writes_give_up__note__refused(complaint: Complaint) -> None:
    give_up(complaint, 4)
    with pytest.raises(GiveUpRefused, match="it is already a note"):
        give_up(complaint, 4)


def test_writes_give_up__frozen_complaint__refused(complaint: Complaint) -> None:
    Complaint.objects.filter(pk=complaint.pk).update(frozen_reason="unknown link")
    with pytest.raises(recording.ComplaintFrozen, match="unknown link"):
        give_up(complaint, 4)


def test_writes_give_up__without_a_reason__refused(complaint: Complaint) -> None:
    with pytest.raises(ValueError, match="reason"):
        writes_give_up(write_ids=[write_of(complaint, 4).pk], by=BY, reason=" ")


def test_writes_give_up__officer_s_signature__gone_with_what_it_was_for(complaint: Complaint) -> None:
    rows = Write.objects.filter(complaint=complaint, nonce=4)
    rows.update(actor="0x70997970C51812dc3A010C7d01b50e0d17dc79C8", entry_signature="0xab", valid_until=9)
    give_up(complaint, 4)
    note = rows.get()
    assert (note.actor, note.entry_signature, note.valid_until, note.reserved_until) == ("", "", None, None)


KINDS_BEHIND = [E.ASSIGNED, E.COMMENTED, E.RESOLVED, E.CLOSED, E.REOPENED, E.SLA_PAUSED, E.SLA_RESUMED, E.NOTED]


@given(types=st.lists(st.sampled_from(KINDS_BEHIND), max_size=9), draw=st.data())
def test_needed_with__any_lawful_writes__the_rest_stays_lawful_and_nothing_more_is_needed(
    types: list[EventType], draw: st.DataObject
) -> None:
    lawful: list[EventType] = [E.CREATED]
    for event_type in types:
        if first_unlawful(Status.NONE, [*lawful, event_type]) is None:
            lawful.append(event_type)
    writes = [Write(pk=nonce + 1, nonce=nonce, event_type=kind) for nonce, kind in enumerate(lawful)]
    repairable = [write for write in writes if write.event_type not in (E.CREATED, E.NOTED)]
    if not repairable:
        return
    chosen = draw.draw(st.lists(st.sampled_from(repairable), unique_by=lambda write: write.pk, min_size=1))
    needed = needed_with(writes, chosen)
    noted = {write.pk for write in (*chosen, *needed)}
    status_after(Status.NONE, types_of(writes, noted))
    for write in needed:
        assert first_unlawful(Status.NONE, types_of(writes, noted - {write.pk})) is not None


def test_commands__list_retry_and_give_up__by_somebody(complaint: Complaint, staff, capsys) -> None:
    write = write_of(complaint, 4)
    Write.objects.filter(pk=write.pk).update(state="failed", error_code="InvalidTransition")
    call_command("write_retry")
    assert f"{write.pk}: COMMENTED of test/T-1, nonce 4: InvalidTransition" in capsys.readouterr().out
    with pytest.raises(CommandError, match="--by"):
        call_command("write_retry", write.pk)
    call_command("write_retry", write.pk, "--by", staff.username)
    with pytest.raises(CommandError, match=f"not failed: {write.pk}"):
        call_command("write_retry", write.pk, "--by", staff.username)
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("write_give_up", write.pk, "--by", "nobody", "--reason", "x")
    resolved = write_of(complaint, 2)
    with pytest.raises(CommandError, match=f"ids {write_of(complaint, 3).pk}, or --with-needed"):
        call_command("write_give_up", resolved.pk, "--by", staff.username, "--reason", "x")
    call_command("write_give_up", resolved.pk, "--by", staff.username, "--reason", "x", "--with-needed")
    assert "nonce 2 of test/T-1 is now a note" in capsys.readouterr().out
    payload = write_of(complaint, 2).payload
    assert payload is not None
    assert payload["by"] == str(staff.opaque_id)


def test_writes_give_up__change_of_status_of_a_report__report_is_what_it_was(report: IssueReport, staff: User) -> None:
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    resolved = report.complaint.writes.get(event_type=E.RESOLVED)
    writes_give_up(write_ids=[resolved.pk], by=str(staff.opaque_id), reason="Not resolved at all.")
    assert IssueReport.objects.get().status == "in_progress"
    services.report_update(report_id=report.pk, by=staff, status="rejected")
    types = report.complaint.writes.order_by("nonce").values_list("event_type", flat=True)
    assert list(types) == [E.CREATED, E.STATUS_UPDATED, E.NOTED, E.REJECTED]
