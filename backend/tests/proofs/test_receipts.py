"""Receipts from the live API, judged by the verifier that a complainant runs."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from blockchain import receipt as verifier
from blockchain.models import SlotProof, Write
from blockchain.proofs.rounds import proof_round
from blockchain.repair import writes_give_up
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs.conftest import PUBLIC, Json, publish, receipt_got, statements
from tests.verification.conftest import PHOTO, lived

pytestmark = pytest.mark.django_db
Verify = Callable[..., Json]
__all__ = ["lived"]
COMMENT = "The lamp post is bent, too."


def comment(client: APIClient, report: IssueReport) -> Json:
    """A comment over the API, which acknowledges it."""
    response = client.post(f"/api/reports/{report.tracking_id}/comments/", {"text": COMMENT}, format="json")
    assert response.status_code == 201, response.content
    body: Json = response.json()
    return body


def waited_for_long() -> None:
    """As if the relay had not recorded what waits for longer than an interval."""
    Write.objects.filter(state=Write.State.PENDING).update(created_at=timezone.now() - timedelta(hours=1))


def test_receipt__of_a_whole_life__is_proved(
    chain: Chain, promising: None, lived: IssueReport, complainant_client: APIClient, verify: Verify, tmp_path: Any
) -> None:
    publish(chain)
    (tmp_path / "photo.png").write_bytes(PHOTO)
    receipt = receipt_got(complainant_client, lived)
    verdict = verify(receipt, "--require", "identity", "--require", "promise", "--file", str(tmp_path / "photo.png"))
    assert verdict["verdict"] == "PROVED"
    said = statements(verdict)
    assert said["complete"] == "complete"
    assert said["file/1"] == "of-link"
    assert "anchored" in said.values()
    assert "held" in said.values()
    # The complainant wrote link 8, past this server: only that one is not opened here.
    assert [name for name, code in said.items() if code == "not-disclosed"] == ["content/8"]
    assert [link["sequence"] for link in receipt["links"]] == list(
        range(1, lived.complaint.chain_state.event_count + 1)
    )


def test_receipt__public_half__is_complete_and_says_nothing_personal(
    chain: Chain,
    promising: None,
    filed: IssueReport,
    complainant_client: APIClient,
    nobody_client: APIClient,
    verify: Verify,
) -> None:
    comment(complainant_client, filed)
    land(chain)
    publish(chain)
    whole = receipt_got(complainant_client, filed)
    public = nobody_client.get(PUBLIC.format(filed.complaint.complaint_id))
    assert json.loads(public.content) == whole | {"promises": [], "openings": {}}
    # What redacting the whole receipt leaves is the same.
    assert json.loads(public.content) == {**verifier.redacted(whole, []), "promises": [], "openings": {}}
    verdict = verify(json.loads(public.content))
    assert (verdict["verdict"], statements(verdict)["complete"]) == ("PROVED", "complete")
    salts = [whole["openings"]["salt"], *(each["salt"] for each in whole["openings"]["links"].values())]
    for secret in (*salts, filed.tracking_id, filed.issue_title, COMMENT, str(filed.user.opaque_id)):
        assert secret not in public.content.decode()


def test_receipt__filing_recorded__its_promise_is_kept(
    chain: Chain, promising: None, filed: IssueReport, complainant_client: APIClient, verify: Verify
) -> None:
    acknowledged = comment(complainant_client, filed)["acknowledgement"]
    land(chain)
    publish(chain)
    receipt = receipt_got(complainant_client, filed)
    assert [each["kind"] for each in receipt["promises"]] == ["entry", "acknowledgement"]
    assert receipt["promises"][1]["signature"] == acknowledged["signature"]
    verdict = verify(receipt, "--require", "promise")
    assert verdict["verdict"] == "PROVED"
    assert (statements(verdict)["promise/1"], statements(verdict)["promise/2"]) == ("kept", "recorded")


def test_receipt__filing_not_recorded_for_an_interval__its_absence_is_proved_and_the_promise_is_open(
    chain: Chain, promising: None, filed: IssueReport, complainant_client: APIClient, verify: Verify
) -> None:
    publish(chain)
    assert not SlotProof.objects.filter(of=SlotProof.Of.COMPLAINT).exists()
    waited_for_long()
    chain.anvil.warp(chain.anvil.time() + 600)
    publish(chain)
    verdict = verify(receipt_got(complainant_client, filed), "--require", "identity", "--require", "promise")
    said = statements(verdict)
    assert (verdict["verdict"], said["absent"], said["promise/1"]) == ("PROVED", "absent", "open")
    # Not again before a day has passed.
    assert proof_round(registry=chain.registry).complaints == 0
    land(chain)
    publish(chain)
    verdict = verify(receipt_got(complainant_client, filed), "--require", "promise")
    assert (verdict["verdict"], statements(verdict)["promise/1"]) == ("PROVED", "kept")
    # The first proof stays: it shows when nothing was there yet.
    (delay,) = [each["facts"] for each in verdict["statements"] if each["id"] == "delay/1"]
    assert delay["at_least"] >= 600
    assert delay["recorded_at"] >= delay["absent_at"]


def test_receipt__comment_given_up__was_acknowledged_and_is_not_recorded(
    chain: Chain, promising: None, filed: IssueReport, complainant_client: APIClient, staff: User, verify: Verify
) -> None:
    comment(complainant_client, filed)
    write = filed.complaint.writes.get(nonce=1)
    writes_give_up(write_ids=[write.pk], by=str(staff.opaque_id), reason="Of another report.")
    land(chain)
    publish(chain)
    receipt = receipt_got(complainant_client, filed)
    assert receipt["openings"]["promises"]["2"]["payload"]["changes"]["comment"][1] == COMMENT
    verdict = verify(receipt, "--require", "promise")
    assert (verdict["verdict"], statements(verdict)["promise/2"]) == ("PROVED", "not-recorded")


def test_receipt__links_after_the_newest_proof__come_with_the_next(
    chain: Chain, filed: IssueReport, complainant_client: APIClient, staff: User, verify: Verify
) -> None:
    land(chain)
    publish(chain)
    services.comment_create(report_id=filed.pk, author=staff, text="We look into it.")
    land(chain)
    receipt = receipt_got(complainant_client, filed)
    assert [link["sequence"] for link in receipt["links"]] == [1]
    assert verify(receipt)["verdict"] == "PROVED"
    publish(chain)
    receipt = receipt_got(complainant_client, filed)
    assert [link["sequence"] for link in receipt["links"]] == [1, 2]
    assert len(receipt["proofs"]) == 2
    verdict = verify(receipt)
    assert verdict["verdict"] == "PROVED"
    assert {"prefix", "complete"} <= statements(verdict).keys()


def test_receipt__record_altered_in_the_database__is_contradicted(
    chain: Chain, filed: IssueReport, complainant_client: APIClient, verify: Verify
) -> None:
    land(chain)
    publish(chain)
    write = filed.complaint.writes.get()
    write.payload["changes"]["issue_title"] = [None, "Nothing"]
    write.save(update_fields=["payload"])
    verdict = verify(receipt_got(complainant_client, filed))
    assert (verdict["verdict"], statements(verdict)["content/1"]) == ("CONTRADICTED", "payload-differs")
