"""Who gets a receipt over HTTP, in which form, and what those are told who have to wait."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from blockchain.indexer.sync import events_sync
from blockchain.jobs import EVENT_SYNC, PROOFS
from blockchain.models import Complaint, Job, ScanCursor, SlotProof
from blockchain.proofs.rounds import proof_round
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs.conftest import PUBLIC, RECEIPT, publish
from tests.relay.conftest import complaint_new
from tests.systems.conftest import client_of, token_of

pytestmark = pytest.mark.django_db
MEDIA_TYPE = "application/vnd.complaint-registry.receipt.v1+json"


@pytest.fixture
def given(chain: Chain, filed: IssueReport) -> IssueReport:
    """A report with a receipt."""
    land(chain)
    publish(chain)
    return filed


def test_receipt__owner_and_staff__get_the_file(
    given: IssueReport, complainant_client: APIClient, staff_client: APIClient
) -> None:
    for client in (complainant_client, staff_client):
        response = client.get(RECEIPT.format(given.tracking_id))
        assert response.status_code == 200
        assert response["Content-Type"] == MEDIA_TYPE
        assert response["Content-Disposition"] == f'attachment; filename="{given.tracking_id}.receipt.json"'
        assert response["Cache-Control"] == "private, no-store"


def test_receipt__of_somebody_else__is_a_404_and_for_nobody_a_401(
    given: IssueReport, other_complainant_client: APIClient, nobody_client: APIClient
) -> None:
    hidden = other_complainant_client.get(RECEIPT.format(given.tracking_id))
    missing = other_complainant_client.get(RECEIPT.format("no-such-report"))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["detail"] == missing.json()["detail"]
    assert nobody_client.get(RECEIPT.format(given.tracking_id)).status_code == 401


@pytest.mark.parametrize("accept", ["application/json", MEDIA_TYPE, "*/*", "text/html"])
def test_receipt__whatever_is_accepted__has_its_own_type(
    given: IssueReport, complainant_client: APIClient, accept: str
) -> None:
    response = complainant_client.get(RECEIPT.format(given.tracking_id), HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE)


def test_receipt__known_already__is_a_304_until_there_is_a_new_proof(
    chain: Chain, given: IssueReport, complainant_client: APIClient
) -> None:
    url = RECEIPT.format(given.tracking_id)
    etag = complainant_client.get(url)["ETag"]
    known = complainant_client.get(url, HTTP_IF_NONE_MATCH=etag)
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", etag)
    proof_round(registry=chain.registry, complaint_ids=[given.complaint.complaint_id])
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    assert complainant_client.get(url, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_receipt__before_the_first_final_proof__is_expected(
    chain: Chain, filed: IssueReport, complainant_client: APIClient, nobody_client: APIClient, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3

    def expected() -> timedelta:
        answers = [
            complainant_client.get(RECEIPT.format(filed.tracking_id)),
            nobody_client.get(PUBLIC.format(filed.complaint.complaint_id)),
        ]
        for answer in answers:
            assert (answer.status_code, answer["Cache-Control"]) == (202, "no-store")
            assert answer["Content-Type"] == "application/json"
            assert int(answer["Retry-After"]) > 0
        by = datetime.fromisoformat(answers[0].json()["expected_by"]) - timezone.now()
        assert by > timedelta(0)
        return by

    waiting = expected()
    # It need not be final to be proved.
    land_unfinal(chain)
    assert proof_round(registry=chain.registry).complaints == 1
    taken = expected()
    assert taken < waiting
    chain.anvil.mine(3)
    events_sync(registry=chain.registry)
    assert complainant_client.get(RECEIPT.format(filed.tracking_id)).status_code == 200


def land_unfinal(chain: Chain) -> None:
    """The relay's transaction is mined, and not final."""
    from blockchain.chain.signers import signer
    from blockchain.relay.loop import Relay

    relay = Relay(registry=chain.registry, signer=signer())
    for _ in range(5):
        relay.run_once()


def test_receipt__proofs_turned_off__is_not_expected(
    chain: Chain, filed: IssueReport, complainant_client: APIClient, settings: Any
) -> None:
    settings.BLOCKCHAIN_PROOF_INTERVAL = 0
    response = complainant_client.get(RECEIPT.format(filed.tracking_id))
    assert (response.status_code, response.json()["expected_by"]) == (202, None)
    assert "takes no storage proofs" in response.json()["detail"]
    assert "Retry-After" not in response


@pytest.mark.parametrize("name", [EVENT_SYNC, PROOFS])
def test_receipt__no_proofs_for_long__is_not_expected(
    chain: Chain, filed: IssueReport, complainant_client: APIClient, nobody_client: APIClient, name: str
) -> None:
    Job.objects.create(name=name)
    Job.objects.update(since=timezone.now() - timedelta(days=1))
    for response in (
        complainant_client.get(RECEIPT.format(filed.tracking_id)),
        nobody_client.get(PUBLIC.format(filed.complaint.complaint_id)),
    ):
        assert (response.status_code, response.json()["expected_by"]) == (202, None)
        assert "no storage proofs lately" in response.json()["detail"]
        assert "Retry-After" not in response


def test_receipt__of_another_system__for_its_token_and_staff(
    chain: Chain, staff_client: APIClient, complainant_client: APIClient
) -> None:
    complaint = complaint_new('case 1 "ä"')
    land(chain)
    publish(chain)
    other_system = client_of(token_of("other", "test"))
    url = f"/api/blockchain/complaints/test/{complaint.external_id}/receipt/"
    for client in (staff_client, other_system):
        response = client.get(url)
        assert response.status_code == 200
        assert response["Content-Disposition"] == "attachment; filename*=utf-8''case%201%20%22%C3%A4%22.receipt.json"
    assert complainant_client.get(url).status_code == 404
    assert client_of(token_of("third", "elsewhere")).get(url).status_code == 404


def test_public__anybody__may_keep_it_for_a_minute(given: IssueReport, nobody_client: APIClient) -> None:
    url = PUBLIC.format(given.complaint.complaint_id)
    response = nobody_client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE)
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Vary" not in response or "Authorization" not in response["Vary"]
    known = nobody_client.get(url, HTTP_IF_NONE_MATCH=response["ETag"])
    assert (known.status_code, known["Cache-Control"]) == (304, "public, max-age=60")
    # Also in another spelling of the id; and a bad token does not matter.
    assert nobody_client.get(PUBLIC.format(given.complaint.complaint_id.upper().replace("0X", "0x"))).status_code == 200
    assert nobody_client.get(url, HTTP_AUTHORIZATION="Bearer nonsense").status_code == 200


@pytest.mark.parametrize("name", ["0x" + "00" * 32, "0x12", "nonsense", "x" * 300])
def test_public__unknown_complaint__is_a_404(given: IssueReport, nobody_client: APIClient, name: str) -> None:
    response = nobody_client.get(PUBLIC.format(name))
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_receipt__cache_that_is_read_anew__waits_for_its_links(
    given: IssueReport, complainant_client: APIClient
) -> None:
    """A proof of links that are not there (again) would show them as withheld."""
    ScanCursor.objects.update(block_number=1)
    assert complainant_client.get(RECEIPT.format(given.tracking_id)).status_code == 202


def test_receipt__handed_out__is_noted_once(
    given: IssueReport, complainant_client: APIClient, nobody_client: APIClient, django_assert_num_queries: Any
) -> None:
    # The public half is for anybody, as often as they like.
    assert nobody_client.get(PUBLIC.format(given.complaint.complaint_id)).status_code == 200
    assert not SlotProof.objects.filter(handed_out=True).exists()
    complainant_client.get(RECEIPT.format(given.tracking_id))
    assert SlotProof.objects.get(of="complaint").handed_out
    assert Complaint.objects.count() == 1
