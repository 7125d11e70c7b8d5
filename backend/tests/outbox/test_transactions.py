"""A change and its writes are saved together, or neither is."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from blockchain.models import BlockchainTransaction, EvidenceHash
from blockchain.outbox.services import OutsideTransactionError
from report import services
from report.models import Comment, IssueReport
from tests.fixtures.reports import FILED

pytestmark = pytest.mark.django_db(transaction=True)


def evidence_of(report: IssueReport) -> EvidenceHash:
    return EvidenceHash(
        report=report,
        uploaded_by=report.user,
        ipfs_cid="bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
        cid_parameters={},
        file_hash="00" * 32,
        salt="0x" + "00" * 32,
        evidence_hash="0x" + "11" * 32,
        size=1,
    )


def test_report_saved__outside_a_transaction__refused_and_not_there(complainant):
    report = IssueReport(user=complainant, complaint_id="0x00", complaint_salt="0x00", **FILED)
    report.acting_user = complainant
    with pytest.raises(OutsideTransactionError):
        report.save()
    assert not IssueReport.objects.exists()
    assert not BlockchainTransaction.objects.exists()


@pytest.mark.parametrize("change", [{"status": "closed"}, {"priority": "high"}, {"assigned_to_id": None}])
def test_report_changed__outside_a_transaction__refused_and_not_there(report, staff, change):
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    before, writes = IssueReport.objects.values().get(), BlockchainTransaction.objects.count()
    found = IssueReport.objects.get()
    found.acting_user = staff
    for name, value in change.items():
        setattr(found, name, value)
    with pytest.raises(OutsideTransactionError):
        found.save()
    assert IssueReport.objects.values().get() == before
    assert BlockchainTransaction.objects.count() == writes


def test_report_saved__display_cache_only__needs_no_transaction(report):
    found = IssueReport.objects.get()
    found.blockchain_verified = True
    found.save()
    assert BlockchainTransaction.objects.count() == 2


@pytest.mark.parametrize("make", [lambda report: Comment(report=report, author=report.user, text="x"), evidence_of])
def test_comment_or_evidence_saved__outside_a_transaction__refused_and_not_there(report, make):
    row = make(report)
    with pytest.raises(OutsideTransactionError):
        row.save()
    assert not type(row).objects.exists()
    assert BlockchainTransaction.objects.count() == 2


def test_evidence_saved__in_a_transaction__one_write_that_it_points_to(report):
    with transaction.atomic():
        services.report_lock(report_id=report.pk)
        evidence = evidence_of(report)
        evidence.save()
    write = report.writes.get(order=3)
    assert (write.data_hash, EvidenceHash.objects.get().write) == (evidence.evidence_hash, write)


def test_report_changed__by_nobody__refused(report):
    report = IssueReport.objects.get()
    report.status = "closed"
    with pytest.raises(ValueError, match="who does it"), transaction.atomic():
        report.save()
    assert IssueReport.objects.get().status == "pending"


def rolled_back(change: Callable[[], object]) -> None:
    """Makes a change within a transaction that ends in an error."""
    with pytest.raises(ZeroDivisionError):
        _change_and_fail(change)


@transaction.atomic
def _change_and_fail(change: Callable[[], object]) -> None:
    writes = BlockchainTransaction.objects.count()
    change()
    assert BlockchainTransaction.objects.count() > writes
    raise ZeroDivisionError


def test_create__rolled_back__leaves_neither_report_nor_write(complainant):
    rolled_back(lambda: services.report_create(user=complainant, **FILED))
    assert not IssueReport.objects.exists()
    assert not BlockchainTransaction.objects.exists()


def test_update__rolled_back__order_has_no_gap(report, staff):
    change = {"report_id": report.pk, "by": staff, "status": "in_progress"}
    rolled_back(lambda: services.report_update(**change))
    assert IssueReport.objects.get().status == "pending"
    services.report_update(**change)
    assert list(report.writes.order_by("order").values_list("order", flat=True)) == [1, 2, 3]


def test_changes__at_the_same_time__one_order_and_no_lost_write(report, staff, complainant):
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
    assert list(report.writes.order_by("order").values_list("order", flat=True)) == list(range(1, 12))
    assert IssueReport.objects.get().next_write_order == 12


def test_same_change__at_the_same_time__recorded_once(report, staff):
    def close(_):
        try:
            services.report_update(report_id=report.pk, by=staff, status="closed")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(close, range(4)))
    assert report.writes.count() == 3
