"""Officers' entries that their holders record themselves: before the reservation ends, after it, or after giving up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from blockchain.indexer.sync import events_sync
from blockchain.late_entries import Former
from blockchain.models import Complaint, EndedEntry, Transaction, Write
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.links import Link
from blockchain.recovery.outcome import UNLAWFUL
from blockchain.relay.loop import relay_new
from blockchain.repair import writes_give_up
from blockchain.reservations import reservations_expire
from report import services
from report.models import Comment, IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land

ENTRIES = "/api/blockchain/entries/"
OFFICER_KEY = "0x" + "07" * 32
OFFICER = Account.from_key(OFFICER_KEY).address
Entry = dict[str, Any]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filed(chain: Chain, report: IssueReport) -> IssueReport:
    """A report that is on the chain, and an officer who may write."""
    for role in ("RECORDER_ROLE", "SLA_MANAGER_ROLE"):
        chain.write("grantRole", keccak(role.encode()), OFFICER, sender=chain.admin)
    land(chain)
    return report


@pytest.fixture
def prepare(filed, staff_client) -> Callable[..., Entry]:
    def post(event_type: str = "RESOLVED", **changes: Any) -> Entry:
        body = {"tracking_id": filed.tracking_id, "event_type": event_type, "actor": OFFICER}
        response = staff_client.post(ENTRIES, body | {"changes": changes or {"status": "resolved"}}, format="json")
        assert response.status_code == 201, response.content
        return response.json()

    return post


def signature_of(entry: Entry) -> str:
    signable = encode_typed_data(full_message=entry["typed_data"])
    return "0x" + bytes(Account.from_key(OFFICER_KEY).sign_message(signable).signature).hex()


def submit(client: Any, entry: Entry) -> Any:
    return client.put(f"{ENTRIES}{entry['id']}/signature/", {"signature": signature_of(entry)}, format="json")


def record_signed(chain: Chain, entry: Entry) -> dict[str, Any]:
    """The officer records the entry, with nothing but the answer of the API and a key."""
    message = entry["typed_data"]["message"]
    words = (unhex(entry["complaint_id"]), unhex(entry["data"]), message["eventType"], entry["nonce"])
    signature = unhex(signature_of(entry))
    head, valid_until = unhex(message["head"]), message["validUntil"]
    return chain.write("recordSigned", words, head, OFFICER, valid_until, signature, sender=chain.stranger)


def expire() -> None:
    Write.objects.filter(state="reserved").update(reserved_until=timezone.now())
    assert reservations_expire() == 1


def kinds_and_states() -> list[tuple[str, str]]:
    return [(write.get_event_type_display(), write.state) for write in Write.objects.order_by("nonce")]


def comment(report: IssueReport, by: Any, text: str = "Behind it.") -> Write:
    return services.comment_create(report_id=report.pk, author=by, text=text).write


def assert_settled(chain: Chain, client: Any, *kinds: str) -> None:
    """These links are on the chain, everything landed, nothing is frozen, and the trail has nothing to say."""
    land(chain)
    assert kinds_and_states() == [(kind, "confirmed") for kind in kinds]
    assert Complaint.objects.get().frozen_reason == ""
    trail = client.get(f"/api/blockchain/reports/{IssueReport.objects.get().tracking_id}/audit-trail/").json()
    assert (trail["complete"], trail["report_matches"], trail["mismatches"]) == (True, True, [])
    assert [event["event_type"] for event in trail["events"]] == list(kinds)
    assert {event["verified_on_chain"] for event in trail["events"]} == {True}


def test_reserved__recorded_by_the_officer__changes_the_report_and_it_goes_on(chain, filed, prepare, staff_client):
    entry = prepare()
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().status == "resolved"
    write = Write.objects.get(nonce=1)
    assert (write.state, write.actor, write.reserved_until, write.dedupe_key) == ("confirmed", OFFICER, None, None)
    response = staff_client.patch(f"/api/reports/{filed.tracking_id}/", {"status": "in_progress"}, format="json")
    assert response.status_code == 200
    # The signature comes late: it changes nothing, and is kept.
    assert submit(staff_client, entry).json()["state"] == "confirmed"
    assert submit(staff_client, entry).status_code == 200
    assert Write.objects.get(nonce=1).entry_signature == signature_of(entry)
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "REOPENED")


def test_reserved_comment__recorded_by_the_officer__appears_once(chain, filed, prepare, staff, staff_client):
    entry = prepare("COMMENTED", comment="Seen.")
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert submit(staff_client, entry).status_code == 200
    found = Comment.objects.get()
    assert (found.text, found.author, found.write) == ("Seen.", staff, Write.objects.get(nonce=1))
    assert_settled(chain, staff_client, "CREATED", "COMMENTED")


def test_reserved_assignment__recorded_by_the_officer__deadline_of_the_priority_behind_it(
    chain, filed, prepare, staff, staff_client
):
    record_signed(chain, prepare("ASSIGNED", assigned_to="staff"))
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().assigned_to == staff
    assert_settled(chain, staff_client, "CREATED", "ASSIGNED", "SLA_DEADLINE_SET")


def test_reserved_pause__recorded_by_the_officer__report_is_on_hold(chain, filed, prepare, staff_client):
    record_signed(chain, prepare("SLA_PAUSED", status="on_hold"))
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().status == "on_hold"
    assert_settled(chain, staff_client, "CREATED", "SLA_PAUSED")


def test_reserved__same_field_changed_behind_it__the_later_change_stays(chain, filed, prepare, staff, staff_client):
    entry = prepare("STATUS_UPDATED", priority="urgent")
    services.report_update(report_id=filed.pk, by=staff, priority="low")
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().priority == "low"
    assert_settled(chain, staff_client, "CREATED", "STATUS_UPDATED", "STATUS_UPDATED")


def test_expired__recorded_all_the_same_and_its_nonce_free__is_what_it_was(chain, filed, prepare, staff_client):
    entry = prepare("COMMENTED", comment="Seen.")
    expire()
    assert kinds_and_states() == [("CREATED", "confirmed")]
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert Comment.objects.get().text == "Seen."
    assert not EndedEntry.objects.exists()
    assert submit(staff_client, entry).json()["state"] == "confirmed"
    assert_settled(chain, staff_client, "CREATED", "COMMENTED")


def test_expired__recorded_before_what_took_its_nonce__that_lands_behind_it(
    chain, filed, prepare, staff, complainant, staff_client
):
    entry = prepare()
    expire()
    later = comment(filed, complainant, "Instead of it.")
    assert later.nonce == 1
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().status == "resolved"
    assert Complaint.objects.get().frozen_reason == ""
    assert Write.objects.get(pk=later.pk).nonce == 2
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "COMMENTED")


def test_expired__what_took_its_nonce_is_on_its_way__waits_for_it_and_then_lands_behind_it(
    chain, filed, prepare, complainant, staff_client
):
    entry = prepare()
    expire()
    comment(filed, complainant)
    relay = relay_new()
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        sent = Transaction.objects.get(state="open").attempts.get()
        # The pool forgets it, and the officer is faster.
        chain.anvil.rpc("anvil_dropTransaction", sent.tx_hash)
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert "RESOLVED" in Complaint.objects.get().frozen_reason
    assert kinds_and_states()[1] == ("COMMENTED", "sent")
    chain.anvil.rpc("eth_sendRawTransaction", sent.raw)
    relay.run_until_idle()
    relay.release()
    events_sync(registry=chain.registry)
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "COMMENTED")


def test_expired__next_writer_was_faster__officer_s_entry_is_refused(chain, filed, prepare, complainant, staff_client):
    from tests.anvil import RpcError

    entry = prepare()
    expire()
    comment(filed, complainant)
    land(chain)
    with pytest.raises(RpcError) as refused:
        record_signed(chain, entry)
    assert refused.value.data[2:10] == keccak(b"StaleNonce(bytes32,uint24,uint24)")[:4].hex()
    assert_settled(chain, staff_client, "CREATED", "COMMENTED")


def test_expired__what_took_its_nonce_is_not_lawful_behind_it__frozen_until_it_is_given_up(
    chain, filed, prepare, staff, staff_client
):
    entry = prepare()
    expire()
    services.report_update(report_id=filed.pk, by=staff, priority="high")
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert Complaint.objects.get().frozen_reason == UNLAWFUL
    with pytest.raises(CommandError, match="--give-up"):
        call_command("recover", "--no-wait")
    call_command("recover", "--no-wait", "--give-up")
    land(chain)
    assert kinds_and_states() == [(kind, "confirmed") for kind in ("CREATED", "RESOLVED", "NOTED")]
    complaint = Complaint.objects.get()
    assert (complaint.frozen_reason, complaint.accepted_status) == ("", Status.RESOLVED)
    assert IssueReport.objects.get().status == "resolved"


def test_expired_behind_which_others_stand__recorded_all_the_same__is_what_it_was(
    chain, filed, prepare, complainant, staff_client
):
    entry = prepare()
    comment(filed, complainant)
    expire()
    assert [kind for kind, _ in kinds_and_states()] == ["CREATED", "NOTED", "COMMENTED"]
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert IssueReport.objects.get().status == "resolved"
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "COMMENTED")


def test_signed_and_given_up__recorded_all_the_same__is_what_it_was(chain, filed, prepare, staff, staff_client):
    entry = prepare()
    assert submit(staff_client, entry).status_code == 200
    write = Write.objects.get(nonce=1)
    writes_give_up(write_ids=[write.pk], by=str(staff.opaque_id), reason="Not resolved at all.")
    comment(filed, staff)
    assert IssueReport.objects.get().status == "pending"
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    restored = Write.objects.get(pk=write.pk)
    assert (restored.actor, restored.entry_signature) == (OFFICER, signature_of(entry))
    assert (restored.given_up, restored.salt, restored.payload) == (None, write.salt, write.payload)
    assert IssueReport.objects.get().status == "resolved"
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "COMMENTED")


def test_given_up__its_note_is_on_its_way__restored_once_that_has_been_skipped(
    chain, filed, prepare, staff, complainant, staff_client
):
    entry = prepare()
    comment(filed, complainant)
    expire()
    relay = relay_new()
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        relay.run_once()
        sent = Transaction.objects.get(state="open").attempts.get()
        chain.anvil.rpc("anvil_dropTransaction", sent.tx_hash)
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    assert kinds_and_states()[1] == ("NOTED", "sent")
    chain.anvil.rpc("eth_sendRawTransaction", sent.raw)
    relay.run_until_idle()
    relay.release()
    events_sync(registry=chain.registry)
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "COMMENTED")


def test_reserved__recorded_and_its_block_gone__waits_for_the_signature_and_is_recorded_with_it(
    chain, filed, prepare, staff_client
):
    entry = prepare()
    record_signed(chain, entry)
    events_sync(registry=chain.registry)
    chain.anvil.rpc("anvil_reorg", 1, [])
    events_sync(registry=chain.registry)
    write = Write.objects.get(nonce=1)
    assert (write.state, write.error_code) == ("failed", "BlockDropped")
    with pytest.raises(CommandError, match="not failed"):
        call_command("write_retry", write.pk, "--by", "staff")
    assert submit(staff_client, entry).json()["state"] == "pending"
    assert_settled(chain, staff_client, "CREATED", "RESOLVED")
    assert Transaction.objects.get(kind="signed").writes.get() == write


def test_expired__recorded_and_a_link_of_somebody_else_s_behind_it__frozen_for_that_and_recovered(
    chain, filed, prepare, staff, complainant, staff_client, capsys
):
    entry = prepare()
    expire()
    comment(filed, complainant)
    record_signed(chain, entry)
    complaint_id = unhex(entry["complaint_id"])
    chain.write("grantRole", keccak(b"RECORDER_ROLE"), chain.stranger, sender=chain.admin)
    chain.write("logComplaintEvent", complaint_id, EventType.NOTED, b"\x07" * 32, 2, sender=chain.stranger)
    events_sync(registry=chain.registry)
    reason = Complaint.objects.get().frozen_reason
    assert reason.startswith(
        f"the chain has a link that this system did not record: number 3, NOTED by {chain.stranger}"
    )
    call_command("recover", "--no-wait", "--keep", chain.stranger)
    assert f"expired, but landed nevertheless: RESOLVED by {OFFICER}" in capsys.readouterr().out
    assert [(write.event_type, write.imported) for write in Write.objects.order_by("nonce")] == [
        (EventType.CREATED, False),
        (EventType.RESOLVED, False),
        (EventType.NOTED, True),
        (EventType.COMMENTED, False),
    ]
    assert IssueReport.objects.get().status == "resolved"
    assert_settled(chain, staff_client, "CREATED", "RESOLVED", "NOTED", "COMMENTED")


def test_end__entries_whose_signature_has_expired_long_ago__forgotten(filed, prepare):
    prepare()
    expire()
    prepare()
    EndedEntry.objects.update(valid_until=int(timezone.now().timestamp()) - 90_000)
    expire()
    assert EndedEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("event_type", "data", "actor", "expected"),
    [
        (EventType.RESOLVED, "0x01", "anybody", True),
        (EventType.RESOLVED, "0x02", OFFICER, False),
        (EventType.REJECTED, "0x01", OFFICER, False),
    ],
)
def test_former__payload__known_by_its_commitment(event_type, data, actor, expected):
    assert Former(EventType.RESOLVED, "0x01", OFFICER).is_link(link(event_type, data, actor)) is expected


@pytest.mark.parametrize(
    ("former", "actor", "expected"), [(OFFICER, OFFICER, True), (OFFICER, "x", False), ("", "", False)]
)
def test_former__clock__known_by_the_officer_alone(former, actor, expected):
    """Anybody with the role could have written the same."""
    entry = Former(EventType.SLA_PAUSED, "0x00", former)
    assert entry.is_link(link(EventType.SLA_PAUSED, "0x07", actor)) is expected


def link(event_type: int, data: str, actor: str) -> Link:
    return Link("0x00", 2, event_type, actor, 0, data, "0x00", 0, "0x00", 0)
