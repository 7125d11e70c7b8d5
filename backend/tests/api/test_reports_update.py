"""PATCH: who, what, every transition of the state table, and the order of the writes that it enqueues."""

import itertools
import time

import pytest

from accounts.models import User
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType
from report.models import IssueReport
from tests.api.problems import assert_problem

E = EventType
STATUSES = list(IssueReport.Status.values)
UNRESOLVED = {"pending", "in_progress", "on_hold"}

# The state table of the specification, 5.4, written out: what is not here is refused.
LINKS = {
    ("pending", "in_progress"): E.STATUS_UPDATED,
    ("pending", "on_hold"): E.SLA_PAUSED,
    ("in_progress", "on_hold"): E.SLA_PAUSED,
    ("on_hold", "in_progress"): E.SLA_RESUMED,
    ("pending", "resolved"): E.RESOLVED,
    ("in_progress", "resolved"): E.RESOLVED,
    ("on_hold", "resolved"): E.RESOLVED,
    ("pending", "rejected"): E.REJECTED,
    ("in_progress", "rejected"): E.REJECTED,
    ("on_hold", "rejected"): E.REJECTED,
    ("pending", "closed"): E.CLOSED,
    ("in_progress", "closed"): E.CLOSED,
    ("on_hold", "closed"): E.CLOSED,
    ("resolved", "closed"): E.CLOSED,
    ("rejected", "closed"): E.CLOSED,
    ("resolved", "in_progress"): E.REOPENED,
    ("rejected", "in_progress"): E.REOPENED,
    ("closed", "in_progress"): E.REOPENED,
}


class Patch:
    """Patches a report as staff, and knows which writes that added."""

    def __init__(self, client, report: IssueReport) -> None:
        self.client, self.report = client, report
        self.seen = report.complaint.writes.count()

    def __call__(self, **body):
        return self.client.patch(f"/api/reports/{self.report.tracking_id}/", body, format="json")

    def accepted(self, **body) -> dict:
        response = self(**body)
        assert response.status_code == 200, response.content
        return response.json()

    def new_writes(self) -> list[Write]:
        writes = list(self.report.complaint.writes.order_by("nonce"))
        assert [write.nonce for write in writes] == list(range(len(writes)))
        new, self.seen = writes[self.seen :], len(writes)
        return new

    def new_types(self) -> list[EventType]:
        return [EventType(write.event_type) for write in self.new_writes()]


@pytest.fixture
def patch(report, staff_client) -> Patch:
    return Patch(staff_client, report)


@pytest.fixture
def patch_in(report_in, staff_client):
    return lambda status: Patch(staff_client, report_in(status))


@pytest.mark.parametrize(("source", "target"), itertools.product(STATUSES, STATUSES))
def test_update__each_pair_of_statuses__link_or_409_naming_both(patch_in, source, target):
    patch = patch_in(source)
    response = patch(status=target)
    writes = patch.new_writes()
    if source == target:
        assert (response.status_code, writes) == (200, [])
    elif (source, target) in LINKS:
        assert response.status_code == 200
        assert response.json()["status"] == target
        assert [write.event_type for write in writes] == [LINKS[source, target]]
        if LINKS[source, target] not in (E.SLA_PAUSED, E.SLA_RESUMED):
            assert writes[0].payload["changes"] == {"status": [source, target]}
    else:
        body = assert_problem(response, 409)
        assert (body["from"], body["to"]) == (source, target)
        assert source in body["detail"]
        assert target in body["detail"]
        assert writes == []
        assert IssueReport.objects.get().status == source


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"status": "done"}, ["status"]),
        ({"status": None}, ["status"]),
        ({"status": 3}, ["status"]),
        ({"status": ""}, ["status"]),
        ({"status": "PENDING"}, ["status"]),
        ({"status": ["closed"]}, ["status"]),
        ({"priority": "immediate"}, ["priority"]),
        ({"priority": None}, ["priority"]),
        ({"assigned_to": "nobody-of-this-name"}, ["assigned_to"]),
        ({"assigned_to": "complainant"}, ["assigned_to"]),
        ({"assigned_to": "gone"}, ["assigned_to"]),
        ({"assigned_to": "STAFF"}, ["assigned_to"]),
        ({"assigned_to": ""}, ["assigned_to"]),
        ({"assigned_to": 1}, ["assigned_to"]),
        ({"assigned_to": "\x00"}, ["assigned_to"]),
        ({"issue_title": "Other"}, ["issue_title"]),
        ({"location": "Elsewhere"}, ["location"]),
        ({"issue_description": "Never mind"}, ["issue_description"]),
        ({"tracking_id": "0123456789AB"}, ["tracking_id"]),
        ({"blockchain_verified": True}, ["blockchain_verified"]),
        ({"sla_escalated": False}, ["sla_escalated"]),
        ({"user": 1}, ["user"]),
        ({"complaint": 1}, ["complaint"]),
        ({"complainant_address": None}, ["complainant_address"]),
        ({"complaint_id": "0x00"}, ["complaint_id"]),
        ({"priority_deadline_set": True}, ["priority_deadline_set"]),
        ({"unheard_of": 1}, ["unheard_of"]),
        ({"status": "closed", "issue_title": "Other"}, ["issue_title"]),
        ({"status": "done", "priority": "immediate"}, ["status", "priority"]),
    ],
)
def test_update__bad_value__400_names_the_field_and_changes_nothing(patch, body, fields):
    User.objects.create_user("gone", is_staff=True, is_active=False)
    before = IssueReport.objects.values().get()
    assert_problem(patch(**body), 400, *fields)
    assert IssueReport.objects.values().get() == before
    assert patch.new_writes() == []


def test_update__nothing_to_change__400_without_a_write(patch):
    assert_problem(patch(), 400, "")
    assert patch.new_writes() == []


def test_update__same_values__200_without_a_write(patch):
    patch.accepted(status="pending", priority="normal", assigned_to=None)
    assert patch.new_writes() == []


def test_update__assigned_unassigned_reassigned__payloads_with_opaque_ids(patch, staff, other_staff):
    one, two = str(staff.opaque_id), str(other_staff.opaque_id)
    for username, changes in [("staff", [None, one]), ("other_staff", [one, two]), (None, [two, None])]:
        assert patch.accepted(assigned_to=username)["assigned_to"] == username
        write = next(write for write in patch.new_writes() if write.event_type == E.ASSIGNED)
        assert write.payload["changes"] == {"assigned_to": changes}
        assert write.payload["by"] == one
        assert "staff" not in str(write.payload)


@pytest.mark.parametrize("priority", ["low", "normal", "high", "urgent"])
def test_update__first_assignment__sets_the_deadline_of_the_priority(patch, settings, priority):
    before = int(time.time())
    patch.accepted(assigned_to="staff", priority=priority)
    deadline = patch.new_writes()[-1]
    assert deadline.event_type == E.SLA_DEADLINE_SET
    assert 0 <= int(deadline.data, 16) - before - settings.SLA_PRIORITY_SECONDS[priority] <= 5


def test_update__reassignment__moves_no_deadline(patch, other_staff):
    patch.accepted(assigned_to="staff")
    assert patch.new_types() == [E.ASSIGNED, E.SLA_DEADLINE_SET]
    for username in ("other_staff", None, "staff"):
        patch.accepted(assigned_to=username)
        assert patch.new_types() == [E.ASSIGNED]


def test_update__priority_after_the_assignment__moves_no_deadline(patch):
    patch.accepted(assigned_to="staff")
    patch.new_types()
    patch.accepted(priority="urgent")
    assert patch.new_types() == [E.STATUS_UPDATED]


def test_update__assigned_on_hold__deadline_at_the_resumption(patch_in):
    patch = patch_in("on_hold")
    patch.accepted(assigned_to="staff")
    assert patch.new_types() == [E.ASSIGNED]
    patch.accepted(status="in_progress")
    assert patch.new_types() == [E.SLA_RESUMED, E.SLA_DEADLINE_SET]
    patch.accepted(status="on_hold")
    patch.accepted(status="in_progress")
    assert patch.new_types() == [E.SLA_PAUSED, E.SLA_RESUMED]


@pytest.mark.parametrize(
    ("source", "body", "expected"),
    [
        (
            "pending",
            {"assigned_to": "staff", "status": "in_progress", "priority": "high"},
            [E.STATUS_UPDATED, E.STATUS_UPDATED, E.ASSIGNED, E.SLA_DEADLINE_SET],
        ),
        (
            "pending",
            {"assigned_to": "staff", "status": "resolved", "priority": "high"},
            [E.STATUS_UPDATED, E.ASSIGNED, E.SLA_DEADLINE_SET, E.RESOLVED],
        ),
        ("pending", {"assigned_to": "staff", "status": "on_hold"}, [E.ASSIGNED, E.SLA_DEADLINE_SET, E.SLA_PAUSED]),
        ("in_progress", {"assigned_to": "staff", "status": "closed"}, [E.ASSIGNED, E.SLA_DEADLINE_SET, E.CLOSED]),
        ("on_hold", {"assigned_to": "staff", "status": "rejected"}, [E.ASSIGNED, E.REJECTED]),
        ("on_hold", {"assigned_to": "staff", "status": "in_progress"}, [E.SLA_RESUMED, E.ASSIGNED, E.SLA_DEADLINE_SET]),
        ("resolved", {"assigned_to": "staff", "status": "in_progress"}, [E.REOPENED, E.ASSIGNED, E.SLA_DEADLINE_SET]),
        ("closed", {"priority": "low", "status": "in_progress"}, [E.REOPENED, E.STATUS_UPDATED]),
    ],
)
def test_update__several_at_once__opening_first_and_resolution_last(patch_in, source, body, expected):
    patch = patch_in(source)
    patch.accepted(**body)
    assert patch.new_types() == expected


@pytest.mark.parametrize(
    "body", [{"priority": "high"}, {"assigned_to": "staff"}, {"priority": "low", "status": "closed"}]
)
@pytest.mark.parametrize("source", ["resolved", "rejected"])
def test_update__other_changes_of_a_resolved_report__409_and_nothing_of_it(patch_in, source, body):
    patch = patch_in(source)
    assert assert_problem(patch(**body), 409)["from"] == source
    assert patch.new_writes() == []
    assert IssueReport.objects.get().status == source


def test_update__one_part_refused__nothing_of_the_rest(patch_in):
    patch = patch_in("resolved")
    assert_problem(patch(status="rejected", priority="high"), 409)
    report = IssueReport.objects.get()
    assert (report.status, report.priority) == ("resolved", "normal")
    assert patch.new_writes() == []


def test_update__hold_resume_hold__accepted(patch):
    for status in ("on_hold", "in_progress", "on_hold"):
        patch.accepted(status=status)
    writes = patch.new_writes()
    assert [write.event_type for write in writes] == [E.SLA_PAUSED, E.SLA_RESUMED, E.SLA_PAUSED]
    assert {(write.data, write.salt, write.payload) for write in writes} == {("0x" + "00" * 32, "", None)}


def test_update__frozen_complaint__409_with_the_reason_and_nothing_changed(patch):
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    before = IssueReport.objects.values().get()
    for body in ({"status": "closed"}, {"priority": "high"}, {"assigned_to": "staff"}):
        problem = assert_problem(patch(**body), 409, type="urn:complaintregistry:problem:complaint-frozen")
        assert problem["detail"] == "Link 3 is not ours."
    comment = patch.client.post(f"/api/reports/{patch.report.tracking_id}/comments/", {"text": "x"}, format="json")
    assert_problem(comment, 409, title="Complaint frozen")
    assert IssueReport.objects.values().get() == before
    assert patch.new_writes() == []


def test_update__accepted__without_network(patch, no_network):
    patch.accepted(status="in_progress", assigned_to="staff")


def test_update__failing_in_the_middle__changes_nothing(patch, monkeypatch):
    def fail(self):
        raise RuntimeError

    monkeypatch.setattr(IssueReport, "save_recorded", fail)
    patch.client.raise_request_exception = False
    assert_problem(patch(status="in_progress", assigned_to="staff"), 500)
    report = IssueReport.objects.get()
    assert (report.status, report.assigned_to) == ("pending", None)
    assert patch.new_writes() == []
