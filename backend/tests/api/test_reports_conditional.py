"""`ETag`, `If-Match` and `If-None-Match`: nobody overwrites a change that they have not seen."""

import re
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.models import ChainState, Write
from report import services
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.actors import client_of
from tests.fixtures.reports import FILED

ETAG = re.compile(r'"[0-9a-f.]{20,100}"')


@pytest.fixture
def url(report: IssueReport) -> str:
    return f"/api/reports/{report.tracking_id}/"


@pytest.fixture
def other_staff_client(other_staff: User) -> APIClient:
    return client_of(other_staff)


def status_of(report: IssueReport) -> str:
    return IssueReport.objects.get(pk=report.pk).status


def test_report__read_filed_or_changed__has_the_etag_of_its_state(
    url: str, complainant_client: APIClient, staff_client: APIClient
) -> None:
    first = staff_client.get(url)["ETag"]
    assert ETAG.fullmatch(first)
    assert staff_client.get(url)["ETag"] == complainant_client.get(url)["ETag"] == first
    changed = staff_client.patch(url, {"priority": "high"}, format="json")["ETag"]
    assert changed != first
    assert staff_client.get(url)["ETag"] == changed
    filed = complainant_client.post("/api/reports/", FILED, format="json")
    assert complainant_client.get(f"/api/reports/{filed.json()['tracking_id']}/")["ETag"] == filed["ETag"]


def test_update__second_officer_has_read_an_earlier_state__412_and_nothing_changes(
    url: str, report: IssueReport, staff_client: APIClient, other_staff_client: APIClient
) -> None:
    read = other_staff_client.get(url)["ETag"]
    first = staff_client.patch(url, {"status": "in_progress"}, format="json", HTTP_IF_MATCH=read)
    assert first.status_code == 200
    writes = Write.objects.count()
    second = other_staff_client.patch(url, {"status": "rejected"}, format="json", HTTP_IF_MATCH=read)
    assert_problem(second, 412, type_="urn:complaintregistry:problem:precondition-failed")
    assert (status_of(report), Write.objects.count()) == ("in_progress", writes)
    third = other_staff_client.patch(url, {"status": "rejected"}, format="json", HTTP_IF_MATCH=first["ETag"])
    assert (third.status_code, status_of(report)) == (200, "rejected")


def test_update__without_a_change__412_for_who_has_read_an_earlier_state(url: str, staff_client: APIClient) -> None:
    read = staff_client.get(url)["ETag"]
    staff_client.patch(url, {"status": "in_progress"}, format="json")
    response = staff_client.patch(url, {"status": "in_progress"}, format="json", HTTP_IF_MATCH=read)
    assert_problem(response, 412)


def test_update__changed_and_changed_back_meanwhile__412(url: str, staff_client: APIClient) -> None:
    read = staff_client.get(url)["ETag"]
    for priority in ("high", "normal"):
        staff_client.patch(url, {"priority": priority}, format="json")
    assert_problem(staff_client.patch(url, {"priority": "low"}, format="json", HTTP_IF_MATCH=read), 412)


def test_update__only_the_chain_went_on_meanwhile__accepted(
    url: str, report: IssueReport, staff_client: APIClient
) -> None:
    read = staff_client.get(url)["ETag"]
    ChainState.objects.create(complaint=report.complaint, event_count=1, last_tx_hash="0x" + "1" * 64)
    assert staff_client.get(url)["ETag"] != read
    response = staff_client.patch(url, {"status": "in_progress"}, format="json", HTTP_IF_MATCH=read)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, True),
        ("*", True),
        ("{etag}", True),
        ('"other", {etag}', True),
        ("W/{etag}", False),
        ('"other"', False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_update__if_match__as_rfc_9110_says(
    url: str, staff_client: APIClient, header: str | None, accepted: bool
) -> None:
    headers = {} if header is None else {"HTTP_IF_MATCH": header.format(etag=staff_client.get(url)["ETag"])}
    response = staff_client.patch(url, {"status": "in_progress"}, format="json", **headers)
    assert response.status_code == (200 if accepted else 412)


def test_update__complainant_with_a_stale_tag__403_before_412(url: str, complainant_client: APIClient) -> None:
    response = complainant_client.patch(url, {"status": "closed"}, format="json", HTTP_IF_MATCH='"other"')
    assert_problem(response, 403)


@pytest.mark.parametrize("header", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_report__client_has_it_already__304_without_a_body(url: str, staff_client: APIClient, header: str) -> None:
    etag = staff_client.get(url)["ETag"]
    response = staff_client.get(url, HTTP_IF_NONE_MATCH=header.format(etag=etag))
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert not response.has_header("Content-Type")


@pytest.mark.parametrize(
    "change",
    [
        lambda report, staff: services.report_update(report_id=report.pk, by=staff, status="on_hold"),
        lambda report, staff: services.report_update(report_id=report.pk, by=staff, assigned_to=staff),
        lambda report, _: ChainState.objects.create(complaint=report.complaint, event_count=1, escalations=1),
    ],
    ids=["status", "assignee", "chain"],
)
def test_report__any_part_of_the_answer_changed__200(
    url: str, report: IssueReport, staff: User, staff_client: APIClient, change: Callable[[IssueReport, User], object]
) -> None:
    etag = staff_client.get(url)["ETag"]
    change(report, staff)
    assert staff_client.get(url, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_report__somebody_elses_and_the_right_tag__404(
    url: str, staff_client: APIClient, other_complainant_client: APIClient
) -> None:
    etag = staff_client.get(url)["ETag"]
    assert_problem(other_complainant_client.get(url, HTTP_IF_NONE_MATCH=etag), 404)
    assert_problem(other_complainant_client.get(url, HTTP_IF_MATCH='"other"'), 404)


def test_report__if_match_of_an_earlier_state__412(url: str, staff_client: APIClient) -> None:
    assert staff_client.get(url, HTTP_IF_MATCH=staff_client.get(url)["ETag"]).status_code == 200
    assert_problem(staff_client.get(url, HTTP_IF_MATCH='"other"'), 412)
