"""Filing a complaint: what comes back, what is enqueued, what is refused, and that nobody waits for the chain."""

import json

import pytest

from accounts.models import User
from blockchain.models import Complaint, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from report.models import CROCKFORD, IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

URL = "/api/reports/"


def file(client, **changes):
    return client.post(URL, FILED | changes, format="json")


def test_create__complaint__receipt_proves_what_was_filed(complainant, complainant_client):
    response = file(complainant_client)
    assert response.status_code == 201
    body = response.json()
    assert {name: body[name] for name in FILED} == FILED
    assert (body["status"], body["priority"], body["assigned_to"]) == ("pending", "normal", None)
    assert len(body["tracking_id"]) == 12
    assert set(body["tracking_id"]) <= set(CROCKFORD)
    created = body["created"]
    subject = hashing.subject_of(
        salt=hashing.unhex(body["complaint_salt"]),
        tracking_id=body["tracking_id"],
        created_data=hashing.unhex(created["data"]),
    )
    assert body["complaint_id"] == hashing.hex0x(hashing.complaint_id_of(subject=subject))
    assert created["salt"] != body["complaint_salt"]
    assert created["payload"]["by"] == str(complainant.opaque_id)
    assert created["payload"]["changes"]["issue_title"] == [None, FILED["issue_title"]]
    data_hash = hashing.data_hash(salt=hashing.unhex(created["salt"]), payload=created["payload"])
    assert created["data"] == hashing.hex0x(data_hash)


def test_create__complaint__one_write_with_nonce_zero(complainant_client):
    body = file(complainant_client).json()
    write = Write.objects.get()
    assert (write.nonce, write.event_type, write.state) == (0, EventType.CREATED, "pending")
    assert write.data == body["created"]["data"]
    complaint = Complaint.objects.get()
    assert (complaint.source, complaint.external_id) == ("report", body["tracking_id"])
    assert (complaint.complaint_id, complaint.salt) == (body["complaint_id"], body["complaint_salt"])
    assert (complaint.next_nonce, complaint.complainant, complaint.witnessed) == (1, "", True)


def test_create__complaint__no_network_and_few_queries(complainant_client, no_network, django_assert_max_num_queries):
    file(complainant_client)  # the first one also makes the row that counts them
    with django_assert_max_num_queries(17):
        assert file(complainant_client).status_code == 201


def test_create__read_again__the_same(complainant_client, staff_client):
    body = file(complainant_client).json()
    path = f"{URL}{body['tracking_id']}/"
    assert complainant_client.get(path).json() == body
    assert staff_client.get(path).json() == body


def test_create__twice__nothing_in_common(complainant_client):
    one, two = file(complainant_client).json(), file(complainant_client).json()
    for name in ("tracking_id", "complaint_id", "complaint_salt"):
        assert one[name] != two[name]
    assert one["created"]["salt"] != two["created"]["salt"]


@pytest.mark.parametrize(
    "text", ["Straße 北京 🕯️ עברית", "a\u0301", "a\u2028b", "<script>alert(1)</script>", "=1+1", "\\u0000"]
)
def test_create__text_of_any_script__kept_and_committed_as_it_is(complainant_client, text):
    body = file(complainant_client, issue_title=text, issue_description=f"{text}\n\t{text}\r\nend").json()
    assert body["issue_title"] == text
    assert body["created"]["payload"]["changes"]["issue_title"] == [None, body["issue_title"]]
    kept = IssueReport.objects.get()
    assert kept.issue_description == f"{text}\n\t{text}\r\nend"
    write = kept.complaint.writes.get()
    data_hash = hashing.data_hash(salt=hashing.unhex(write.salt), payload=write.payload)
    assert hashing.hex0x(data_hash) == write.data


def test_create__spaces_around__kept_and_committed_as_they_are(complainant_client):
    body = file(complainant_client, location="  12 Harbour Road ").json()
    assert body["location"] == "  12 Harbour Road "
    assert body["created"]["payload"]["changes"]["location"] == [None, "  12 Harbour Road "]


ADDRESS = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"


@pytest.mark.parametrize("given", [ADDRESS, ADDRESS.lower()])
def test_create__address_of_the_complainant__in_the_id_and_in_the_answer(complainant_client, given):
    body = file(complainant_client, complainant_address=given).json()
    assert body["complainant_address"] == ADDRESS
    subject = hashing.subject_of(
        salt=hashing.unhex(body["complaint_salt"]),
        tracking_id=body["tracking_id"],
        created_data=hashing.unhex(body["created"]["data"]),
    )
    address = hashing.unhex(ADDRESS)
    assert body["complaint_id"] == hashing.hex0x(hashing.complaint_id_of(subject=subject, complainant=address))
    assert ADDRESS.lower() not in str(body["created"]["payload"]).lower()


@pytest.mark.parametrize("changes", [{}, {"complainant_address": None}])
def test_create__no_address__null_in_the_answer(complainant_client, changes):
    assert file(complainant_client, **changes).json()["complainant_address"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0x",
        ADDRESS[2:],
        ADDRESS.upper(),
        "0x" + ADDRESS[2:].upper(),
        ADDRESS.swapcase().replace("X", "x", 1),
        ADDRESS.replace("D1", "d1"),
        ADDRESS + "0",
        ADDRESS[:-1],
        ADDRESS + "\n",
        " " + ADDRESS,
        "0x" + "0" * 40,
        "vitalik.eth",
        5,
        True,
        [ADDRESS],
        {"address": ADDRESS},
    ],
    ids=repr,
)
def test_create__address_that_is_none__400_and_keeps_nothing(complainant_client, address):
    assert_problem(file(complainant_client, complainant_address=address), 400, "complainant_address")
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"issue_title": ""}, ["issue_title"]),
        ({"issue_title": "   "}, ["issue_title"]),
        ({"issue_title": None}, ["issue_title"]),
        ({"issue_title": 5}, ["issue_title"]),
        ({"issue_title": True}, ["issue_title"]),
        ({"issue_title": ["x"]}, ["issue_title"]),
        ({"issue_title": {"x": 1}}, ["issue_title"]),
        ({"issue_title": "x" * 201}, ["issue_title"]),
        ({"location": "x" * 201}, ["location"]),
        ({"issue_description": "x" * 10_001}, ["issue_description"]),
        ({"issue_title": "a\x00b"}, ["issue_title"]),
        ({"issue_title": "a\nb"}, ["issue_title"]),
        ({"issue_title": "a\x1b[31mb"}, ["issue_title"]),
        ({"issue_title": "a\x85b"}, ["issue_title"]),
        ({"issue_description": "a\x00b"}, ["issue_description"]),
        ({"issue_description": "a\x07b"}, ["issue_description"]),
        ({"issue_description": "a\ud800b"}, ["issue_description"]),
        ({"location": "\udfff"}, ["location"]),
        ({"status": "closed"}, ["status"]),
        ({"user": 1}, ["user"]),
        ({"tracking_id": "0123456789AB"}, ["tracking_id"]),
        ({"a": 1, "b": 2}, ["a", "b"]),
        ({"issue_title": "", "location": ""}, ["issue_title", "location"]),
        ({"\ud800": 1}, ["?"]),
        ({"x" * 5_000: 1}, ["x" * 300]),
    ],
)
def test_create__bad_value__400_names_the_field_and_keeps_nothing(complainant_client, changes, fields):
    response = complainant_client.post(URL, json.dumps(FILED | changes), content_type="application/json")
    assert_problem(response, 400, *fields)
    assert not IssueReport.objects.exists()
    assert not Write.objects.exists()
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("field", list(FILED))
def test_create__field_missing__400_names_it(complainant_client, field):
    body = {name: value for name, value in FILED.items() if name != field}
    assert_problem(complainant_client.post(URL, body, format="json"), 400, field)


@pytest.mark.parametrize("field", ["issue_title", "location", "issue_description"])
def test_create__longest_text__accepted(complainant_client, field):
    length = IssueReport._meta.get_field(field).max_length
    assert file(complainant_client, **{field: "😀" * length}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"issue_title": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": 1' + b"0" * 5_000 + b"}",
        b"[]",
        b"null",
        b'"text"',
        b"5",
        b'{"issue_title": "a", "issue_title": "b"}',
        b'{"issue_title": "a", "location": {"x": 1, "x": 1}}',
        b'{"issue_title": 9007199254740993}',
        b'{"issue_title": -9007199254740993}',
        b'{"issue_title": 1e16}',
        b'{"issue_title": 1e999}',
    ],
)
def test_create__not_a_json_object__400(complainant_client, body):
    assert_problem(complainant_client.post(URL, body, content_type="application/json"), 400)


def test_create__ten_megabytes_of_json__413(complainant_client):
    body = json.dumps(FILED | {"issue_description": "x" * 10_000_000})
    assert_problem(complainant_client.post(URL, body, content_type="application/json"), 413)
    assert not IssueReport.objects.exists()


def test_create__just_within_the_limit__read(complainant_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    body = json.dumps(FILED)
    padded = body[:-1] + " " * (1_000 - len(body)) + "}"
    assert complainant_client.post(URL, padded, content_type="application/json").status_code == 201
    assert_problem(complainant_client.post(URL, padded + " ", content_type="application/json"), 413)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
    ],
)
def test_create__another_content_type__415(complainant_client, content_type):
    assert_problem(complainant_client.post(URL, json.dumps(FILED), content_type=content_type), 415)


def test_create__another_charset_named__read_as_utf8(complainant_client):
    response = complainant_client.post(URL, json.dumps(FILED), content_type="application/json; charset=zlib")
    assert response.status_code == 201


def test_create__html_wanted__406(complainant_client):
    assert_problem(complainant_client.post(URL, FILED, format="json", HTTP_ACCEPT="text/html"), 406)


def test_create__failing_in_the_middle__leaves_neither_report_nor_write(complainant_client, monkeypatch):
    def fail(self):
        raise RuntimeError("secret of the database")

    monkeypatch.setattr(IssueReport, "save_recorded", fail)
    complainant_client.raise_request_exception = False
    body = assert_problem(file(complainant_client), 500)
    assert "secret" not in str(body)
    assert not IssueReport.objects.exists()
    assert not Write.objects.exists()
    assert not Complaint.objects.exists()
    assert User.objects.count() == 1
