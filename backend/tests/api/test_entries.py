"""Entries that officers sign with keys of their own, without a chain: prepared, signed, expired, refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.constants import SECPK1_N

from blockchain.chain import artifact
from blockchain.models import Complaint, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.reservations import reservations_expire
from report import services
from report.models import Comment, IssueReport
from tests.api.problems import assert_problem

URL = "/api/blockchain/entries/"
KEY = "0x" + "07" * 32
ACTOR = Account.from_key(KEY).address
ENTRY_RESERVED = "urn:complaintregistry:problem:recording-refused"


@pytest.fixture(autouse=True)
def known(deployment: Any) -> None:
    """The contract is known; its node does not answer."""


@pytest.fixture
def prepare(report, staff_client):
    """Prepares an entry as staff; the answer's body, or the answer if it is refused."""

    def post(changes: dict[str, Any], event_type: str, status: int = 201, **more: Any) -> Any:
        body = {"tracking_id": report.tracking_id, "event_type": event_type, "changes": changes, "actor": ACTOR} | more
        response = staff_client.post(URL, body, format="json")
        assert response.status_code == status, response.content
        return response.json() if status == 201 else response

    return post


@pytest.fixture
def submit(staff_client):
    def put(entry: dict[str, Any], signature: str | None = None) -> Any:
        body = {"signature": signature or signed(entry)}
        return staff_client.put(f"{URL}{entry['id']}/signature/", body, format="json")

    return put


def signed(entry: dict[str, Any], key: str = KEY) -> str:
    signature = Account.from_key(key).sign_message(encode_typed_data(full_message=entry["typed_data"])).signature
    return "0x" + bytes(signature).hex()


def expire() -> None:
    Write.objects.filter(state="reserved").update(reserved_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("status", "changes", "event_type", "expected"),
    [
        ("pending", {"status": "in_progress"}, "STATUS_UPDATED", {"status": ["pending", "in_progress"]}),
        ("pending", {"status": "resolved"}, "RESOLVED", {"status": ["pending", "resolved"]}),
        ("on_hold", {"status": "rejected"}, "REJECTED", {"status": ["on_hold", "rejected"]}),
        ("resolved", {"status": "closed"}, "CLOSED", {"status": ["resolved", "closed"]}),
        ("closed", {"status": "in_progress"}, "REOPENED", {"status": ["closed", "in_progress"]}),
        ("pending", {"priority": "urgent"}, "STATUS_UPDATED", {"priority": ["normal", "urgent"]}),
        ("pending", {"comment": " Seen. "}, "COMMENTED", {"comment": [None, " Seen. "]}),
    ],
)
def test_entry__prepared_and_signed__pending_and_the_change_is_made(
    report_in, prepare, submit, staff, status, changes, event_type, expected
):
    report = report_in(status)
    before = IssueReport.objects.values().get()
    entry = prepare(changes, event_type)
    assert IssueReport.objects.values().get() == before
    assert not Comment.objects.exists()
    assert entry["state"] == "reserved"
    assert entry["payload"]["changes"] == expected
    data = hashing.data_hash(salt=hashing.unhex(entry["salt"]), payload=entry["payload"])
    assert entry["data"] == hashing.hex0x(data)
    assert entry["nonce"] == report.complaint.writes.count() - 1

    response = submit(entry)
    assert response.status_code == 200
    assert response.json()["state"] == "pending"
    write = Write.objects.get(nonce=entry["nonce"])
    assert (write.actor, write.entry_signature, write.entry_head) == (ACTOR, signed(entry), "0x" + "00" * 22)
    assert (write.state, write.valid_until) == ("pending", entry["valid_until"])
    report.refresh_from_db()
    for field, (_, new) in expected.items():
        if field == "comment":
            comment = Comment.objects.get()
            assert (comment.text, comment.author, comment.write) == (new, staff, write)
        else:
            assert getattr(report, field) == new


def test_entry__assignment__deadline_of_the_priority_behind_it(report, prepare, submit, staff):
    entry = prepare({"assigned_to": "staff"}, "ASSIGNED")
    assert entry["payload"]["changes"] == {"assigned_to": [None, str(staff.opaque_id)]}
    assert submit(entry).status_code == 200
    assert IssueReport.objects.get().assigned_to == staff
    kinds = list(report.complaint.writes.order_by("nonce").values_list("event_type", flat=True))
    assert kinds == [EventType.CREATED, EventType.ASSIGNED, EventType.SLA_DEADLINE_SET]


def test_entry__unassignment__null(report, prepare, submit, staff):
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    assert submit(prepare({"assigned_to": None}, "ASSIGNED")).status_code == 200
    assert IssueReport.objects.get().assigned_to is None


@pytest.mark.parametrize(
    ("status", "target", "event_type"),
    [("pending", "on_hold", "SLA_PAUSED"), ("on_hold", "in_progress", "SLA_RESUMED")],
)
def test_entry__clock__commits_to_nothing_and_changes_the_status(
    report_in, prepare, submit, status, target, event_type
):
    report_in(status)
    entry = prepare({"status": target}, event_type)
    assert (entry["data"], entry["payload"], entry["salt"]) == ("0x" + "00" * 32, None, "")
    assert submit(entry).status_code == 200
    assert IssueReport.objects.get().status == target


def test_entry__deadline_in_the_past__is_the_data(prepare, submit):
    entry = prepare({"deadline": 1_700_000_000}, "SLA_DEADLINE_SET")
    assert (int(entry["data"], 16), entry["payload"]) == (1_700_000_000, None)
    assert submit(entry).status_code == 200


def test_entry__note__says_why(prepare, submit):
    entry = prepare({"reason": "The file was mislaid."}, "NOTED")
    assert entry["payload"]["reason"] == "The file was mislaid."
    assert "changes" not in entry["payload"]
    assert submit(entry).status_code == 200


@pytest.mark.parametrize("valid_until", [253_402_300_799, 7_200])
def test_prepare__typed_data__names_everything(prepare, report, valid_until):
    if valid_until == 7_200:
        valid_until += int(timezone.now().timestamp())
    entry = prepare({"comment": "Seen."}, "COMMENTED", valid_until=valid_until)
    assert entry["typed_data"]["message"] == {
        "genesis": "0x" + "33" * 22,
        "complaintId": report.complaint.complaint_id,
        "data": entry["data"],
        "eventType": 3,
        "nonce": 1,
        "head": "0x" + "00" * 22,
        "actor": ACTOR,
        "validUntil": valid_until,
    }


def test_prepare__no_validity_given__three_days(prepare):
    ahead = prepare({"comment": "Seen."}, "COMMENTED")["valid_until"] - timezone.now().timestamp()
    assert 0 <= 3 * 86_400 - ahead < 60


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"actor": "0x00"}, "actor"),
        ({"actor": None}, "actor"),
        ({"event_type": "CREATED"}, "event_type"),
        ({"event_type": "EVIDENCE_ANCHORED"}, "event_type"),
        ({"event_type": "ESCALATED"}, "event_type"),
        ({"event_type": 3}, "event_type"),
        ({"changes": {}}, "changes"),
        ({"changes": {"comment": "a", "status": "closed"}}, "changes"),
        ({"changes": {"comment": ""}}, "changes.comment"),
        ({"changes": {"title": "x"}}, "changes.title"),
        ({"changes": {"deadline": 0}}, "changes.deadline"),
        ({"changes": {"deadline": 2**32 - 1}}, "changes.deadline"),
        ({"changes": {"deadline": 4_200_000_000}}, "changes.deadline"),
        ({"changes": {"status": "resolved"}}, "changes"),
        ({"changes": {"priority": "normal"}, "event_type": "STATUS_UPDATED"}, "changes"),
        ({"changes": {"assigned_to": None}, "event_type": "ASSIGNED"}, "changes"),
        ({"valid_until": 1}, "valid_until"),
        ({"valid_until": 253_402_300_800}, "valid_until"),
        ({"valid_until": 2**40 - 1}, "valid_until"),
        ({"nonce": 1}, "nonce"),
    ],
    ids=repr,
)
def test_prepare__bad_value__400_names_the_field_and_reserves_nothing(report, staff_client, more, field):
    body = {"tracking_id": report.tracking_id, "event_type": "COMMENTED", "changes": {"comment": "x"}, "actor": ACTOR}
    assert_problem(staff_client.post(URL, body | more, format="json"), 400, field)
    assert report.complaint.writes.count() == 1


def test_prepare__forbidden_transition__409_naming_both(report_in, prepare):
    report_in("closed")
    problem = assert_problem(prepare({"comment": "x"}, "COMMENTED", status=409), 409)
    assert problem["from"] == "closed"


def test_prepare__another_waits__409_until_when(prepare, report):
    prepare({"comment": "one"}, "COMMENTED")
    problem = assert_problem(prepare({"comment": "two"}, "COMMENTED", status=409), 409, type=ENTRY_RESERVED)
    assert "is waiting for its signature" in problem["detail"]
    until = Write.objects.get(nonce=1).reserved_until
    assert until is not None
    assert f"until {until:%Y-%m-%d %H:%M:%S} UTC" in problem["detail"]
    assert report.complaint.writes.count() == 2


def test_prepare__contract_not_known__503_and_nothing_reserved(report, prepare, settings, tmp_path):
    settings.BLOCKCHAIN_DEPLOYMENT = tmp_path / "none.json"
    artifact.deployment.cache_clear()
    assert_problem(prepare({"comment": "x"}, "COMMENTED", status=503), 503)
    assert report.complaint.writes.count() == 1


def test_prepare__frozen_complaint__409(prepare):
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    assert_problem(prepare({"comment": "x"}, "COMMENTED", status=409), 409, title="Complaint frozen")


def test_submit__others_recorded_meanwhile__comes_before_them(report, prepare, submit, staff):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    services.comment_create(report_id=report.pk, author=staff, text="behind")
    assert submit(entry).status_code == 200
    kinds = list(report.complaint.writes.order_by("nonce").values_list("event_type", "state"))
    assert kinds == [(0, "pending"), (EventType.RESOLVED, "pending"), (EventType.COMMENTED, "pending")]
    assert IssueReport.objects.get().status == "resolved"


def test_change__behind_an_entry_that_would_forbid_it__409(report, prepare, staff_client):
    prepare({"status": "resolved"}, "RESOLVED")
    url = f"/api/reports/{report.tracking_id}/"
    assert_problem(staff_client.patch(url, {"priority": "high"}, format="json"), 409, type=ENTRY_RESERVED)
    expire()
    assert staff_client.patch(url, {"priority": "high"}, format="json").status_code == 200
    assert list(report.complaint.writes.order_by("nonce").values_list("nonce", "event_type")) == [(0, 0), (1, 2)]


def test_submit__same_field_changed_meanwhile__409_and_nothing_changed(report, prepare, submit, staff):
    entry = prepare({"priority": "urgent"}, "STATUS_UPDATED")
    services.report_update(report_id=report.pk, by=staff, priority="low")
    assert "priority has changed" in assert_problem(submit(entry), 409)["detail"]
    assert IssueReport.objects.get().priority == "low"
    assert Write.objects.get(nonce=1).state == "reserved"


def test_submit__expired_and_the_nonce_taken__409(report, prepare, submit, staff):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    expire()
    services.comment_create(report_id=report.pk, author=staff, text="instead")
    assert_problem(submit(entry), 409)
    write = report.complaint.writes.get(nonce=1)
    assert (write.event_type, write.state) == (EventType.COMMENTED, "pending")
    assert IssueReport.objects.get().status == "pending"


def test_submit__expired_and_nothing_else_came__accepted(prepare, submit):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    expire()
    assert submit(entry).status_code == 200


def test_expire__something_stands_behind__becomes_a_note(report, prepare, submit, staff):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    services.comment_create(report_id=report.pk, author=staff, text="behind")
    expire()
    assert reservations_expire() == 1
    note = report.complaint.writes.get(nonce=1)
    assert (note.event_type, note.state, note.actor) == (EventType.NOTED, "pending", "")
    assert (note.payload["reason"], note.payload["by"]) == ("reservation expired", "system")
    assert note.payload["given_up"] == {"type": "RESOLVED", "data": entry["data"]}
    assert_problem(submit(entry), 409)
    assert Complaint.objects.get().accepted_status == 1
    assert reservations_expire() == 0


def test_expire__nothing_behind__frees_the_nonce(report, prepare, submit):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    expire()
    assert reservations_expire() == 1
    assert report.complaint.writes.count() == 1
    complaint = Complaint.objects.get()
    assert (complaint.next_nonce, complaint.accepted_status) == (1, 1)
    assert_problem(submit(entry), 409)


def test_expire__not_over__stays(report, prepare):
    prepare({"comment": "x"}, "COMMENTED")
    assert reservations_expire() == 0
    assert report.complaint.writes.filter(state="reserved").count() == 1


def test_expire__made_by_a_clock_that_was_ahead__is_over(report, prepare):
    prepare({"comment": "x"}, "COMMENTED")
    Write.objects.filter(state="reserved").update(reserved_until=timezone.now() + timedelta(days=1))
    assert reservations_expire() == 1


def flipped(signature: str) -> str:
    """The other signature of the same key, with the high s."""
    raw = bytes.fromhex(signature[2:])
    s = SECPK1_N - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: signed(entry, key="0x" + "08" * 32),
        lambda entry: signed(entry | {"typed_data": spoilt(entry["typed_data"], nonce=2)}),
        lambda entry: flipped(signed(entry)),
        lambda entry: signed(entry)[:-2],
        lambda entry: signed(entry)[:-2] + "00",
        lambda entry: "0x" + "00" * 65,
        lambda entry: "0x00",
    ],
    ids=["another key", "another nonce", "high s", "64 bytes", "v 0", "zeros", "one byte"],
)
def test_submit__signature_that_is_not_the_actors__400_and_still_reserved(report, prepare, submit, spoil):
    entry = prepare({"status": "resolved"}, "RESOLVED")
    assert_problem(submit(entry, spoil(entry)), 400, "signature")
    assert Write.objects.get(nonce=1).state == "reserved"
    assert IssueReport.objects.get().status == "pending"
    assert submit(entry).status_code == 200


def spoilt(typed: dict[str, Any], **message: Any) -> dict[str, Any]:
    return typed | {"message": typed["message"] | message}


@pytest.mark.parametrize("signature", ["", "0x", "0xzz", "00", "0x123", "0x" + "00" * 5_000, 5, None])
def test_submit__no_hex__400(prepare, staff_client, signature):
    entry = prepare({"comment": "x"}, "COMMENTED")
    response = staff_client.put(f"{URL}{entry['id']}/signature/", {"signature": signature}, format="json")
    assert_problem(response, 400, "signature")


def test_submit__again__same_answer_and_one_change(prepare, submit, report):
    entry = prepare({"comment": "Seen."}, "COMMENTED")
    one, two = submit(entry), submit(entry, signed(entry).upper().replace("X", "x"))
    assert (one.status_code, two.status_code) == (200, 200)
    assert one.json() == two.json()
    assert Comment.objects.count() == 1
    assert_problem(submit(entry, "0x" + "11" * 65), 409)


def test_submit__frozen_meanwhile__409_and_still_reserved(prepare, submit):
    entry = prepare({"comment": "x"}, "COMMENTED")
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    assert_problem(submit(entry), 409, title="Complaint frozen")
    assert Write.objects.get(nonce=1).state == "reserved"


def test_submit__no_longer_valid__409(prepare, submit):
    entry = prepare({"comment": "x"}, "COMMENTED")
    valid_until = int(timezone.now().timestamp()) - 1
    Write.objects.filter(nonce=1).update(valid_until=valid_until)
    entry = entry | {"typed_data": spoilt(entry["typed_data"], validUntil=valid_until)}
    assert_problem(submit(entry), 409)


def test_entry__read_by_staff__as_prepared(prepare, staff_client):
    entry = prepare({"comment": "x"}, "COMMENTED")
    assert staff_client.get(f"{URL}{entry['id']}/").json() == entry


@pytest.mark.parametrize("entry_id", ["1", "x", "0123456789AB-1", "-", "0" * 200])
def test_entry__no_such_id__404(staff_client, report, entry_id):
    assert_problem(staff_client.get(f"{URL}{entry_id}/"), 404)


def test_entry__of_another_report__never_shown(prepare, report, other_complainant, staff_client):
    other = services.report_create(user=other_complainant, issue_title="x", location="x", issue_description="x")
    entry = prepare({"comment": "secret"}, "COMMENTED")
    response = staff_client.get(f"{URL}{other.tracking_id}-{entry['id'].partition('-')[2]}/")
    assert "secret" not in str(assert_problem(response, 409))


def test_write__that_nobody_signs__is_no_entry(report, staff_client):
    write = report.complaint.writes.get()
    assert_problem(staff_client.get(f"{URL}{report.tracking_id}-{write.pk}/"), 409)
