"""Handing in an objection: who may, in which status, what is refused and why."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.chain.artifact import Deployment
from blockchain.models import ChainEvent, ChainState, Complaint, Objection, Write
from blockchain.objections import number_next
from blockchain.protocol.kinds import EventType
from blockchain.recording import complaint_open
from report import services
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.api.test_quotas import quotas
from tests.fixtures.contents import CHANGES
from tests.fixtures.objections import IMPOSTOR, OBJECTOR, objection_file, signature_of
from tests.fixtures.reports import FILED
from tests.systems.conftest import client_of, token_of

__all__ = ["quotas"]
File = dict[str, Any]


@pytest.fixture
def report(complainant: User, deployment: Deployment) -> IssueReport:
    """A report whose complainant has a key."""
    return services.report_create(user=complainant, complainant_address=OBJECTOR.address, **FILED)


@pytest.fixture
def url(report: IssueReport) -> str:
    return f"/api/blockchain/reports/{report.tracking_id}/objections/"


@pytest.fixture
def file(report: IssueReport, deployment: Deployment) -> Callable[..., File]:
    """Signs an objection to the report."""
    return lambda **more: objection_file(report.complaint, deployment, **more)


def hand_in(client: APIClient, url: str, body: Any) -> Response:
    return client.post(url, body, format="json")


def on_record(complaint: Complaint, *data: str) -> None:
    """The cache, as if the filing and objections with these commitments had been read from the chain."""
    ChainState.objects.update_or_create(
        complaint=complaint, defaults={"head": "0x" + "33" * 22, "status": 1, "objections": len(data)}
    )
    for number, each in enumerate(data):
        ChainEvent.objects.get_or_create(
            complaint_id=complaint.complaint_id,
            sequence=2 + number,
            defaults={
                "event_type": EventType.OBJECTED,
                "actor": complaint.complainant,
                "timestamp": 7,
                "data": each,
                "tx_hash": "0x" + "cd" * 32,
                "block_number": 1,
                "block_hash": "0x" + "22" * 32,
                "log_index": number,
            },
        )


@pytest.mark.parametrize(
    ("actor", "status"), [("complainant", 201), ("staff", 201), ("other_complainant", 404), ("nobody", 401)]
)
def test_post__each_actor__whoever_may_see_the_complaint(
    request: pytest.FixtureRequest, url: str, file: Callable[..., File], actor: str, status: int
) -> None:
    body = file()
    response = hand_in(request.getfixturevalue(f"{actor}_client"), url, body)
    assert response.status_code == status, response.content
    assert Objection.objects.count() == (status == 201)
    if status == 201:
        shown = response.json()
        assert {name: shown[name] for name in body} == body | {"complainant": OBJECTOR.address}
        assert (shown["state"], shown["sequence"], shown["tx_hash"]) == ("waiting", None, None)
        assert shown["reason"] == "the filing has to be recorded first"
        user = request.getfixturevalue(actor)
        assert Objection.objects.get().caused_by == f"user {user.pk}"


@pytest.mark.parametrize("status", ["pending", "in_progress", "on_hold", "resolved", "rejected", "closed"])
def test_post__each_status__accepted(
    url: str,
    report_in: Callable[[str], IssueReport],
    file: Callable[..., File],
    complainant_client: APIClient,
    status: str,
) -> None:
    report_in(status)
    writes = Write.objects.count()
    assert hand_in(complainant_client, url, file()).status_code == 201
    # It takes no nonce of ours.
    assert Write.objects.count() == writes


def test_post__frozen_complaint__accepted(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    Complaint.objects.update(frozen_reason="the chain has a link that this system did not record")
    assert hand_in(complainant_client, url, file()).status_code == 201


def test_post__file_as_receipt_py_and_the_page_write_it__accepted(
    url: str, file: Callable[..., File], complainant_client: APIClient
) -> None:
    for text in (json.dumps(file(), indent=1) + "\n", json.dumps(file(number=1, text="東京 \U0001f600\r\n"))):
        response = complainant_client.post(url, text, content_type="application/json")
        assert response.status_code == 201, response.content


def test_post__the_same_again__the_same_answer(
    url: str, file: Callable[..., File], complainant_client: APIClient, staff_client: APIClient
) -> None:
    body = file()
    first = hand_in(complainant_client, url, body)
    again = hand_in(staff_client, url, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Objection.objects.count() == 1


def test_post__the_same_text_signed_again_with_the_next_number__is_the_same_objection(
    url: str, report: IssueReport, deployment: Deployment, file: Callable[..., File], complainant_client: APIClient
) -> None:
    body = file()
    first = hand_in(complainant_client, url, body).json()
    again = body | {"number": 1, "signature": signature_of(report.complaint, deployment, data=body["data"], number=1)}
    response = hand_in(complainant_client, url, again)
    assert (response.status_code, response.json()["id"], response.json()["number"]) == (200, first["id"], 0)


def test_post__complaint_without_a_key__409_says_why(
    complainant: User, deployment: Deployment, complainant_client: APIClient
) -> None:
    report = services.report_create(user=complainant, **FILED)
    body = objection_file(report.complaint, deployment)
    response = hand_in(complainant_client, f"/api/blockchain/reports/{report.tracking_id}/objections/", body)
    assert "without a complainant's address" in assert_problem(response, 409)["detail"]


OTHER = "0x" + "ab" * 32
SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "another complaint": ({"complaint_id": OTHER}, "complaint_id"),
    "another subject": ({"subject": OTHER}, "subject"),
    "another complainant": ({"complainant": IMPOSTOR.address}, "complainant"),
    "no address": ({"complainant": "0x" + "00" * 20}, "complainant"),
    "another commitment": ({"data": OTHER}, "data"),
    "another salt": ({"salt": OTHER}, "data"),
    "short salt": ({"salt": "0x1234"}, "salt"),
    "upper case": ({"data": "0x" + "AB" * 32}, "data"),
    "no number": ({"number": None}, "number"),
    "number below 0": ({"number": -1}, "number"),
    "number 255": ({"number": 255}, "number"),
    "number as a fraction": ({"number": 0.5}, "number"),
    "zeros as a signature": ({"signature": "0x" + "00" * 65}, "signature"),
    "a contract's signature": ({"signature": "0x" + "00" * 97}, "signature"),
    "no signature": ({"signature": "0x"}, "signature"),
    "payload is text": ({"payload": "Nobody called me."}, "payload"),
    "empty payload": ({"payload": {}}, "payload"),
    "unknown member": ({"note": "x"}, "note"),
}


@pytest.mark.parametrize(("changes", "field"), SPOILT.values(), ids=SPOILT)
def test_post__spoilt_file__400_names_the_member_and_keeps_nothing(
    url: str, file: Callable[..., File], complainant_client: APIClient, changes: dict[str, Any], field: str
) -> None:
    assert_problem(hand_in(complainant_client, url, file() | changes), 400, field)
    assert not Objection.objects.exists()


@pytest.mark.parametrize("member", ["complaint_id", "subject", "complainant", "data", "number", "signature", "salt"])
def test_post__member_is_missing__400(
    url: str, file: Callable[..., File], complainant_client: APIClient, member: str
) -> None:
    body = file()
    del body[member]
    assert_problem(hand_in(complainant_client, url, body), 400, member)


PAYLOADS: dict[str, dict[str, Any]] = {
    "no text": {"objection": ""},
    "too long": {"objection": "x" * 5_001},
    "half a surrogate pair": {"objection": "\ud800"},
    "unknown member": {"changes": {}},
    "another type": {"type": "COMMENTED"},
    "a type that does not exist": {"type": "SHOUTED"},
    "another version": {"v": 1},
    "no time": {"occurred_at": "yesterday"},
    "by somebody else": {"by": IMPOSTOR.address},
    "more citations than a receipt has promises": {"cites": [f"0x{number:064x}" for number in range(1_001)]},
}


@pytest.mark.parametrize("changes", PAYLOADS.values(), ids=PAYLOADS)
def test_post__payload_that_the_schema_forbids__400_says_where(
    url: str, file: Callable[..., File], complainant_client: APIClient, changes: dict[str, Any]
) -> None:
    body = file()
    body["payload"] |= changes
    # As a client that escapes everything: the lone surrogate arrives.
    response = complainant_client.post(url, json.dumps(body), content_type="application/json")
    assert_problem(response, 400, "payload")
    assert not Objection.objects.exists()


def test_post__signed_by_somebody_else__400_names_the_key_and_the_way_out(
    url: str, file: Callable[..., File], complainant_client: APIClient
) -> None:
    problem = assert_problem(hand_in(complainant_client, url, file(key=IMPOSTOR)), 400, "signature")
    message = problem["errors"][0]["message"]
    assert OBJECTOR.address in message
    assert "logObjection" in message


def test_post__signed_for_another_contract_or_number__400(
    url: str, report: IssueReport, deployment: Deployment, file: Callable[..., File], complainant_client: APIClient
) -> None:
    body = file(number=1) | {"number": 0}
    assert_problem(hand_in(complainant_client, url, body), 400, "signature")


def test_post__number_that_waits_or_is_skipped__409_with_both_numbers(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    assert hand_in(complainant_client, url, file()).status_code == 201
    for given in (0, 2):
        problem = assert_problem(
            hand_in(complainant_client, url, file(number=given)),
            409,
            type_="urn:complaintregistry:problem:objection-number",
            expected=1,
            given=given,
        )
        assert "0 recorded, 1 waiting" in problem["detail"]
    assert hand_in(complainant_client, url, file(number=1)).status_code == 201


def test_post__others_on_record__number_follows_them(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    on_record(report.complaint, OTHER, "0x" + "ac" * 32)
    assert_problem(hand_in(complainant_client, url, file(number=0)), 409, expected=2, given=0)
    assert hand_in(complainant_client, url, file(number=2)).json()["reason"] is None
    assert_problem(hand_in(complainant_client, url, file(number=2)), 409, expected=3, given=2)
    reason = hand_in(complainant_client, url, file(number=3)).json()["reason"]
    assert reason == "the objections before it have to be recorded first"


def test_post__all_255_on_record__409_says_so(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    on_record(report.complaint)
    ChainState.objects.update(objections=255)
    problem = assert_problem(hand_in(complainant_client, url, file(number=254)), 409, expected=255, given=254)
    assert "takes no more" in problem["detail"]


def test_post__recorded_by_the_complainant_already__kept_and_shown_as_recorded(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    first, second = file(), file(number=0, text="Another one.")
    assert hand_in(complainant_client, url, first).status_code == 201
    on_record(report.complaint, second["data"])
    states = {each["data"]: each["state"] for each in complainant_client.get(url).json()["results"]}
    assert states == {first["data"]: "superseded"}
    response = hand_in(complainant_client, url, second)
    assert (response.status_code, response.json()["state"], response.json()["sequence"]) == (201, "recorded", 2)
    assert hand_in(complainant_client, url, second).status_code == 200
    # The first one may be signed again, with its new number.
    resigned = file(number=1)
    assert hand_in(complainant_client, url, resigned).status_code == 201


def test_post__number_of_a_refused_objection__is_free_again(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient
) -> None:
    body = file()
    hand_in(complainant_client, url, body)
    Objection.objects.update(standing=None, error_code="InvalidSignature", error_detail="InvalidSignature(signer=0x…)")
    (shown,) = complainant_client.get(url).json()["results"]
    assert (shown["state"], "EIP-7702" in shown["reason"]) == ("refused", True)
    again = hand_in(complainant_client, url, body)
    assert (again.status_code, again.json()["state"]) == (200, "refused")
    assert hand_in(complainant_client, url, file()).status_code == 201


def test_get__pages_and_cursor__oldest_first(
    url: str, file: Callable[..., File], complainant_client: APIClient, other_complainant_client: APIClient
) -> None:
    for number in range(3):
        assert hand_in(complainant_client, url, file(number=number)).status_code == 201
    page = complainant_client.get(url, {"page_size": 2}).json()
    assert (page["count"], [each["number"] for each in page["results"]]) == (3, [0, 1])
    first = complainant_client.get(url, {"cursor": "*", "page_size": 2}).json()
    last = complainant_client.get(first["next"]).json()
    assert [each["number"] for each in last["results"]] == [2]
    assert_problem(other_complainant_client.get(url), 404)


def test_post__one_more_than_the_quota__429_and_the_same_again_is_answered(
    url: str, file: Callable[..., File], complainant_client: APIClient, staff_client: APIClient, quotas: Any
) -> None:
    quotas("complainant", objections="2/hour")
    bodies = [file(number=number) for number in range(3)]
    assert [hand_in(complainant_client, url, body).status_code for body in bodies] == [201, 201, 429]
    assert hand_in(complainant_client, url, bodies[1]).status_code == 200
    assert Objection.objects.count() == 2
    # Staff have a quota of their own, and objections leave that of comments alone.
    assert hand_in(staff_client, url, bodies[2]).status_code == 201


def test_post__as_many_wait_as_may__429_until_some_were_taken(
    url: str, report: IssueReport, file: Callable[..., File], complainant_client: APIClient, quotas: Any
) -> None:
    Write.objects.update(state="confirmed")
    quotas("complainant", pending=2)
    bodies = [file(number=number) for number in range(3)]
    assert [hand_in(complainant_client, url, body).status_code for body in bodies] == [201, 201, 429]
    on_record(report.complaint, bodies[0]["data"])
    assert hand_in(complainant_client, url, bodies[2]).status_code == 201


def test_post__complaint_of_another_system__through_the_generic_door(
    db: None, deployment: Deployment, staff_client: APIClient, complainant_client: APIClient
) -> None:
    with transaction.atomic():
        complaint, _ = complaint_open(
            source="city", external_id="7001", changes=CHANGES, by="u-1", complainant=OBJECTOR.address
        )
    url, body = "/api/blockchain/complaints/city/7001/objections/", objection_file(complaint, deployment)
    assert_problem(hand_in(complainant_client, url, body), 404)
    assert_problem(hand_in(client_of(token_of("other", "other")), url, body), 404)
    assert hand_in(client_of(token_of("city", "city")), url, body).status_code == 201
    assert Objection.objects.get().caused_by == "system city"
    assert hand_in(staff_client, url, body).status_code == 200


@pytest.mark.parametrize(
    ("taken", "recorded", "expected"), [([], 0, 0), ([0, 1], 0, 2), ([0, 1, 3], 1, 2), ([5], 3, 3), ([2, 3], 4, 4)]
)
def test_number_next__accepted_and_recorded__the_first_that_is_free(
    taken: list[int], recorded: int, expected: int
) -> None:
    assert number_next(taken, recorded=recorded) == expected
