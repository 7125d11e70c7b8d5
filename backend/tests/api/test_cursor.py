"""Lists by a cursor: each row once, whatever happens to the list meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from report import services
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

URL = "/api/reports/"
FIRST = f"{URL}?cursor=*&page_size=2"


@pytest.fixture
def file_reports(complainant: User) -> Callable[[int], list[IssueReport]]:
    """Files reports, the oldest first."""
    return lambda number: [
        services.report_create(user=complainant, **FILED | {"issue_title": str(each)}) for each in range(number)
    ]


def walk(
    client: APIClient, url: str, *, name: str = "tracking_id", between: Callable[[], Any] = lambda: None
) -> list[str]:
    """The names of all rows, page after page; `between` pages something happens."""
    names: list[str] = []
    following: str | None = url
    while following is not None:
        page = client.get(following).json()
        assert (page["count"], page["previous"]) == (None, None)
        names += [row[name] for row in page["results"]]
        following = page["next"]
        between()
    return names


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5])
def test_list__by_cursor__what_the_pages_with_numbers_have(
    file_reports: Callable[[int], list[IssueReport]], complainant_client: APIClient, number: int
) -> None:
    made = [report.tracking_id for report in file_reports(number)]
    assert walk(complainant_client, FIRST) == made[::-1]
    assert [row["tracking_id"] for row in complainant_client.get(URL).json()["results"]] == made[::-1]


def test_list__reports_leave_the_filter_meanwhile__none_is_left_out(
    file_reports: Callable[[int], list[IssueReport]], staff_client: APIClient, staff: User
) -> None:
    made = [report.tracking_id for report in file_reports(9)]
    seen = []

    def handle_what_was_seen() -> None:
        """As an officer does, who takes up each report of the page."""
        for report in IssueReport.objects.filter(status="pending").order_by("-created_at", "-id")[:2]:
            services.report_update(report_id=report.pk, by=staff, status="in_progress")
            seen.append(report.tracking_id)

    assert walk(staff_client, f"{FIRST}&status=pending", between=handle_what_was_seen) == made[::-1]
    assert seen[:9] == made[::-1]


def test_list__reports_filed_meanwhile__none_comes_twice(
    file_reports: Callable[[int], list[IssueReport]], complainant_client: APIClient
) -> None:
    made = [report.tracking_id for report in file_reports(5)]
    assert walk(complainant_client, FIRST, between=lambda: file_reports(1)) == made[::-1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(seconds=st.lists(st.integers(0, 3), min_size=7, max_size=7), size=st.integers(1, 4), order=st.randoms())
def test_list__filed_in_the_same_instant__each_once(
    file_reports: Callable[[int], list[IssueReport]],
    complainant_client: APIClient,
    seconds: list[int],
    size: int,
    order: Any,
) -> None:
    reports = list(IssueReport.objects.order_by("id")) or file_reports(7)
    order.shuffle(reports)
    for report, after in zip(reports, seconds, strict=True):
        at = reports[0].created_at.replace(microsecond=0, second=0) + timedelta(seconds=after)
        IssueReport.objects.filter(pk=report.pk).update(created_at=at)
    expected = list(IssueReport.objects.order_by("-created_at", "-id").values_list("tracking_id", flat=True))
    assert walk(complainant_client, f"{URL}?cursor=*&page_size={size}") == expected


@pytest.mark.parametrize("cursor", ["0", "ZZZZZZZZZZZZ", "00000000-0000-4000-8000-000000000000"])
def test_list__cursor_of_no_report__404(staff_client: APIClient, report: IssueReport, cursor: str) -> None:
    assert_problem(staff_client.get(URL, {"cursor": cursor}), 404)


def test_list__cursor_is_somebody_elses_report__404(other_complainant_client: APIClient, report: IssueReport) -> None:
    assert_problem(other_complainant_client.get(URL, {"cursor": report.tracking_id}), 404)


@pytest.mark.parametrize("cursor", ["", "**", " *", "*\n", "x" * 37, "a b", "é", "%00"])
def test_list__cursor_of_no_form_of_ours__400(staff_client: APIClient, cursor: str) -> None:
    assert_problem(staff_client.get(URL, {"cursor": cursor}), 400, "cursor")


def test_list__cursor_and_page__400(staff_client: APIClient) -> None:
    assert_problem(staff_client.get(f"{URL}?cursor=*&page=1"), 400, "cursor")


def test_list__by_cursor__neither_counted_nor_more_queries(
    file_reports: Callable[[int], list[IssueReport]], staff_client: APIClient, django_assert_max_num_queries: Any
) -> None:
    made = file_reports(12)
    with django_assert_max_num_queries(6):
        response = staff_client.get(f"{URL}?cursor={made[-1].tracking_id}&page_size=10")
    assert len(response.json()["results"]) == 10


def test_comments_and_evidence__by_cursor__oldest_first_each_once(
    report: IssueReport, complainant_client: APIClient
) -> None:
    comments, evidence = (
        f"/api/reports/{report.tracking_id}/comments/",
        f"/api/blockchain/reports/{report.tracking_id}/evidence/",
    )
    made: dict[str, list[str]] = {comments: [], evidence: []}
    for number in range(5):
        made[comments].append(complainant_client.post(comments, {"text": str(number)}, format="json").json()["id"])
        file = SimpleUploadedFile("a.txt", str(number).encode())
        made[evidence].append(complainant_client.post(evidence, {"file": file}, format="multipart").json()["id"])
    for url, ids in made.items():
        assert walk(complainant_client, f"{url}?cursor=*&page_size=2", name="id") == ids
        assert_problem(complainant_client.get(url, {"cursor": "no-uuid"}), 404)
        assert_problem(complainant_client.get(url, {"cursor": report.tracking_id}), 404)
    # A cursor of one list is none of another's.
    assert_problem(complainant_client.get(comments, {"cursor": made[evidence][0]}), 404)
