"""Comments: who may write them, what is committed to, when they are refused."""

import pytest

from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from report.models import Comment
from tests.api.problems import assert_problem


@pytest.fixture
def url(report) -> str:
    return f"/api/reports/{report.tracking_id}/comments/"


@pytest.mark.parametrize("actor", ["complainant", "staff"])
def test_create__owner_or_staff__commitment_to_the_text(request, url, report, actor):
    client, user = request.getfixturevalue(f"{actor}_client"), request.getfixturevalue(actor)
    response = client.post(url, {"text": " Still dark.\nReally. "}, format="json")
    assert response.status_code == 201
    body = response.json()
    assert (body["text"], body["author"], body["by_staff"]) == (
        " Still dark.\nReally. ",
        str(user.opaque_id),
        user.is_staff,
    )
    assert body["payload"]["type"] == "COMMENTED"
    assert body["payload"]["by"] == str(user.opaque_id)
    assert body["payload"]["changes"] == {"comment": [None, " Still dark.\nReally. "]}
    data_hash = hashing.data_hash(salt=hashing.unhex(body["salt"]), payload=body["payload"])
    assert body["data"] == hashing.hex0x(data_hash)
    write = report.complaint.writes.get(nonce=1)
    assert (write.event_type, write.data) == (EventType.COMMENTED, body["data"])
    assert write.comment.text == body["text"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": " "}, "text"),
        ({"text": None}, "text"),
        ({"text": 1}, "text"),
        ({"text": "x" * 5_001}, "text"),
        ({"text": "a\x08b"}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"text": "ok", "author": "staff"}, "author"),
    ],
)
def test_create__bad_value__400_names_the_field_and_keeps_nothing(url, report, complainant_client, body, field):
    assert_problem(complainant_client.post(url, body, format="json"), 400, field)
    assert not Comment.objects.exists()
    assert report.complaint.writes.count() == 1


@pytest.mark.parametrize("status", ["pending", "in_progress", "on_hold", "resolved", "rejected", "closed"])
def test_create__each_status__refused_when_closed_only(url, report_in, complainant_client, status):
    writes = report_in(status).complaint.writes.count()
    response = complainant_client.post(url, {"text": "And now?"}, format="json")
    if status == "closed":
        assert assert_problem(response, 409)["from"] == "closed"
    else:
        assert response.status_code == 201
    assert report_in("pending").complaint.writes.count() == writes + (status != "closed")


def test_create__comment__without_network(url, complainant_client, no_network):
    assert complainant_client.post(url, {"text": "Still dark."}, format="json").status_code == 201


def test_list__comments__oldest_first_in_pages(url, complainant_client, staff_client):
    for number in range(3):
        (complainant_client, staff_client)[number % 2].post(url, {"text": str(number)}, format="json")
    page = complainant_client.get(f"{url}?page_size=2").json()
    assert page["count"] == 3
    assert [(comment["text"], comment["by_staff"]) for comment in page["results"]] == [("0", False), ("1", True)]
    assert [comment["text"] for comment in complainant_client.get(page["next"]).json()["results"]] == ["2"]


@pytest.mark.parametrize(
    ("query", "field"), [("page=x", "page"), ("page_size=201", "page_size"), ("author=1", "author")]
)
def test_list__bad_query__400_names_the_parameter(url, complainant_client, query, field):
    assert_problem(complainant_client.get(f"{url}?{query}"), 400, field)


def test_list__many_comments__no_more_queries(url, complainant_client, django_assert_max_num_queries):
    for number in range(10):
        complainant_client.post(url, {"text": str(number)}, format="json")
    with django_assert_max_num_queries(4):
        assert len(complainant_client.get(url).json()["results"]) == 10
