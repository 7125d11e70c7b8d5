"""What users and systems may have recorded: limits by setting, counted for what was accepted only."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connections
from rest_framework.test import APIClient

from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType
from blockchain.quotas import rate_parse
from blockchain.systems.tokens import token_create
from report.models import Comment, IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.actors import client_of
from tests.fixtures.reports import FILED

REPORTS = "/api/reports/"


@pytest.fixture
def quotas(settings):
    """Sets limits of one group, such as `quotas("staff", filings="3/hour")`."""

    def limit(group: str, **limits: object) -> None:
        changed = deepcopy(django_settings.RECORDING_QUOTAS)
        changed[group] |= limits
        settings.RECORDING_QUOTAS = changed

    return limit


def filed(client: APIClient, **headers: str):
    return client.post(REPORTS, FILED, format="json", **headers)


def commented(client: APIClient, report: IssueReport, text: str = "Still dark.", **headers: str):
    return client.post(f"{REPORTS}{report.tracking_id}/comments/", {"text": text}, format="json", **headers)


def assert_refused(response, *, seconds: int) -> None:
    assert_problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= seconds


def test_filing__one_more_than_the_quota__429_and_nothing_is_kept(complainant_client, other_complainant_client, quotas):
    quotas("complainant", filings="3/hour")
    assert [filed(complainant_client).status_code for _ in range(3)] == [201] * 3
    assert_refused(filed(complainant_client), seconds=3600)
    assert IssueReport.objects.count() == Complaint.objects.count() == Write.objects.count() == 3
    assert filed(other_complainant_client).status_code == 201


def test_filing__window_has_passed__accepted_again(complainant_client, quotas):
    quotas("complainant", filings="1/hour")
    filed(complainant_client)
    Write.objects.update(created_at=Write.objects.get().created_at - timedelta(hours=1))
    assert filed(complainant_client).status_code == 201


def test_filing__refused_requests__do_not_count(complainant_client, quotas):
    quotas("complainant", filings="1/hour")
    for _ in range(5):
        assert_problem(complainant_client.post(REPORTS, FILED | {"issue_title": ""}, format="json"), 400, "issue_title")
    assert filed(complainant_client).status_code == 201


def test_filing__repeated_with_its_key__is_answered_beyond_the_quota(complainant_client, quotas):
    quotas("complainant", filings="1/hour")
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = filed(complainant_client, **key)
    assert filed(complainant_client, **key).json()["tracking_id"] == first.json()["tracking_id"]
    assert_refused(filed(complainant_client, HTTP_IDEMPOTENCY_KEY="twice"), seconds=3600)


def test_comment__one_more_than_the_quota__429_on_every_report(complainant, complainant_client, staff_client, quotas):
    quotas("complainant", comments="2/min")
    reports = [IssueReport.objects.get(tracking_id=filed(complainant_client).json()["tracking_id"]) for _ in range(2)]
    assert [commented(complainant_client, report).status_code for report in reports] == [201] * 2
    assert_refused(commented(complainant_client, reports[0]), seconds=60)
    assert Comment.objects.count() == 2
    assert commented(staff_client, reports[0]).status_code == 201


def test_staff__limits_of_their_own(report, staff_client, quotas):
    quotas("complainant", comments="1/hour")
    quotas("staff", comments="3/hour")
    assert [commented(staff_client, report).status_code for _ in range(4)] == [201] * 3 + [429]


def test_waiting_writes__as_many_as_may_wait__429_until_some_were_taken(report, complainant_client, quotas):
    quotas("complainant", pending=3)
    assert [commented(complainant_client, report).status_code for _ in range(3)] == [201, 201, 429]
    assert_refused(filed(complainant_client), seconds=60)
    Write.objects.filter(nonce=0).update(state="sent")
    assert commented(complainant_client, report).status_code == 201


def test_waiting_writes__change_of_a_report__counts_for_who_changes_it(report, staff, staff_client, quotas):
    quotas("staff", pending=2)
    url = f"{REPORTS}{report.tracking_id}/"
    # Assigned, with a deadline.
    body = {"assigned_to": staff.username, "status": "in_progress"}
    assert_problem(staff_client.patch(url, body, format="json"), 429)
    assert IssueReport.objects.get().status == "pending"
    assert staff_client.patch(url, {"status": "in_progress"}, format="json").status_code == 200
    assert Write.objects.filter(caused_by=f"user {staff.pk}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_filing__many_at_the_same_time__no_more_than_the_quota(complainant, quotas):
    quotas("complainant", filings="4/hour")

    def file(_: int) -> int:
        try:
            return filed(client_of(complainant)).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(file, range(12)))
    assert sorted(codes) == [201] * 4 + [429] * 8
    assert IssueReport.objects.count() == 4


@pytest.fixture
def system(db) -> APIClient:
    token = token_create(
        name="city", source="city", event_types=[EventType.CREATED, EventType.COMMENTED], lifetime=timedelta(days=1)
    )[1]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


CREATED = {
    "event_type": "CREATED",
    "occurred_at": "2026-01-01T00:00:00Z",
    "payload": {"by": "u-1", "changes": {"title": [None, "Pothole"]}},
}


def event_put(client: APIClient, number: int):
    return client.put(f"/api/blockchain/complaints/city/case-{number}/events/1/", CREATED, format="json")


def test_system__one_more_than_the_quota__429_and_repeats_are_answered(system, quotas):
    quotas("system", filings="2/hour")
    assert [event_put(system, number).status_code for number in (1, 2)] == [201] * 2
    assert_refused(event_put(system, 3), seconds=3600)
    assert event_put(system, 1).status_code == 200
    assert Complaint.objects.count() == 2


def test_system__batch_beyond_the_quota__each_event_has_its_own_answer(system, quotas):
    quotas("system", pending=2)
    events = [CREATED | {"external_id": f"case-{number}", "event_id": "1"} for number in range(4)]
    response = system.post("/api/blockchain/events/", events, format="json")
    assert [item["status"] for item in response.json()] == [201, 201, 429, 429]


def test_defaults__staff_more_than_complainants_systems_more_than_staff():
    groups = [django_settings.RECORDING_QUOTAS[name] for name in ("complainant", "staff", "system")]
    for name in ("filings", "comments", "objections"):
        rates = [number / seconds for number, seconds in (rate_parse(group[name]) for group in groups)]
        assert rates == sorted(set(rates))
    assert [group["pending"] for group in groups] == sorted({group["pending"] for group in groups})
