"""Is this file anchored? Asked over HTTP, answered by the contract."""

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from blockchain.models import ChainEvent, EvidenceFile, Write
from blockchain.repair import writes_give_up
from report.models import IssueReport
from tests.chain_fixtures import Chain, caches_clear
from tests.evidence.test_upload import PHOTO, upload, url_of
from tests.landing import land


def verify(client: APIClient, report: IssueReport, data: bytes = PHOTO) -> Any:
    file = SimpleUploadedFile("whatever.bin", data)
    return client.post(url_of(report, "verify/"), {"file": file}, format="multipart")


@pytest.fixture
def anchored(chain: Chain, complainant_client: APIClient, report: IssueReport) -> dict[str, Any]:
    """The upload's answer, for a file that is anchored by now."""
    body: dict[str, Any] = upload(complainant_client, report).json()
    land(chain)
    return body


def test_verify__anchored__yes_with_the_block_s_time(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any]
) -> None:
    response = verify(complainant_client, report)
    assert response.status_code == 200
    event = ChainEvent.objects.get(data=anchored["data"])
    body = response.json()
    assert (body["verified"], body["state"]) == (True, "anchored")
    assert body["evidence_id"] == anchored["id"]
    assert body["data"] == anchored["data"]
    assert body["file_hash"] == hashlib.sha256(PHOTO).hexdigest()
    assert body["ipfs_cid"] == anchored["ipfs_cid"]
    assert (body["block_timestamp"], body["sequence"]) == (event.timestamp, event.sequence)
    assert body["tx_hash"] == event.tx_hash
    assert body["anchored_at"].endswith("Z")
    listed = complainant_client.get(url_of(report)).json()["results"][0]
    assert (listed["state"], listed["tx_hash"]) == ("anchored", event.tx_hash)
    assert listed["anchored_at"] == body["anchored_at"]


@pytest.mark.parametrize("position", [0, len(PHOTO) // 2, len(PHOTO) - 1])
def test_verify__one_bit_flipped__no(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], position: int
) -> None:
    flipped = bytearray(PHOTO)
    flipped[position] ^= 1
    body = verify(complainant_client, report, bytes(flipped)).json()
    assert (body["verified"], body["state"], body["data"]) == (False, "unknown", None)


def test_verify__never_uploaded__no_with_200(chain: Chain, complainant_client: APIClient, report: IssueReport) -> None:
    response = verify(complainant_client, report)
    assert response.status_code == 200
    body = response.json()
    assert (body["verified"], body["state"]) == (False, "unknown")
    assert body["file_hash"] == hashlib.sha256(PHOTO).hexdigest()


def test_verify__uploaded_and_not_anchored_yet__pending(
    chain: Chain, complainant_client: APIClient, report: IssueReport
) -> None:
    upload(complainant_client, report)
    body = verify(complainant_client, report).json()
    assert (body["verified"], body["state"], body["anchored_at"]) == (False, "pending", None)


def test_verify__write_given_up__unknown(chain: Chain, complainant_client: APIClient, report: IssueReport) -> None:
    upload(complainant_client, report)
    writes_give_up(write_ids=[Write.objects.get(nonce=1).pk], by=str(report.user.opaque_id), reason="refused")
    assert verify(complainant_client, report).json()["state"] == "unknown"


def test_verify__for_another_report__no(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any]
) -> None:
    from report.services import report_create
    from tests.fixtures.reports import FILED

    other = report_create(user=report.user, **FILED)
    assert verify(complainant_client, other).json()["state"] == "unknown"


@pytest.mark.parametrize(
    "altered",
    [
        {"file_hash": "00" * 32},
        {"ipfs_cid": "nonsense"},
        {"anchored_at": None},
        {"size": 1, "name": "another.png"},
    ],
)
def test_verify__record_altered__the_chain_still_says_yes(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], altered: dict[str, Any]
) -> None:
    EvidenceFile.objects.update(**altered)
    body = verify(complainant_client, report).json()
    assert (body["verified"], body["data"]) == (True, anchored["data"])


@pytest.mark.parametrize("data", ["0x" + "00" * 32, "nonsense"])
def test_verify__commitment_in_the_outbox_altered__the_chain_still_says_yes(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], data: str
) -> None:
    Write.objects.filter(nonce=1).update(data=data)
    body = verify(complainant_client, report).json()
    assert (body["verified"], body["data"]) == (True, anchored["data"])


def test_verify__record_made_to_fit_another_file__no(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any]
) -> None:
    forged = b"a forged photo"
    upload(complainant_client, report, data=forged)
    EvidenceFile.objects.exclude(public_id=anchored["id"]).update(anchored_at="2026-01-01T00:00:00Z")
    Write.objects.filter(nonce=2).update(data=anchored["data"], salt=anchored["salt"], payload=anchored["payload"])
    Write.objects.update(state=Write.State.CONFIRMED)
    assert verify(complainant_client, report, forged).json()["verified"] is False


@pytest.mark.parametrize("salt", ["", "0xzz", "0x" + "00" * 31, "0x" + "00" * 32])
def test_verify__salt_lost__not_verified_and_no_error(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], salt: str
) -> None:
    Write.objects.filter(nonce=1).update(salt=salt)
    response = verify(complainant_client, report)
    assert response.status_code == 200
    assert response.json()["verified"] is False


def test_verify__cache_lost__yes_without_the_transaction(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any]
) -> None:
    ChainEvent.objects.all().delete()
    body = verify(complainant_client, report).json()
    assert (body["verified"], body["tx_hash"]) == (True, None)


def test_verify__cache_names_another_transaction__it_is_not_repeated(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any]
) -> None:
    ChainEvent.objects.update(tx_hash="0x" + "12" * 32)
    body = verify(complainant_client, report).json()
    assert (body["verified"], body["tx_hash"]) == (True, None)


def test_verify__many_files__each_found(chain: Chain, complainant_client: APIClient, report: IssueReport) -> None:
    for each in range(1, 6):
        upload(complainant_client, report, data=bytes([each]))
    land(chain)
    sequences = [verify(complainant_client, report, bytes([each])).json()["sequence"] for each in range(1, 6)]
    assert sequences == [2, 3, 4, 5, 6]


def test_verify__chain_down__503(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], settings: Any
) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1"]
    caches_clear()
    response = verify(complainant_client, report)
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"


def test_verify__chain_that_hangs__503_after_the_timeout(
    chain: Chain, complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], settings: Any
) -> None:
    settings.BLOCKCHAIN_RPC_TIMEOUT = 0.3
    caches_clear()
    chain.anvil.pause()
    try:
        assert verify(complainant_client, report).status_code == 503
    finally:
        chain.anvil.resume()


def test_verify__another_chain__503(
    complainant_client: APIClient, report: IssueReport, anchored: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    from tests.anvil import Anvil

    other = Anvil()
    try:
        settings.BLOCKCHAIN_NODE_URLS = [other.url]
        caches_clear()
        assert verify(complainant_client, report).status_code == 503
    finally:
        other.stop()


def test_verify__empty_and_oversized__as_for_an_upload(
    complainant_client: APIClient, chain: Chain, report: IssueReport, settings: Any
) -> None:
    assert verify(complainant_client, report, b"").status_code == 400
    settings.EVIDENCE_MAX_BYTES = 1000
    assert verify(complainant_client, report, bytes(1001)).status_code == 413
