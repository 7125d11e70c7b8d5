"""The door for other systems: each event once, whatever is sent how often."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from blockchain.models import Complaint, EvidenceFile, Write
from blockchain.protocol import hashing, payloads
from blockchain.protocol.kinds import EventType
from tests.api.problems import assert_problem
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.saved_trail import content_of, trail_verdict
from tests.systems.conftest import AT, FILED, Put, client_of, token_of

ASSIGNED = {"event_type": "ASSIGNED", "occurred_at": AT, "payload": {"by": "u-2", "changes": {"owner": [None, "u-2"]}}}
OWN_SALT = b"\x05" * 32


def own_commitment(event_type: EventType = EventType.COMMENTED) -> tuple[str, dict[str, Any]]:
    """What a system commits to by itself, and the payload that stays with it."""
    payload = payloads.payload_new(event_type=event_type, by="u-3", changes={"comment": [None, "Called him."]})
    return hashing.hex0x(hashing.data_hash(salt=OWN_SALT, payload=payload)), payload


def test_put__event_again__200_and_the_same_answer(put: Put, filed: dict[str, Any]) -> None:
    first = put("e2", ASSIGNED)
    again = put("e2", ASSIGNED)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (first.json()["event_type"], first.json()["nonce"], first.json()["opened"]) == ("ASSIGNED", 1, True)
    assert put("e1", FILED).status_code == 200
    assert Write.objects.count() == 2


def test_put__filing__answers_with_what_opens_the_id(filed: dict[str, Any]) -> None:
    subject = hashing.subject_of(
        salt=hashing.unhex(filed["complaint_salt"]), tracking_id="7001", created_data=hashing.unhex(filed["data"])
    )
    assert filed["complaint_id"] == hashing.hex0x(hashing.complaint_id_of(subject=subject))
    opened = hashing.data_hash(salt=hashing.unhex(filed["salt"]), payload=filed["payload"])
    assert hashing.hex0x(opened) == filed["data"]
    assert filed["payload"]["occurred_at"] == "2026-03-01T09:30:00.000Z"
    assert filed["payload"]["witnessed"] is True


@pytest.mark.parametrize(
    "other",
    [
        ASSIGNED | {"payload": {"by": "u-2", "changes": {"owner": [None, "u-3"]}}},
        ASSIGNED | {"occurred_at": "2026-03-01T09:30:01Z"},
        ASSIGNED | {"event_type": "STATUS_UPDATED"},
        ASSIGNED | {"imported": True},
    ],
)
def test_put__same_id_and_other_contents__409(put: Put, filed: dict[str, Any], other: dict[str, Any]) -> None:
    assert put("e2", ASSIGNED).status_code == 201
    assert_problem(put("e2", other), 409, type="urn:complaintregistry:problem:event-differs")
    assert Write.objects.count() == 2


@pytest.mark.parametrize("around", ["x{}", "{}x", "{}\n", "{}00", " {}", "0x{}"])
def test_put__commitment_and_something_around_it__400(put: Put, filed: dict[str, Any], around: str) -> None:
    event = {"event_type": "COMMENTED", "occurred_at": AT, "data": around.format(own_commitment()[0])}
    assert_problem(put("e2", event), 400, "data")
    assert Write.objects.count() == 1


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-03-01 09:30:00Z",
        "2026-03-01T09:30Z",
        "20260301T093000Z",
        "2026-W09-7T09:30:00Z",
        "2026-02-30T09:30:00Z",
        "2026-03-01T25:30:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        " 2026-03-01T09:30:00Z",
        "٢٠26-03-01T09:30:00Z",
        "",
        5,
        None,
    ],
)
def test_put__time_that_is_not_of_rfc_3339__400(put: Put, filed: dict[str, Any], occurred_at: Any) -> None:
    assert_problem(put("e2", ASSIGNED | {"occurred_at": occurred_at}), 400, "occurred_at")


@pytest.mark.parametrize("occurred_at", [AT, "2026-03-01t09:30:00z", "2026-03-01T10:30:00.5+01:00"])
def test_put__time_of_rfc_3339__201(put: Put, filed: dict[str, Any], occurred_at: str) -> None:
    assert put("e2", ASSIGNED | {"occurred_at": occurred_at}).status_code == 201


def test_put__complaint_that_was_not_filed__404(put: Put) -> None:
    assert_problem(put("e2", ASSIGNED), 404)
    assert not Complaint.objects.exists()


def test_put__filed_by_another_event__409(put: Put, filed: dict[str, Any]) -> None:
    assert_problem(put("e9", FILED), 409)


def test_put__lifecycle_forbids_it__409_with_both_states(put: Put, filed: dict[str, Any]) -> None:
    reopened = {"event_type": "REOPENED", "occurred_at": AT, "payload": {"changes": {"status": ["closed", "open"]}}}
    assert_problem(put("e2", reopened), 409, from_="open", to="reopened")


def test_put__own_commitment__recorded_and_not_opened(put: Put, filed: dict[str, Any]) -> None:
    data, _ = own_commitment()
    body = {"event_type": "COMMENTED", "occurred_at": AT, "data": data}
    answer = put("e2", body)
    assert answer.status_code == 201
    assert answer.json() | {"opened": False, "payload": None, "salt": None, "data": data} == answer.json()
    assert put("e2", body).status_code == 200
    assert put("e2", body | {"data": data[:-1] + ("0" if data[-1] != "0" else "1")}).status_code == 409


def test_put__equal_commitment_of_evidence__409_since_the_contract_would_refuse_it(
    put: Put, filed: dict[str, Any]
) -> None:
    body = {"event_type": "EVIDENCE_ANCHORED", "occurred_at": AT, "data": "0x" + "ab" * 32}
    assert put("e2", body).status_code == 201
    assert_problem(put("e3", body), 409)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"event_type": "ESCALATED"}, ["event_type"]),
        ({"occurred_at": "yesterday"}, ["occurred_at"]),
        ({"payload": None, "data": None}, None),
        ({"data": "0x" + "ab" * 32}, ["payload"]),
        ({"payload": {"changes": {"Owner name": [None, "x"]}}}, ["payload"]),
        ({"payload": {"by": "Anna Smith", "changes": {"owner": [None, "x"]}}}, ["payload"]),
        ({"payload": {"changes": {"owner": [None, {"name": "x"}]}}}, ["payload"]),
        ({"payload": {"changes": {"owner": [None, "x"]}, "witnessed": False}}, ["payload"]),
        ({"payload": {"changes": {"owner": [None, "x"]}, "colour": "red"}}, ["payload"]),
        ({"deadline": 1}, ["deadline"]),
        ({"complainant_address": "0x" + "11" * 20}, ["complainant_address"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_put__not_of_the_form__400_names_the_field(
    put: Put, filed: dict[str, Any], change: dict[str, Any], fields: list[str] | None
) -> None:
    answer = put("e2", ASSIGNED | change)
    assert_problem(answer, 400, *(fields or []))
    assert Write.objects.count() == 1


@pytest.mark.parametrize("imported", [False, True])
def test_put__filing_or_import_without_its_payload__400(put: Put, filed: dict[str, Any], imported: bool) -> None:
    kind = "COMMENTED" if imported else "CREATED"
    body = {"event_type": kind, "occurred_at": AT, "data": "0x" + "ab" * 32, "imported": imported}
    assert_problem(put("e2", body, of="7001" if imported else "7002"), 400, "data")


def test_put__deadline_pause_and_resumption__as_the_contract_takes_them(put: Put, filed: dict[str, Any]) -> None:
    deadline = {"event_type": "SLA_DEADLINE_SET", "occurred_at": AT, "deadline": 1_900_000_000}
    assert [put(f"d{index}", deadline).status_code for index in (1, 1)] == [201, 200]
    assert put("d1", deadline | {"deadline": 1_900_000_001}).status_code == 409
    assert put("d2", {"event_type": "SLA_PAUSED", "occurred_at": AT}).status_code == 201
    assert put("d3", {"event_type": "SLA_RESUMED", "occurred_at": AT}).status_code == 201
    assert put("d4", deadline | {"deadline": 2**40}).status_code == 400


def test_put__name_that_differs_in_case_only__never_the_other_complaint(put: Put) -> None:
    assert put("e1", FILED, of="Case-A").status_code == 201
    answer = put("e1", FILED, of="case-a")
    assert answer.status_code in (201, 409)
    assert Complaint.objects.count() == (2 if answer.status_code == 201 else 1)


@pytest.mark.parametrize("name", ["%20x", "a%2Fb", "é", "x" * 129])
def test_put__odd_name__never_a_500(put: Put, name: str) -> None:
    assert put("e1", FILED, of=name).status_code in (400, 404)


def test_put__without_a_slash_at_the_end__the_same(zammad: APIClient) -> None:
    url = "/api/blockchain/complaints/zammad/7001/events/e1"
    assert zammad.put(url, FILED, format="json").status_code == 201


def test_put__other_source_or_kind_or_token__refused(put: Put, filed: dict[str, Any], staff_client: APIClient) -> None:
    other = client_of(token_of("fixmystreet", "fixmystreet"))
    commenting = client_of(token_of("comments", "zammad", EventType.COMMENTED))
    assert_problem(put("e2", ASSIGNED, client=other), 403)
    assert_problem(put("e2", ASSIGNED, client=commenting), 403)
    assert_problem(put("e2", ASSIGNED, client=client_of("crs_nonsense")), 401)
    # A person's token is none of a system.
    assert_problem(put("e2", ASSIGNED, client=staff_client), 401)
    assert_problem(put("e2", ASSIGNED, client=APIClient()), 401)


def test_get__complaint_of_a_system__seen_by_it_and_by_staff_only(
    filed: dict[str, Any], zammad: APIClient, staff_client: APIClient, complainant_client: APIClient, chain: Chain
) -> None:
    other = client_of(token_of("fixmystreet", "fixmystreet"))
    for part in ("status", "audit-trail", "evidence"):
        url = f"/api/blockchain/complaints/zammad/7001/{part}/"
        assert zammad.get(url).status_code == staff_client.get(url).status_code == 200
        assert complainant_client.get(url).status_code == other.get(url).status_code == 404


def test_post_batch__some_refused__the_others_are_recorded(zammad: APIClient) -> None:
    items = [
        FILED | {"external_id": "1", "event_id": "a"},
        ASSIGNED | {"external_id": "2", "event_id": "b"},
        ASSIGNED | {"external_id": "1", "event_id": "b"},
        "nonsense",
        ASSIGNED | {"external_id": "1", "event_id": "c", "colour": "red"},
    ]
    for expected in ([201, 404, 201, 400, 400], [200, 404, 200, 400, 400]):
        answer = zammad.post("/api/blockchain/events/", items, format="json")
        assert answer.status_code == 200
        assert [result["status"] for result in answer.json()] == expected
    assert Write.objects.count() == 2
    for wrong in ([], {}, items * 41):
        assert_problem(zammad.post("/api/blockchain/events/", wrong, format="json"), 400)


def test_put_evidence__file_again__200_and_another_file_409(
    zammad: APIClient, filed: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    settings.EVIDENCE_ROOT = tmp_path

    def put(event_id: str, content: bytes, client: APIClient = zammad) -> Any:
        url = f"/api/blockchain/complaints/zammad/7001/evidence/{event_id}/"
        return client.put(url, {"file": SimpleUploadedFile("photo.png", content)}, format="multipart")

    assert [put("f1", b"one").status_code, put("f1", b"one").status_code] == [202, 200]
    assert_problem(put("f1", b"two"), 409, type="urn:complaintregistry:problem:event-differs")
    assert put("f2", b"one").status_code == 200
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    assert [put("f1", content).status_code for content in (b"one", b"two")] == [200, 409]
    assert put("f4", b"one").status_code == 409
    assert_problem(put("f3", b"two", client_of(token_of("comments", "zammad", EventType.COMMENTED))), 403)
    assert EvidenceFile.objects.count() == 1
    assert zammad.get(put("f1", b"one").json()["ipfs_url"]).getvalue() == b"one"


def test_life__of_another_system__verifies_offline(
    put: Put, filed: dict[str, Any], zammad: APIClient, chain: Chain
) -> None:
    data, _ = own_commitment()
    assert put("e2", ASSIGNED).status_code == 201
    assert put("e3", {"event_type": "COMMENTED", "occurred_at": AT, "data": data}).status_code == 201
    old = {"event_type": "COMMENTED", "occurred_at": "2019-01-01T00:00:00Z", "imported": True}
    assert put("e4", old | {"payload": {"changes": {"comment": [None, "Long ago."]}}}).status_code == 201
    land(chain)
    trail = zammad.get("/api/blockchain/complaints/zammad/7001/audit-trail/").json()
    assert (trail["complete"], trail["report_matches"]) == (True, None)
    assert [event["verified_on_chain"] for event in trail["events"]] == [True] * 4
    assert [bool(event["not_opened"]) for event in trail["events"]] == [False, False, True, False]
    assert [event["witnessed"] for event in trail["events"]] == [True, True, None, False]
    verdict = trail_verdict(chain, trail)
    assert verdict["verdict"] == "PROVED"
    assert content_of(verdict) == {1: "opened", 2: "opened", 3: "not-disclosed", 4: "opened"}
    witnessed = {each["id"]: each["facts"]["witnessed"] for each in verdict["statements"] if each["code"] == "opened"}
    assert witnessed == {"content/1": True, "content/2": True, "content/4": False}


@pytest.mark.django_db(transaction=True)
def test_put__the_same_filing_at_the_same_moment__one_complaint(put: Put) -> None:
    answers: list[int] = []

    def send() -> None:
        try:
            answers.append(put("e1", FILED).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 201]
    assert Complaint.objects.count() == Write.objects.count() == 1
