"""Uploading evidence over HTTP."""

import hashlib
import io
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from blockchain.evidence.cid import digest_of
from blockchain.evidence.errors import EvidenceStoreUnavailable, EvidenceTooLarge
from blockchain.evidence.local import LocalStore
from blockchain.evidence.store import evidence_store
from blockchain.models import Complaint, EvidenceFile, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.repair import writes_give_up
from report.models import IssueReport
from tests.ipfs.node import IpfsNode

KUBO = {"BACKEND": "blockchain.evidence.kubo.kubo_store"}
PHOTO = b"\x89PNG\r\n\x1a\n" + b"a photo of the street light" * 1000


def url_of(report: IssueReport, tail: str = "") -> str:
    return f"/api/blockchain/reports/{report.tracking_id}/evidence/{tail}"


def upload(client: APIClient, report: IssueReport, data: bytes = PHOTO, name: str = "photo.png", **extra: Any) -> Any:
    file = SimpleUploadedFile(name, data, content_type=extra.pop("content_type", "image/png"))
    return client.post(url_of(report), {"file": file, **extra}, format="multipart")


def assert_nothing_recorded() -> None:
    assert not EvidenceFile.objects.exists()
    assert not Write.objects.filter(event_type=EventType.EVIDENCE_ANCHORED).exists()


def test_upload__photo__stored_and_enqueued_without_any_network(
    complainant_client: APIClient, report: IssueReport, no_network: None
) -> None:
    response = upload(complainant_client, report)
    assert response.status_code == 202, response.content
    body = response.json()
    digest = digest_of(io.BytesIO(PHOTO))
    assert body["message"] == "Evidence stored. Blockchain anchoring in progress."
    assert body["ipfs_cid"] == digest.cid
    assert body["file_hash"] == hashlib.sha256(PHOTO).hexdigest()
    assert (body["size"], body["media_type"], body["name"]) == (len(PHOTO), "image/png", "photo.png")
    assert (body["state"], body["tx_hash"], body["anchored_at"]) == ("pending", None, None)
    assert body["ipfs_url"] == f"http://testserver{url_of(report)}{body['id']}/content/"
    assert body["cid_parameters"]["chunker"] == "size-262144"
    payload = dict(body["payload"])
    assert payload.pop("occurred_at").endswith("Z")
    assert payload == {
        "v": 2,
        "type": "EVIDENCE_ANCHORED",
        "by": str(report.user.opaque_id),
        "witnessed": True,
        "sha256": digest.sha256.hex(),
        "cid": digest.cid,
        "size": len(PHOTO),
        "media_type": "image/png",
        "name": "photo.png",
    }
    expected = hashing.data_hash(salt=hashing.unhex(body["salt"]), payload=body["payload"])
    assert body["data"] == hashing.hex0x(expected)
    write = EvidenceFile.objects.get().write
    assert (write.state, write.data, write.nonce) == ("pending", body["data"], 1)


def test_upload__same_bytes_again__existing_record(
    complainant_client: APIClient, staff_client: APIClient, report: IssueReport
) -> None:
    first = upload(complainant_client, report).json()
    again = upload(staff_client, report, name="other-name.png")
    assert again.status_code == 200
    assert again.json() == first | {"message": "This complaint already has this file."}
    assert EvidenceFile.objects.count() == 1


def test_upload__same_bytes_to_another_report__own_salt(complainant_client: APIClient, report: IssueReport) -> None:
    from report.services import report_create
    from tests.fixtures.reports import FILED

    other = report_create(user=report.user, **FILED)
    first, second = upload(complainant_client, report).json(), upload(complainant_client, other).json()
    assert first["ipfs_cid"] == second["ipfs_cid"]
    assert first["data"] != second["data"]


def test_upload__write_was_given_up__same_bytes_are_recorded_anew(
    complainant_client: APIClient, report: IssueReport
) -> None:
    first = upload(complainant_client, report).json()
    writes_give_up(write_ids=[Write.objects.get(nonce=1).pk], by=str(report.user.opaque_id), reason="refused")
    listed = complainant_client.get(url_of(report)).json()["results"][0]
    assert (listed["state"], listed["data"], listed["payload"]) == ("given_up", first["data"], first["payload"])
    again = upload(complainant_client, report)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (202, first["id"], "pending")
    assert again.json()["data"] == Write.objects.get(nonce=2).data != first["data"]


def test_list__payload_was_erased__still_shows_the_rest(complainant_client: APIClient, report: IssueReport) -> None:
    uploaded = upload(complainant_client, report).json()
    Write.objects.filter(nonce=1).update(salt="", payload={})
    (listed,) = complainant_client.get(url_of(report)).json()["results"]
    assert (listed["uploaded_by"], listed["file_hash"]) == ("", uploaded["file_hash"])


@pytest.mark.parametrize("status", ["pending", "in_progress", "on_hold", "resolved", "rejected", "closed"])
def test_upload__each_status__refused_when_closed_only_and_not_stored(
    complainant_client: APIClient, report_in: Any, status: str, evidence_root: Path
) -> None:
    response = upload(complainant_client, report_in(status))
    if status == "closed":
        assert response.status_code == 409
        assert (response.json()["from"], response.json()["to"]) == ("closed", "evidence_anchored")
        assert_nothing_recorded()
        assert not evidence_root.exists()
    else:
        assert response.status_code == 202


def test_upload__frozen_complaint__409_and_not_stored(
    complainant_client: APIClient, report: IssueReport, evidence_root: Path
) -> None:
    Complaint.objects.update(frozen_reason="link 3 is not ours")
    response = upload(complainant_client, report)
    assert (response.status_code, response.json()["detail"]) == (409, "Link 3 is not ours.")
    assert_nothing_recorded()
    assert not evidence_root.exists()


def test_upload__no_file__400_naming_the_field(complainant_client: APIClient, report: IssueReport) -> None:
    response = complainant_client.post(url_of(report), {}, format="multipart")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["file"]
    assert_nothing_recorded()


def test_upload__empty_file__400_naming_the_field(complainant_client: APIClient, report: IssueReport) -> None:
    response = upload(complainant_client, report, data=b"")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["file"]
    assert_nothing_recorded()


def test_upload__unknown_field__400_naming_it(complainant_client: APIClient, report: IssueReport) -> None:
    response = upload(complainant_client, report, colour="red")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["colour"]
    assert_nothing_recorded()


def test_upload__text_in_place_of_a_file__400(complainant_client: APIClient, report: IssueReport) -> None:
    response = complainant_client.post(url_of(report), {"file": "just text"}, format="multipart")
    assert response.status_code == 400
    assert_nothing_recorded()


def test_upload__two_files__400(complainant_client: APIClient, report: IssueReport) -> None:
    files = [SimpleUploadedFile("a", b"a"), SimpleUploadedFile("b", b"b")]
    response = complainant_client.post(url_of(report), {"file": files}, format="multipart")
    assert response.status_code == 400
    assert_nothing_recorded()


def test_upload__json__415(complainant_client: APIClient, report: IssueReport) -> None:
    assert complainant_client.post(url_of(report), {"file": "x"}, format="json").status_code == 415


def test_upload__broken_form__400(complainant_client: APIClient, report: IssueReport) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = complainant_client.generic("POST", url_of(report), "nonsense", content_type=content_type)
        assert response.status_code == 400, response.content
    assert_nothing_recorded()


@pytest.mark.parametrize("excess", [1, 10_000_000])
def test_upload__too_large__413_and_nothing_kept(
    complainant_client: APIClient, report: IssueReport, settings: Any, evidence_root: Path, excess: int
) -> None:
    settings.EVIDENCE_MAX_BYTES = 100_000
    response = upload(complainant_client, report, data=bytes(settings.EVIDENCE_MAX_BYTES + excess))
    assert response.status_code == 413, response.content
    assert "100000 bytes" in response.json()["detail"]
    assert not evidence_root.exists()
    assert_nothing_recorded()


def test_upload__at_the_limit__taken(complainant_client: APIClient, report: IssueReport, settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = 100_000
    assert upload(complainant_client, report, data=bytes(100_000)).status_code == 202


def test_handle_raw_input__declared_length_too_large__refused_and_not_read_to_its_end(settings: Any) -> None:
    from blockchain.evidence.upload_handler import BoundedUploadHandler

    settings.EVIDENCE_MAX_BYTES = 100_000
    body = io.BytesIO(bytes(10_000_000))
    with pytest.raises(EvidenceTooLarge):
        BoundedUploadHandler().handle_raw_input(body, {}, 10_000_000, b"boundary")
    assert body.tell() == 100_000


def test_upload__no_room_for_temporary_files__503(
    complainant_client: APIClient, report: IssueReport, settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    assert upload(complainant_client, report).status_code == 503
    assert_nothing_recorded()


def test_upload__name_that_is_a_path__never_one(
    complainant_client: APIClient, report: IssueReport, evidence_root: Path
) -> None:
    body = upload(complainant_client, report, name="../../evil.sh").json()
    assert body["name"] == "evil.sh"
    assert {path.name for path in evidence_root.rglob("*") if path.is_file()} == {body["ipfs_cid"]}


def test_upload__closed_report__409_and_nothing_kept(
    staff_client: APIClient, report_in: Any, evidence_root: Path
) -> None:
    response = upload(staff_client, report_in("closed"))
    assert response.status_code == 409
    assert not evidence_root.exists()
    assert_nothing_recorded()


def test_upload__report_closed_while_the_file_was_stored__409(
    complainant_client: APIClient, staff: Any, report: IssueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    from report.services import report_update

    store = evidence_store()

    class Slow:
        def put(self, stream: Any) -> Any:
            report_update(report_id=report.pk, by=staff, status="closed")
            return store.put(stream)

    monkeypatch.setattr("blockchain.evidence.services.evidence_store", Slow)
    assert upload(complainant_client, report).status_code == 409
    assert_nothing_recorded()


@pytest.mark.parametrize("who", ["other_complainant_client", "nobody_client"])
def test_evidence__not_yours__as_if_it_were_not_there(
    complainant_client: APIClient, report: IssueReport, request: pytest.FixtureRequest, who: str
) -> None:
    pk = upload(complainant_client, report).json()["id"]
    client: APIClient = request.getfixturevalue(who)
    expected = 404 if who == "other_complainant_client" else 401
    file = SimpleUploadedFile("photo.png", PHOTO)
    answers = [
        upload(client, report),
        client.get(url_of(report)),
        client.get(url_of(report, f"{pk}/content/")),
        client.post(url_of(report, "verify/"), {"file": file}, format="multipart"),
    ]
    assert [answer.status_code for answer in answers] == [expected] * 4
    assert all(answer["Content-Type"] == "application/problem+json" for answer in answers)
    assert EvidenceFile.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_evidence__unknown_report__404(complainant_client: APIClient, db: None, method: str) -> None:
    assert getattr(complainant_client, method)("/api/blockchain/reports/000000000000/evidence/").status_code == 404


def test_upload__store_down__503_and_nothing_half_done(
    complainant_client: APIClient, report: IssueReport, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.IPFS_API_URL = "http://user:hunter2@127.0.0.1:1"
    settings.EVIDENCE_STORE = KUBO
    response = upload(complainant_client, report)
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert "127.0.0.1" not in response.content.decode()
    assert "hunter2" not in caplog.text
    assert_nothing_recorded()


@pytest.mark.parametrize("fault", ["wrong-cid", "broken", "moved", "stream-error", "unpinned"])
def test_upload__store_with_a_fault__503_and_nothing_half_done(
    complainant_client: APIClient, report: IssueReport, settings: Any, ipfs_node: IpfsNode, fault: str
) -> None:
    settings.IPFS_API_URL = ipfs_node.faulty(fault)
    settings.EVIDENCE_STORE = KUBO
    assert upload(complainant_client, report).status_code == 503
    assert_nothing_recorded()


def test_upload__ipfs_node__stored_there_and_downloaded_from_there(
    complainant_client: APIClient, report: IssueReport, settings: Any, ipfs_node: IpfsNode
) -> None:
    settings.IPFS_API_URL = ipfs_node.url
    settings.EVIDENCE_STORE = KUBO
    body = upload(complainant_client, report).json()
    response = complainant_client.get(body["ipfs_url"])
    assert response.getvalue() == PHOTO


def test_upload__public_gateway_set__url_of_it(
    complainant_client: APIClient, report: IssueReport, settings: Any
) -> None:
    settings.IPFS_PUBLIC_GATEWAY = "https://gateway.example/"
    body = upload(complainant_client, report).json()
    assert body["ipfs_url"] == f"https://gateway.example/ipfs/{body['ipfs_cid']}"


def test_list__several__a_page_in_order(complainant_client: APIClient, report: IssueReport) -> None:
    ids = [upload(complainant_client, report, data=bytes([each])).json()["id"] for each in range(1, 4)]
    body = complainant_client.get(url_of(report), {"page_size": 2}).json()
    assert body["count"] == 3
    assert [row["id"] for row in body["results"]] == ids[:2]
    assert [row["id"] for row in complainant_client.get(body["next"]).json()["results"]] == ids[2:]
    assert complainant_client.get(url_of(report), {"page": "x"}).status_code == 400
    assert complainant_client.get(url_of(report), {"page": 9}).status_code == 404


def test_upload__more_files_in_an_hour_than_allowed__429(
    complainant_client: APIClient, staff_client: APIClient, report: IssueReport, settings: Any
) -> None:
    settings.EVIDENCE_UPLOAD_RATE = "2/hour"
    assert [upload(complainant_client, report, data=bytes([each])).status_code for each in (1, 2, 3, 4)] == [
        202,
        202,
        429,
        429,
    ]
    refused = upload(complainant_client, report, data=b"5")
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "your limit of 2 files in 3,600 seconds" in refused.json()["detail"]
    assert upload(staff_client, report, data=b"6").status_code == 202


def test_evidence__folder_is_not_mounted__503_and_nothing_hidden(
    complainant_client: APIClient, report: IssueReport, evidence_root: Path
) -> None:
    stored = upload(complainant_client, report).json()
    evidence_root.rename(evidence_root.parent / "unmounted")
    assert complainant_client.get(url_of(report, f"{stored['id']}/content/")).status_code == 503
    assert upload(complainant_client, report, data=b"another").status_code == 503
    assert not evidence_root.exists()
    (evidence_root.parent / "unmounted").rename(evidence_root)
    assert complainant_client.get(url_of(report, f"{stored['id']}/content/")).status_code == 200


def test_upload__refused_or_known__only_bytes_are_counted(
    complainant_client: APIClient, report: IssueReport, settings: Any
) -> None:
    settings.EVIDENCE_UPLOAD_RATE = "2/hour"
    assert upload(complainant_client, report, data=b"1").status_code == 202
    for _ in range(3):
        assert upload(complainant_client, report, data=b"").status_code == 400
        assert upload(complainant_client, report, data=b"1").status_code == 200
    with patch.object(LocalStore, "put", side_effect=EvidenceStoreUnavailable("the disk is full")):
        assert upload(complainant_client, report, data=b"2").status_code == 503
    assert upload(complainant_client, report, data=b"2").status_code == 202
    assert upload(complainant_client, report, data=b"3").status_code == 429
    settings.EVIDENCE_UPLOAD_RATE, settings.EVIDENCE_BYTES_PER_HOUR = "9/hour", 1_000
    refused = upload(complainant_client, report, data=b"1")
    assert refused.status_code == 429
    assert "your limit of 1,000 bytes of files in an hour" in refused.json()["detail"]


def test_upload__more_bytes_in_an_hour_than_allowed__429_also_for_verification(
    complainant_client: APIClient, report: IssueReport, settings: Any
) -> None:
    settings.EVIDENCE_BYTES_PER_HOUR = 50_000
    assert upload(complainant_client, report, data=bytes(30_000)).status_code == 202
    assert upload(complainant_client, report, data=b"1" * 30_000).status_code == 429
    file = SimpleUploadedFile("x", bytes(30_000))
    verify = complainant_client.post(url_of(report, "verify/"), {"file": file}, format="multipart")
    assert verify.status_code == 429
    assert upload(complainant_client, report, data=b"small").status_code == 202
