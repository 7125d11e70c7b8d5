"""Each list finds its page by an index, however it is filtered: nothing is read through, and nothing is sorted."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.test import RequestFactory

from accounts.models import User
from blockchain.models import ChainEvent, Complaint, EvidenceFile, Write
from report.models import IssueReport
from report.selectors import reports_filtered

pytestmark = pytest.mark.django_db
sqlite_alone = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="MariaDB decides by the contents of a table, of which a test's has none"
)
FILTERS = [(status, assignee) for status in (None, "closed") for assignee in (None, "me", "none", "staff")]
BEHIND = Q(created_at__lte=datetime(2026, 1, 1, tzinfo=UTC)) & (
    Q(created_at__lt=datetime(2026, 1, 1, tzinfo=UTC)) | Q(created_at=datetime(2026, 1, 1, tzinfo=UTC), id__lt=9)
)


def plan(rows: QuerySet[Model]) -> list[str]:
    """The steps, such as "SCAN table USING INDEX name", without the numbers before each."""
    return [line.lstrip(" 0123456789") for line in rows.explain().splitlines()]


def assert_by_index(rows: QuerySet[Model]) -> None:
    """No table is read through but along an index that has the order."""
    steps = plan(rows)
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
    assert not [step for step in steps if step.startswith("SCAN") and "INDEX" not in step], steps


@sqlite_alone
@pytest.mark.parametrize("role", ["staff", "complainant"])
@pytest.mark.parametrize(("status", "assignee"), FILTERS)
def test_reports_filtered__any_filter__by_index(
    request: pytest.FixtureRequest, role: str, status: str | None, assignee: str | None
) -> None:
    user: User = request.getfixturevalue(role)
    rows = reports_filtered(user=user, status=status, assigned_to=assignee)
    assert_by_index(rows[:50])
    assert_by_index(rows.filter(BEHIND)[:50])


def test_reports__lists__join_no_table_that_the_database_could_begin_with(staff: User) -> None:
    request = RequestFactory().get("/")
    request.user = staff
    page = admin.site._registry[IssueReport]
    changes = page.get_changelist_instance(request)
    for rows in (reports_filtered(user=staff, status=None, assigned_to=None), changes.get_queryset(request)):
        assert "JOIN" not in str(rows.query)


@sqlite_alone
@pytest.mark.parametrize(
    ("model", "filters"),
    [
        (IssueReport, {"status": "closed"}),
        (IssueReport, {"priority": "urgent"}),
        (Complaint, {"source": "report"}),
        (Complaint, {"accepted_status": 3}),
        (Complaint, {"frozen_reason": ""}),
        (Write, {"state": "failed"}),
        (Write, {"event_type": 14}),
        (Write, {"error_code": "InvalidTransition"}),
        (ChainEvent, {"event_type": 14}),
        (EvidenceFile, {"media_type": "image/png"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else next(iter(value)),
)
def test_admin__list_and_its_filters__by_index(model: type[Model], filters: dict[str, object], staff: User) -> None:
    request = RequestFactory().get("/")
    request.user = staff
    page = admin.site._registry[model]
    # Most are in the order of the primary key, along which the table itself is read.
    steps = plan(page.get_queryset(request).order_by(*page.get_ordering(request))[:50])
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
    (step,) = plan(model._default_manager.filter(**filters).order_by().only("pk"))
    assert step.startswith("SEARCH"), step
    assert "INDEX" in step, step
