"""A change and its writes are saved together, or neither is; and nothing is saved without being recorded."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction

from blockchain import recording
from blockchain.acceptance import UnrecordedChange
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.schemas import PayloadInvalid
from blockchain.recording import ComplaintFrozen, OutsideTransactionError, TransitionForbidden
from report import services
from report.models import Comment, IssueReport
from tests.fixtures.contents import CHANGES, contents_of
from tests.fixtures.reports import FILED

pytestmark = pytest.mark.django_db(transaction=True)


def nonces(report: IssueReport) -> list[int]:
    return list(report.complaint.writes.order_by("nonce").values_list("nonce", flat=True))


def test_complaint_open__outside_a_transaction__refused_and_not_there(db):
    with pytest.raises(OutsideTransactionError):
        recording.complaint_open(source="report", external_id="A", changes=CHANGES, by="somebody")
    assert not Complaint.objects.exists()
    assert not Write.objects.exists()


def test_complaint_open__same_id_of_the_same_source__refused(db):
    with transaction.atomic():
        recording.complaint_open(source="report", external_id="A", changes=CHANGES, by="somebody")
        recording.complaint_open(source="other", external_id="A", changes=CHANGES, by="somebody")
    with pytest.raises(IntegrityError), transaction.atomic():
        recording.complaint_open(source="report", external_id="A", changes=CHANGES, by="somebody")
    assert Complaint.objects.count() == Write.objects.count() == 2


def test_record__outside_a_transaction__refused_and_not_there(report):
    with pytest.raises(OutsideTransactionError):
        recording.record(complaint=report.complaint, event_type=EventType.COMMENTED, by="somebody", changes=CHANGES)
    assert nonces(report) == [0]


def test_record__dedupe_key_again__the_earlier_write(report):
    with transaction.atomic():
        one, two = (
            recording.record(
                complaint=report.complaint,
                event_type=EventType.COMMENTED,
                by="somebody",
                changes=CHANGES,
                dedupe_key="ticket 7",
            )
            for _ in range(2)
        )
    assert one == two
    assert nonces(report) == [0, 1]


def test_record__forbidden_kind__refused_with_both_named(report):
    with pytest.raises(TransitionForbidden) as refused, transaction.atomic():
        recording.record(complaint=report.complaint, event_type=EventType.REOPENED, by="somebody", changes=CHANGES)
    assert (refused.value.status_on_chain, refused.value.event_type) == (Status.OPEN, EventType.REOPENED)
    assert nonces(report) == [0]


@pytest.mark.parametrize("event_type", [EventType.ESCALATED, EventType.OBJECTED])
def test_record__what_no_recorder_writes__refused(report, event_type):
    with pytest.raises(TransitionForbidden), transaction.atomic():
        recording.record(complaint=report.complaint, event_type=event_type, by="somebody")


def test_record__frozen_complaint__refused_with_the_reason(report):
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    with pytest.raises(ComplaintFrozen, match=r"^link 3 is not ours$"), transaction.atomic():
        recording.record(complaint=report.complaint, event_type=EventType.COMMENTED, by="somebody", changes=CHANGES)
    assert nonces(report) == [0]


@pytest.mark.parametrize(
    ("event_type", "more", "message"),
    [
        (EventType.SLA_DEADLINE_SET, {}, "SLA_DEADLINE_SET needs a deadline"),
        (EventType.SLA_DEADLINE_SET, {"deadline": 0}, "does not accept the deadline"),
        (EventType.SLA_DEADLINE_SET, {"deadline": 2**32 - 1}, "does not accept the deadline"),
        (EventType.SLA_DEADLINE_SET, {"deadline": 4_200_000_000}, "does not accept the deadline"),
        (EventType.COMMENTED, {"deadline": 5}, "SLA_DEADLINE_SET needs a deadline"),
        (EventType.EVIDENCE_ANCHORED, {}, "EVIDENCE_ANCHORED needs a file"),
        (
            EventType.COMMENTED,
            {"evidence": recording.File(sha256="", cid="", size=1, media_type="", name="")},
            "a file",
        ),
    ],
)
def test_record__what_does_not_fit_the_kind__refused(report, event_type, more, message):
    with pytest.raises(ValueError, match=message), transaction.atomic():
        recording.record(complaint=report.complaint, event_type=event_type, by="somebody", **more)
    assert nonces(report) == [0]


@pytest.mark.parametrize(
    ("event_type", "more", "path"),
    [
        (EventType.COMMENTED, {}, ""),
        (EventType.COMMENTED, {"changes": {}}, "changes"),
        (EventType.COMMENTED, {"changes": {"text": ["only one"]}}, "changes.text"),
        (EventType.COMMENTED, {"changes": {"text": [None, 1.5]}}, "changes.text.1"),
        (EventType.COMMENTED, {"changes": CHANGES, "more": {"secret": "x"}}, ""),
        (EventType.NOTED, {"more": {"reason": ""}}, "reason"),
    ],
)
def test_record__payload_that_its_schema_does_not_allow__refused(report, event_type, more, path):
    with pytest.raises(PayloadInvalid) as raised, transaction.atomic():
        recording.record(complaint=report.complaint, event_type=event_type, by="somebody", **more)
    assert raised.value.path == path
    assert nonces(report) == [0]


def test_complaint_open__payload_that_its_schema_does_not_allow__refused(report):
    with pytest.raises(PayloadInvalid) as raised, transaction.atomic():
        recording.complaint_open(source="other", external_id="A", changes={}, by="somebody")
    assert raised.value.path == "changes"
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize("event_type", [EventType.NOTED, EventType.ERASED])
@pytest.mark.parametrize("status", ["pending", "on_hold", "resolved", "closed"])
def test_record__note_or_erasure__in_every_status_and_changes_none(report_in, status, event_type):
    complaint = report_in(status).complaint
    before = complaint.accepted_status
    with transaction.atomic():
        write = recording.record(complaint=complaint, event_type=event_type, by="somebody", **contents_of(event_type))
    assert write.payload["type"] == event_type.name
    assert Complaint.objects.get().accepted_status == before


def test_report_made__past_the_services__refused_and_not_there(report, complainant):
    values = {"complaint": report.complaint, "user": complainant, **FILED}
    for make in (
        lambda: IssueReport(**values).save(),
        lambda: IssueReport.objects.create(**values),
        lambda: IssueReport.objects.bulk_create([IssueReport(**values)]),
    ):
        with pytest.raises(UnrecordedChange):
            make()
    assert IssueReport.objects.count() == 1


@pytest.mark.parametrize("change", [{"status": "closed"}, {"priority": "high"}, {"assigned_to_id": None}])
def test_report_changed__past_the_services__refused_and_unchanged(report, staff, change):
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    before = IssueReport.objects.values().get()

    def save():
        found = IssueReport.objects.get()
        for name, value in change.items():
            setattr(found, name, value)
        found.save()

    def bulk():
        found = IssueReport.objects.get()
        for name, value in change.items():
            setattr(found, name, value)
        IssueReport.objects.bulk_update([found], [name.removesuffix("_id") for name in change])

    for attempt in (save, bulk, lambda: IssueReport.objects.update(**change)):
        with pytest.raises(UnrecordedChange):
            attempt()
    assert IssueReport.objects.values().get() == before


def test_report_saved__nothing_tracked_changed__needs_no_record(report):
    IssueReport.objects.get().save()
    IssueReport.objects.update(location="13 Harbour Road")
    assert nonces(report) == [0]


def test_comment_saved__without_a_write__refused_by_the_database(report):
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(report=report, author=report.user, text="x")


def rolled_back(change: Callable[[], object]) -> None:
    """Makes a change within a transaction that ends in an error."""
    with pytest.raises(ZeroDivisionError):
        _change_and_fail(change)


@transaction.atomic
def _change_and_fail(change: Callable[[], object]) -> None:
    writes = Write.objects.count()
    change()
    assert Write.objects.count() > writes
    raise ZeroDivisionError


def test_create__rolled_back__leaves_neither_report_nor_complaint_nor_write(complainant):
    rolled_back(lambda: services.report_create(user=complainant, **FILED))
    for model in (IssueReport, Complaint, Write):
        assert not model.objects.exists()


def test_update__rolled_back__nonces_have_no_gap(report, staff):
    change = {"report_id": report.pk, "by": staff, "status": "in_progress"}
    rolled_back(lambda: services.report_update(**change))
    assert IssueReport.objects.get().status == "pending"
    services.report_update(**change)
    assert nonces(report) == [0, 1]
    assert Complaint.objects.get().next_nonce == 2


def test_changes__at_the_same_time__consecutive_nonces_and_no_lost_write(report, staff, complainant):
    jobs = itertools.chain(
        (lambda: services.comment_create(report_id=report.pk, author=complainant, text="x") for _ in range(6)),
        (
            lambda p=p: services.report_update(report_id=report.pk, by=staff, priority=p)
            for p in ("low", "high", "urgent")
        ),
    )

    def run(job):
        try:
            job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, jobs))
    assert nonces(report) == list(range(10))
    assert Complaint.objects.get().next_nonce == 10


def test_same_change__at_the_same_time__recorded_once(report, staff):
    def close(_):
        try:
            services.report_update(report_id=report.pk, by=staff, status="closed")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(close, range(4)))
    assert nonces(report) == [0, 1]
