"""`Idempotency-Key`: what is sent again is carried out once."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from blockchain.models import Write
from report.models import Comment, IdempotentRequest, IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

REPORTS = "/api/reports/"
REUSED = "urn:complaintregistry:problem:idempotency-key-reused"
IN_FLIGHT = "urn:complaintregistry:problem:request-in-flight"


def post(client: APIClient, key: str | None, body: dict[str, Any] | None = None, url: str = REPORTS) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(url, FILED if body is None else body, format="json", headers=headers)


def test_post__same_key_and_body__the_same_answer(complainant_client: APIClient) -> None:
    first, again = post(complainant_client, '"k1"'), post(complainant_client, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert IssueReport.objects.count() == Write.objects.count() == 1


def test_post__members_in_another_order__the_same_body(complainant_client: APIClient) -> None:
    post(complainant_client, "k1")
    assert post(complainant_client, "k1", dict(reversed(FILED.items()))).status_code == 201
    assert IssueReport.objects.count() == 1


def test_post__comment__once_for_each_key(complainant_client: APIClient) -> None:
    tracking_id = post(complainant_client, None).json()["tracking_id"]
    url = f"{REPORTS}{tracking_id}/comments/"
    answers = [post(complainant_client, key, {"text": "Any news?"}, url) for key in ("a", "a", "b")]
    assert answers[0].json() == answers[1].json() != answers[2].json()
    assert Comment.objects.count() == 2


def test_post__same_key_and_another_body_or_path__422(complainant_client: APIClient) -> None:
    tracking_id = post(complainant_client, "k1").json()["tracking_id"]
    assert_problem(post(complainant_client, "k1", FILED | {"location": "Elsewhere"}), 422, type=REUSED)
    comment = post(complainant_client, "k1", {"text": "x"}, f"{REPORTS}{tracking_id}/comments/")
    assert_problem(comment, 422, type=REUSED)
    assert IssueReport.objects.count() == 1


def test_post__same_key_of_somebody_else__is_another_key(
    complainant_client: APIClient, other_complainant_client: APIClient
) -> None:
    answers = [post(client, "k1").json() for client in (complainant_client, other_complainant_client)]
    assert answers[0]["tracking_id"] != answers[1]["tracking_id"]


def test_post__no_key__each_request_counts(complainant_client: APIClient) -> None:
    post(complainant_client, None)
    post(complainant_client, None)
    assert IssueReport.objects.count() == 2


def test_post__refused_request__key_may_be_used_again(complainant_client: APIClient) -> None:
    assert_problem(post(complainant_client, "k1", {"location": ""}), 400, *sorted(FILED))
    assert post(complainant_client, "k1").status_code == 201


@pytest.mark.parametrize("key", ["", '"', '"a', "a b", "x" * 256, "é"])
def test_post__key_of_another_form__400(complainant_client: APIClient, key: str) -> None:
    assert_problem(post(complainant_client, key.encode().decode("latin-1")), 400, "Idempotency-Key")
    assert not IssueReport.objects.exists()


def hold(seconds: int) -> None:
    """As if another process were at it, or had died."""
    held_until = timezone.now() + timedelta(seconds=seconds)
    IdempotentRequest.objects.update(result_id=None, holder=uuid.uuid4(), held_until=held_until)


def test_post__another_process_is_at_it__409_with_retry_after(complainant_client: APIClient) -> None:
    post(complainant_client, "k1")
    hold(30)
    answer = post(complainant_client, "k1")
    assert_problem(answer, 409, type=IN_FLIGHT)
    assert answer["Retry-After"] == "1"


@pytest.mark.parametrize("seconds", [-1, 7200])
def test_post__the_process_died_or_the_clock_was_set_back__taken_over(
    complainant_client: APIClient, seconds: int
) -> None:
    post(complainant_client, "k1")
    hold(seconds)
    assert post(complainant_client, "k1").status_code == 201


def test_post__a_day_later__forgotten(complainant_client: APIClient) -> None:
    post(complainant_client, "k1")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert post(complainant_client, "k1", FILED | {"location": "Elsewhere"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_post__four_at_the_same_moment__one_report(complainant_client: APIClient) -> None:
    statuses: list[int] = []

    def send() -> None:
        try:
            statuses.append(post(complainant_client, "k1").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert IssueReport.objects.count() == Write.objects.count() == 1
