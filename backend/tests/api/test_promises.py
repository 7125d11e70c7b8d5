"""What the operator signs for those who hand something in: its form, when it is signed, and when it is not."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from eth_account import Account
from eth_account.messages import encode_typed_data

from blockchain.chain import signers
from blockchain.chain.signers import SignerError, local
from blockchain.models import Write
from blockchain.promises import IMPORTED, NO_DEPLOYMENT, NO_KEY, SIGNER_DOWN
from blockchain.protocol import typed_data
from blockchain.repair import writes_give_up
from report import services
from tests.chain_fixtures import INTAKE_KEY
from tests.fixtures.reports import FILED

URL = "/api/reports/"
OTHER_KEY = "0x" + "42" * 32
INTAKE = Account.from_key(INTAKE_KEY).address


@pytest.fixture(autouse=True)
def known(deployment: Any) -> None:
    """The contract is known; nothing here reaches a node."""


@pytest.fixture
def intake(settings: Any) -> str:
    settings.BLOCKCHAIN_INTAKE_KEY = INTAKE_KEY
    return INTAKE


def file(client):
    response = client.post(URL, FILED, format="json")
    assert response.status_code == 201
    return response.json()


def recovered(statement: dict[str, Any]) -> str:
    signable = encode_typed_data(full_message=statement["typed_data"])
    return Account.recover_message(signable, signature=statement["signature"])


def test_create__intake_key__answers_with_the_signed_entry(complainant_client, intake, deployment, no_network):
    body = file(complainant_client)
    promise = body["promise"]
    assert body["promise_reason"] is None
    expected = {
        "type": "entry",
        "complaint_id": body["complaint_id"],
        "event_type": "CREATED",
        "data": body["created"]["data"],
        "nonce": 0,
        "head": "0x" + "00" * 22,
        "actor": intake,
        "valid_until": 2**40 - 1,
    }
    assert expected.items() <= promise.items()
    assert promise["typed_data"] == typed_data.entry_typed_data(
        deployment.domain,
        complaint_id=body["complaint_id"],
        data=body["created"]["data"],
        event_type=0,
        nonce=0,
        actor=intake,
        valid_until=2**40 - 1,
    )
    assert len(promise["signature"]) == 132
    assert recovered(promise) == intake


def test_create__signature__is_made_after_the_commit(complainant_client, intake, monkeypatch, transactional_db):
    inside = []
    sign = local.LocalSigner.sign_typed_data

    def observe(self, typed):
        inside.append(connection.in_atomic_block)
        return sign(self, typed)

    monkeypatch.setattr(local.LocalSigner, "sign_typed_data", observe)
    assert file(complainant_client)["promise"]
    assert inside == [False]


def test_create__no_intake_key__null_with_the_reason(complainant_client):
    body = file(complainant_client)
    assert (body["promise"], body["promise_reason"]) == (None, NO_KEY)


@pytest.mark.parametrize("key", ["nonsense", "0x1234", "0x" + "00" * 32])
def test_create__intake_key_that_is_none__accepted_with_null_and_not_told(complainant_client, settings, key):
    settings.BLOCKCHAIN_INTAKE_KEY = key
    body = file(complainant_client)
    assert (body["promise"], body["promise_reason"]) == (None, SIGNER_DOWN)
    assert key not in str(body)
    with pytest.raises(SignerError, match=r"^BLOCKCHAIN_INTAKE_KEY is not a private key \(32 bytes, hex\)$"):
        signers.intake_signer()


def test_create__contract_not_known__accepted_with_null(complainant_client, intake, settings, tmp_path):
    from blockchain.chain import artifact

    settings.BLOCKCHAIN_DEPLOYMENT = tmp_path / "none.json"
    artifact.deployment.cache_clear()
    body = file(complainant_client)
    assert (body["promise"], body["promise_reason"]) == (None, NO_DEPLOYMENT)


@pytest.fixture
def signatures(monkeypatch) -> list[str]:
    """Every signature that is asked for; while `down` is in it, the signer fails."""
    asked: list[str] = []
    sign = local.LocalSigner.sign_typed_data

    def count(self, typed):
        if "down" in asked:
            raise SignerError("the signer does not answer")
        asked.append(typed["primaryType"])
        return sign(self, typed)

    monkeypatch.setattr(local.LocalSigner, "sign_typed_data", count)
    return asked


def test_read__promise_stored__not_signed_again(complainant_client, staff_client, intake, signatures):
    body = file(complainant_client)
    for client in (complainant_client, staff_client):
        assert client.get(f"{URL}{body['tracking_id']}/").json() == body
    assert signatures == ["Entry"]


def test_create__signer_down__accepted_and_signed_when_it_is_read_later(complainant_client, intake, signatures):
    signatures.append("down")
    body = file(complainant_client)
    assert (body["promise"], body["promise_reason"]) == (None, SIGNER_DOWN)
    url = f"{URL}{body['tracking_id']}/"
    assert complainant_client.get(url).json() == body
    signatures.remove("down")
    assert recovered(complainant_client.get(url).json()["promise"]) == intake
    write = Write.objects.get()
    assert (write.promise_signer, len(write.promise_signature)) == (intake, 132)


def test_read__intake_key_changed__signed_by_the_new_one(complainant_client, intake, settings, signatures):
    body = file(complainant_client)
    settings.BLOCKCHAIN_INTAKE_KEY = OTHER_KEY
    url = f"{URL}{body['tracking_id']}/"
    promise = complainant_client.get(url).json()["promise"]
    assert promise["actor"] == recovered(promise) == Account.from_key(OTHER_KEY).address
    assert complainant_client.get(url).json()["promise"] == promise
    assert signatures == ["Entry", "Entry"]


@pytest.mark.parametrize("changes", [{"BLOCKCHAIN_INTAKE_KEY": ""}, {"BLOCKCHAIN_INTAKE_KEY": OTHER_KEY}])
def test_read__no_key_any_more_or_its_signer_down__gives_what_is_stored(
    complainant_client, intake, settings, signatures, changes
):
    body = file(complainant_client)
    for name, value in changes.items():
        setattr(settings, name, value)
    signatures.append("down")
    assert complainant_client.get(f"{URL}{body['tracking_id']}/").json() == body


def test_read__filing_of_another_system__promises_nothing(complainant_client, report, intake):
    Write.objects.update(imported=True, payload=None, salt="")
    body = complainant_client.get(f"{URL}{report.tracking_id}/").json()
    assert (body["promise"], body["promise_reason"]) == (None, IMPORTED)


def test_comment__intake_key__answers_with_an_acknowledgement(complainant_client, report, intake, deployment):
    url = f"{URL}{report.tracking_id}/comments/"
    body = complainant_client.post(url, {"text": "Still dark."}, format="json").json()
    acknowledgement = body["acknowledgement"]
    write = report.complaint.writes.get(nonce=1)
    accepted_at = int(write.created_at.timestamp())
    expected = {
        "type": "acknowledgement",
        "complaint_id": report.complaint.complaint_id,
        "event_type": "COMMENTED",
        "data": body["data"],
        "accepted_at": accepted_at,
        "signer": intake,
    }
    assert expected.items() <= acknowledgement.items()
    assert acknowledgement["typed_data"] == typed_data.acknowledgement_typed_data(
        deployment.domain,
        complaint_id=report.complaint.complaint_id,
        event_type=3,
        data=write.data,
        accepted_at=accepted_at,
    )
    assert recovered(acknowledgement) == intake
    assert "nonce" not in acknowledgement
    assert complainant_client.get(url).json()["results"] == [body]


def test_evidence__intake_key__answers_with_an_acknowledgement(complainant_client, report, intake):
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"

    def upload():
        file = SimpleUploadedFile("light.jpg", b"a photo", "image/jpeg")
        return complainant_client.post(url, {"file": file}, format="multipart")

    body = upload().json()
    acknowledgement = body["acknowledgement"]
    assert (acknowledgement["event_type"], acknowledgement["data"]) == ("EVIDENCE_ANCHORED", body["data"])
    assert recovered(acknowledgement) == intake
    assert upload().json()["acknowledgement"] == acknowledgement
    assert complainant_client.get(url).json()["results"][0]["acknowledgement"] == acknowledgement


def test_comments__signer_down__asked_once_for_the_whole_page(complainant_client, report, staff, intake, signatures):
    for number in range(3):
        services.comment_create(report_id=report.pk, author=staff, text=str(number))
    asked = []

    def fail(self, typed):
        asked.append(typed)
        raise SignerError("the signer does not answer")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local.LocalSigner, "sign_typed_data", fail)
        rows = complainant_client.get(f"{URL}{report.tracking_id}/comments/").json()["results"]
    assert [(row["acknowledgement"], row["acknowledgement_reason"]) for row in rows] == [(None, SIGNER_DOWN)] * 3
    assert len(asked) == 1
    rows = complainant_client.get(f"{URL}{report.tracking_id}/comments/").json()["results"]
    assert [recovered(row["acknowledgement"]) for row in rows] == [intake] * 3
    assert signatures == ["Acknowledgement"] * 3


def test_comment__given_up__still_acknowledged_as_it_was_accepted(complainant_client, report, staff, intake):
    url = f"{URL}{report.tracking_id}/comments/"
    body = complainant_client.post(url, {"text": "Still dark."}, format="json").json()
    write = report.complaint.writes.get(nonce=1)
    writes_give_up(write_ids=[write.pk], by=str(staff.opaque_id), reason="sent twice")
    write.refresh_from_db()
    assert write.data != body["data"]
    assert complainant_client.get(url).json()["results"] == [body]
