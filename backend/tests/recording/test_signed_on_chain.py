"""Promises and officers' entries on a real chain: whoever records them, relay and indexer know them as ours."""

from typing import Any

import pytest
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from blockchain.models import ChainEvent, ChainState, Complaint, Transaction, Write
from blockchain.protocol.kinds import EventType, Status
from tests.anvil import RpcError
from tests.api.problems import assert_problem
from tests.chain_fixtures import INTAKE_KEY, Chain
from tests.fixtures.reports import FILED
from tests.landing import land

URL = "/api/reports/"
ENTRIES = "/api/blockchain/entries/"
OFFICER_KEY = "0x" + "07" * 32
OFFICER = Account.from_key(OFFICER_KEY).address
# An ERC-1271 wallet that accepts every signature, and one that reverts.
WALLET = to_checksum_address("0x" + "a1" * 20)
ACCEPTS, REVERTS = "0x631626ba7e60e01b5f5260205ff3", "0x5f5ffd"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain(chain: Chain, settings: Any) -> Chain:
    settings.BLOCKCHAIN_INTAKE_KEY = INTAKE_KEY
    return chain


def grant(chain: Chain, account: str, role: str = "RECORDER_ROLE") -> None:
    chain.write("grantRole", keccak(role.encode()), account, sender=chain.admin)


def record_promise(chain: Chain, promise: dict[str, Any], sender: str) -> dict[str, Any]:
    """What the holder of a promise does with it: nothing but the answer of the API is needed."""
    entry = (bytes.fromhex(promise["complaint_id"][2:]), bytes.fromhex(promise["data"][2:]), 0, promise["nonce"])
    return chain.write(
        "recordSigned",
        entry,
        bytes.fromhex(promise["head"][2:]),
        promise["actor"],
        promise["valid_until"],
        bytes.fromhex(promise["signature"][2:]),
        sender=sender,
    )


def test_promise__recorded_by_a_stranger__is_our_filing_and_the_relay_goes_on(chain, complainant_client, staff_client):
    body = complainant_client.post(URL, FILED, format="json").json()
    comments = f"{URL}{body['tracking_id']}/comments/"
    assert complainant_client.post(comments, {"text": "Withheld."}, format="json").status_code == 201
    receipt = record_promise(chain, body["promise"], chain.stranger)
    land(chain)
    land(chain)
    created, comment = Write.objects.order_by("nonce")
    assert (created.state, created.tx_hash) == ("confirmed", receipt["transactionHash"])
    assert (comment.state, comment.sequence) == ("confirmed", 2)
    assert list(ChainEvent.objects.order_by("sequence").values_list("event_type", "actor")) == [
        (EventType.CREATED, chain.intake_account),
        (EventType.COMMENTED, chain.relay_account),
    ]
    complaint = Complaint.objects.get()
    assert complaint.frozen_reason == ""
    assert ChainState.objects.get().status == Status.OPEN


def test_promise__landed_before_the_relay_looked__not_sent_again(chain, complainant_client):
    body = complainant_client.post(URL, FILED, format="json").json()
    record_promise(chain, body["promise"], chain.stranger)
    land(chain)
    land(chain)
    assert Write.objects.get().state == "confirmed"
    assert ChainEvent.objects.count() == 1
    assert Complaint.objects.get().frozen_reason == ""


def test_promise__kept_by_the_relay__is_worth_nothing_any_more(chain, complainant_client):
    body = complainant_client.post(URL, FILED, format="json").json()
    land(chain)
    with pytest.raises(RpcError) as refused:
        record_promise(chain, body["promise"], chain.stranger)
    assert refused.value.data[2:10] == keccak(b"StaleNonce(bytes32,uint24,uint24)")[:4].hex()
    assert complainant_client.get(f"{URL}{body['tracking_id']}/").json()["promise"] == body["promise"]


@pytest.fixture
def prepare(report, staff_client):
    def post(actor: str, changes: dict[str, Any] | None = None, event_type: str = "RESOLVED") -> dict[str, Any]:
        body = {
            "tracking_id": report.tracking_id,
            "event_type": event_type,
            "changes": changes or {"status": "resolved"},
            "actor": actor,
        }
        response = staff_client.post(ENTRIES, body, format="json")
        assert response.status_code == 201, response.content
        return response.json()

    return post


def submit(client: Any, entry: dict[str, Any], signature: str | None = None) -> Any:
    if signature is None:
        signable = encode_typed_data(full_message=entry["typed_data"])
        signature = "0x" + bytes(Account.from_key(OFFICER_KEY).sign_message(signable).signature).hex()
    return client.put(f"{ENTRIES}{entry['id']}/signature/", {"signature": signature}, format="json")


def test_entry__signed_by_an_officer__recorded_in_order_under_their_address(
    chain, report, prepare, staff_client, complainant_client
):
    grant(chain, OFFICER)
    entry = prepare(OFFICER)
    comments = f"{URL}{report.tracking_id}/comments/"
    assert complainant_client.post(comments, {"text": "Thank you."}, format="json").status_code == 201
    assert submit(staff_client, entry).status_code == 200
    land(chain)
    events = list(ChainEvent.objects.order_by("sequence").values_list("event_type", "actor", "data"))
    assert [event[:2] for event in events] == [
        (EventType.CREATED, chain.relay_account),
        (EventType.RESOLVED, OFFICER),
        (EventType.COMMENTED, chain.relay_account),
    ]
    assert events[1][2] == entry["data"]
    assert set(Write.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Write.objects.get(nonce=1).transaction.kind == Transaction.Kind.SIGNED
    assert Complaint.objects.get().frozen_reason == ""


def test_entry__waits_for_its_signature__nothing_behind_it_is_sent(chain, report, prepare, complainant_client):
    grant(chain, OFFICER)
    prepare(OFFICER)
    comments = f"{URL}{report.tracking_id}/comments/"
    complainant_client.post(comments, {"text": "Behind."}, format="json")
    land(chain)
    states = list(Write.objects.order_by("nonce").values_list("state", flat=True))
    assert states == ["confirmed", "reserved", "pending"]


def test_entry__reservation_over__relay_makes_it_a_note_and_goes_on(
    chain, report, prepare, staff_client, complainant_client
):
    grant(chain, OFFICER)
    entry = prepare(OFFICER)
    complainant_client.post(f"{URL}{report.tracking_id}/comments/", {"text": "Behind."}, format="json")
    Write.objects.filter(state="reserved").update(reserved_until=timezone.now())
    land(chain)
    events = list(ChainEvent.objects.order_by("sequence").values_list("event_type", flat=True))
    assert events == [EventType.CREATED, EventType.NOTED, EventType.COMMENTED]
    assert_problem(submit(staff_client, entry), 409)
    trail = complainant_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/").json()
    assert (trail["complete"], trail["report_matches"], trail["mismatches"]) == (True, True, [])


def test_audit_trail__entry_waits_for_its_signature__report_matches(chain, report, prepare, staff_client):
    land(chain)
    prepare(OFFICER)
    trail = staff_client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/").json()
    assert (trail["complete"], trail["report_matches"], trail["mismatches"]) == (True, True, [])


def test_entry__officer_without_the_role__409_and_still_reserved(chain, prepare, staff_client):
    problem = assert_problem(submit(staff_client, prepare(OFFICER)), 409)
    assert "RECORDER_ROLE" in problem["detail"]
    assert Write.objects.get(nonce=1).state == "reserved"


def test_entry__role_of_another_kind__409(chain, prepare, staff_client):
    grant(chain, OFFICER)
    entry = prepare(OFFICER, {"status": "on_hold"}, "SLA_PAUSED")
    assert "SLA_MANAGER_ROLE" in assert_problem(submit(staff_client, entry), 409)["detail"]


def test_entry__actor_is_a_contract__its_own_signature_is_taken_and_recorded(chain, prepare, staff_client):
    chain.anvil.rpc("anvil_setCode", WALLET, ACCEPTS)
    grant(chain, WALLET)
    entry = prepare(WALLET)
    assert submit(staff_client, entry, "0x" + "5a" * 33).status_code == 200
    land(chain)
    assert ChainEvent.objects.get(event_type=EventType.RESOLVED).actor == WALLET


def test_entry__contract_that_does_not_accept__400(chain, prepare, staff_client):
    chain.anvil.rpc("anvil_setCode", WALLET, REVERTS)
    grant(chain, WALLET)
    assert_problem(submit(staff_client, prepare(WALLET), "0x" + "5a" * 65), 400, "signature")


def test_entry__key_of_an_account_with_code__400_as_the_contract_would(chain, prepare, staff_client):
    chain.anvil.rpc("anvil_setCode", OFFICER, REVERTS)
    grant(chain, OFFICER)
    assert_problem(submit(staff_client, prepare(OFFICER)), 400, "signature")


def test_entry__node_down__key_is_checked_and_contract_refused(chain_down, report, prepare, staff_client):
    assert_problem(submit(staff_client, prepare(OFFICER), "0x" + "5a" * 33), 400, "signature")
    entry = Write.objects.get(nonce=1)
    url = f"{ENTRIES}{report.tracking_id}-{entry.pk}/"
    assert submit(staff_client, staff_client.get(url).json()).status_code == 200
