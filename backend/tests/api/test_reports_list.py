"""Lists: whose reports, which, and how many at a time."""

import pytest

from report import services
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

URL = "/api/reports/"


@pytest.fixture
def reports(complainant, other_complainant, staff) -> dict[str, IssueReport]:
    made = {
        name: services.report_create(user=user, **FILED | {"issue_title": name})
        for name, user in [("first", complainant), ("second", complainant), ("third", other_complainant)]
    }
    services.report_update(report_id=made["first"].pk, by=staff, status="in_progress", assigned_to=staff)
    services.report_update(report_id=made["third"].pk, by=staff, status="closed")
    return made


def titles(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [result["issue_title"] for result in response.json()["results"]]


def test_list__each_actor__what_they_may_see_newest_first(
    reports, complainant_client, other_complainant_client, staff_client
):
    assert titles(complainant_client.get(URL)) == ["second", "first"]
    assert titles(other_complainant_client.get(URL)) == ["third"]
    assert titles(staff_client.get(URL)) == ["third", "second", "first"]


def test_list__results__carry_no_salts(reports, staff_client):
    for result in staff_client.get(URL).json()["results"]:
        assert not {"complaint_salt", "created", "salt", "payload"} & result.keys()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=closed", ["third"]),
        ("status=pending", ["second"]),
        ("status=rejected", []),
        ("assigned_to=staff", ["first"]),
        ("assigned_to=me", ["first"]),
        ("assigned_to=none", ["third", "second"]),
        ("assigned_to=nobody-of-this-name", []),
        ("status=in_progress&assigned_to=me", ["first"]),
    ],
)
def test_list__filtered__by_status_and_assignee(reports, staff_client, query, expected):
    assert titles(staff_client.get(f"{URL}?{query}")) == expected


def test_list__filtered_by_a_complainant__still_only_their_own(reports, other_complainant_client):
    assert titles(other_complainant_client.get(f"{URL}?assigned_to=staff")) == []


def test_list__paged__each_report_once(reports, staff_client):
    first = staff_client.get(f"{URL}?page_size=2").json()
    assert (first["count"], first["previous"], len(first["results"])) == (3, None, 2)
    second = staff_client.get(first["next"]).json()
    assert (second["count"], second["next"], len(second["results"])) == (3, None, 1)
    assert len({result["tracking_id"] for result in first["results"] + second["results"]}) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=unknown", "status"),
        ("status=", "status"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=99999999999999999999", "page_size"),
        ("page_size=all", "page_size"),
        ("assigned_to=" + "x" * 151, "assigned_to"),
        ("assigned_to=%00", "assigned_to"),
        ("user=1", "user"),
        ("ordering=complaint_salt", "ordering"),
    ],
)
def test_list__bad_query__400_names_the_parameter(staff_client, query, field):
    assert_problem(staff_client.get(f"{URL}?{query}"), 400, field)


def test_list__page_after_the_last__404(reports, staff_client):
    assert_problem(staff_client.get(f"{URL}?page=2"), 404)


def test_list__more_reports__no_more_queries(reports, complainant, staff_client, django_assert_max_num_queries):
    for number in range(10):
        services.report_create(user=complainant, **FILED | {"issue_title": str(number)})
    with django_assert_max_num_queries(7):
        assert len(titles(staff_client.get(URL))) == 13


def test_list__longest_page__within_the_bound(reports, staff_client):
    assert len(titles(staff_client.get(f"{URL}?page_size=200"))) == 3
