"""The audit trail of a whole life: complete, verified, and the same after a rebuild."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.models import ScanCursor, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType
from blockchain.repair import writes_give_up
from report import services
from report.models import IssueReport
from tests.chain_fixtures import DEFAULT_SLA, Chain, caches_clear
from tests.landing import land
from tests.verification.conftest import OBJECTOR

TrailOf = Callable[[IssueReport], dict[str, Any]]
State = Write.State
FOREIGN = bytes(31) + b"\x01"


def id_of(report: IssueReport) -> bytes:
    return hashing.unhex(report.complaint.complaint_id)


def event_of(trail: dict[str, Any], event_type: str) -> dict[str, Any]:
    found: dict[str, Any] = next(event for event in trail["events"] if event["event_type"] == event_type)
    return found


def test_audit_trail__whole_life__complete_and_every_event_verified(
    chain: Chain, lived: IssueReport, trail_of: TrailOf
) -> None:
    trail = trail_of(lived)
    assert {event["event_type"] for event in trail["events"]} == {each.name for each in EventType}
    assert [event["problem"] for event in trail["events"]] == [None] * trail["total_events"]
    assert all(event["verified_on_chain"] is True for event in trail["events"])
    assert (trail["complete"], trail["complete_reason"], trail["missing_sequences"]) == (True, None, [])
    assert (trail["report_matches"], trail["mismatches"]) == (True, [])
    assert trail["pending"] == []
    assert trail["unread_events"] == 0
    complaint_id = lived.complaint.complaint_id
    state = chain.registry.complaints([complaint_id])[complaint_id]
    assert trail["head"] == hashing.hex0x(state.head)
    assert trail["total_events"] == state.event_count
    assert trail["state"] == {
        "status": state.status.name,
        "sla_deadline": state.sla_deadline,
        "escalations": state.escalations,
        "objections": state.objections,
    }
    deployment = chain.registry.deployment
    assert (trail["chain_id"], trail["contract"], trail["genesis"]) == (31337, chain.address, deployment.genesis)
    assert (trail["default_sla"], trail["complainant"]) == (DEFAULT_SLA, OBJECTOR.address)


def test_audit_trail__salt_and_payload__give_data(lived: IssueReport, trail_of: TrailOf) -> None:
    events = [event for event in trail_of(lived)["events"] if event["payload"]]
    # The complainant words and keeps the objection.
    assert {event["event_type"] for event in events} == {each.name for each in WITH_PAYLOAD} - {"OBJECTED"}
    for event in events:
        recomputed = hashing.data_hash(salt=hashing.unhex(event["salt"]), payload=event["payload"])
        assert hashing.hex0x(recomputed) == event["data"]


def test_audit_trail__nonces__count_recorders_links_only(lived: IssueReport, trail_of: TrailOf) -> None:
    events = trail_of(lived)["events"]
    by_recorders = [event for event in events if event["event_type"] not in ("ESCALATED", "OBJECTED")]
    assert [event["nonce"] for event in by_recorders] == list(range(len(by_recorders)))
    assert {event["nonce"] for event in events if event not in by_recorders} == {None}


def test_audit_trail__what_the_contract_says__decoded(lived: IssueReport, trail_of: TrailOf) -> None:
    trail = trail_of(lived)
    escalated = event_of(trail, "ESCALATED")
    resumed = event_of(trail, "SLA_RESUMED")
    assert escalated["decoded"] == {
        "level": 1,
        "missed": resumed["decoded"]["deadline"],
        "next": resumed["decoded"]["deadline"] + trail["escalation_interval"],
    }
    paused = event_of(trail, "SLA_PAUSED")
    assert paused["decoded"] == {"seconds_left": paused["state"]["sla_deadline"]}
    created = event_of(trail, "CREATED")
    # No link names the deadline that a filing sets.
    assert created["decoded"] is None
    assert created["state"]["sla_deadline"] == created["block_timestamp"] + DEFAULT_SLA


def test_audit_trail__times_without_a_clock__each_with_its_length(lived: IssueReport, trail_of: TrailOf) -> None:
    trail = trail_of(lived)
    stops = trail["clock_stops"]
    # Held, rejected and taken up again, resolved, and then closed, which it still is.
    assert [stop["status"] for stop in stops] == ["ON_HOLD", "RESOLVED", "RESOLVED", "CLOSED"]
    paused, resumed = event_of(trail, "SLA_PAUSED"), event_of(trail, "SLA_RESUMED")
    assert stops[0] == {
        "status": "ON_HOLD",
        "from_sequence": paused["sequence"],
        "to_sequence": resumed["sequence"],
        "from_timestamp": paused["block_timestamp"],
        "to_timestamp": resumed["block_timestamp"],
        "seconds": resumed["block_timestamp"] - paused["block_timestamp"],
    }
    assert (stops[-1]["to_sequence"], stops[-1]["seconds"]) == (None, None)


def test_audit_trail__recorded_late__seconds_from_occurrence_to_block(lived: IssueReport, trail_of: TrailOf) -> None:
    for event in trail_of(lived)["events"]:
        if event["payload"] is None:
            assert event["recorded_after"] is None
            continue
        occurred = datetime.fromisoformat(event["payload"]["occurred_at"]).timestamp()
        assert event["recorded_after"] == event["block_timestamp"] - int(occurred)
        assert event["witnessed"] is True


def test_audit_trail__write_that_was_given_up__note_with_what_it_was(lived: IssueReport, trail_of: TrailOf) -> None:
    note = event_of(trail_of(lived), "NOTED")
    was = note["given_up"]
    assert (was["event_type"], was["reason"]) == ("COMMENTED", "Of another report.")
    assert note["payload"]["given_up"] == {"type": "COMMENTED", "data": was["data"]}
    recomputed = hashing.data_hash(salt=hashing.unhex(was["salt"]), payload=was["payload"])
    assert hashing.hex0x(recomputed) == was["data"]


def test_audit_trail__nothing_on_the_chain_yet__all_pending(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    trail = trail_of(report)
    assert (trail["events"], trail["total_events"]) == ([], 0)
    (created,) = trail["pending"]
    assert (created["event_type"], created["nonce"], created["state"], created["error"]) == (
        "CREATED",
        0,
        "pending",
        None,
    )
    recomputed = hashing.data_hash(salt=hashing.unhex(created["salt"]), payload=created["payload"])
    assert hashing.hex0x(recomputed) == created["data"]
    assert trail["report_matches"] is True
    # No block was read yet, but the contract has nothing either.
    assert trail["complete"] is True


def test_audit_trail__evidence_that_waits__pending_with_its_salt(
    chain: Chain, report: IssueReport, complainant_client: APIClient, trail_of: TrailOf
) -> None:
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    body = complainant_client.post(url, {"file": SimpleUploadedFile("a.txt", b"a")}, format="multipart").json()
    waiting = trail_of(report)["pending"][-1]
    assert (waiting["event_type"], waiting["data"]) == ("EVIDENCE_ANCHORED", body["data"])
    assert (waiting["salt"], waiting["evidence"]["ipfs_cid"]) == (body["salt"], body["ipfs_cid"])


def test_audit_trail__writes_after_the_last_event__pending_and_the_rest_complete(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"], trail["report_matches"]) == (True, 1, True)
    assert [write["event_type"] for write in trail["pending"]] == ["STATUS_UPDATED"]


def test_audit_trail__confirmed_and_not_read_yet__not_lost(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    """The relay knows that a write is final before the indexer has come to its block."""
    land(chain)
    cursor = ScanCursor.objects.values().get()
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    land(chain)
    from blockchain.indexer.undo import blocks_undo

    block = chain.registry.node.block(cursor["block_number"])
    assert block is not None
    written = Write.objects.values().get(nonce=1)
    blocks_undo(after_block=cursor["block_number"], deployment=chain.registry.deployment)
    Write.objects.filter(pk=written["id"]).update(**{key: written[key] for key in ("state", "block_number", "tx_hash")})
    ScanCursor.objects.update(block_number=cursor["block_number"], block_hash=cursor["block_hash"])
    trail = trail_of(report)
    assert [(write["event_type"], write["state"]) for write in trail["pending"]] == [("STATUS_UPDATED", "confirmed")]
    assert (trail["complete"], trail["complete_reason"]) == (True, None)
    assert (trail["total_events"], trail["unread_events"]) == (1, 1)


def test_audit_trail__confirmed_and_not_among_what_was_read__lost(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    land(chain)
    block = ScanCursor.objects.get().block_number
    Write.objects.create(
        complaint=report.complaint, nonce=1, event_type=EventType.SLA_PAUSED, state=State.CONFIRMED, block_number=block
    )
    trail = trail_of(report)
    assert trail["complete"] is False
    assert trail["complete_reason"] == "confirmed writes are missing from the events: nonce 1"


def test_audit_trail__events_that_come_while_it_reads__left_for_the_next_answer(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An indexer that commits between the query for the cursor and the one for the events."""
    from django.db.models import QuerySet

    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    first, meanwhile = QuerySet.first, [land]

    def read_and_be_overtaken(self: Any) -> Any:
        found = first(self)
        if self.model is ScanCursor and meanwhile:
            meanwhile.pop()(chain)
        return found

    monkeypatch.setattr(QuerySet, "first", read_and_be_overtaken)
    trail = trail_of(report)
    assert not meanwhile
    assert (trail["complete"], trail["complete_reason"], trail["total_events"]) == (True, None, 1)
    assert trail["unread_events"] == 1
    assert trail_of(report)["total_events"] == 2


def test_audit_trail__event_not_read_yet__complete_up_to_the_cursor_and_counted(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    land(chain)
    chain.write("anchorEvidence", id_of(report), FOREIGN, 1)
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"], trail["unread_events"]) == (True, 1, 1)


def test_audit_trail__event_that_is_no_write_of_ours__listed_and_not_verified(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    land(chain)
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, FOREIGN, 1)
    from blockchain.indexer.sync import events_sync

    events_sync(registry=chain.registry)
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"]) == (True, 2)
    assert trail["events"][1]["verified_on_chain"] is False
    assert "no record" in trail["events"][1]["problem"]
    assert trail["report_matches"] is False


def test_audit_trail__other_filing_under_the_id__contradicted_by_the_id(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    """Whoever has an intake key can take the place of a filing, and everybody sees that it is not this one."""
    from blockchain.indexer.sync import events_sync

    chain.write("logComplaintEvent", id_of(report), EventType.CREATED, FOREIGN, 0, sender=chain.intake_account)
    events_sync(registry=chain.registry)
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"]) == (False, 1)
    assert "not the filing that complaint_id commits to" in trail["complete_reason"]
    assert "complaint_id" in [mismatch["field"] for mismatch in trail["mismatches"]]


def test_audit_trail__failed_write__pending_with_its_error(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    Write.objects.filter(state=State.PENDING).update(state=State.FAILED, error_code="InvalidTransition")
    trail = trail_of(report)
    assert [(write["state"], write["error"]) for write in trail["pending"]] == [("failed", "InvalidTransition")]
    assert trail["report_matches"] is True


def test_audit_trail__change_that_was_given_up__the_report_does_not_match(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    waiting = Write.objects.get(state=State.PENDING)
    writes_give_up(write_ids=[waiting.pk], by=str(staff.opaque_id), reason="Not begun.")
    trail = trail_of(report)
    assert [(write["event_type"], write["given_up"]["reason"]) for write in trail["pending"]] == [
        ("NOTED", "Not begun.")
    ]
    assert [(each["field"], each["report"], each["recorded"]) for each in trail["mismatches"]] == [
        ("status", "in_progress", "pending")
    ]


def test_audit_trail__chain_down__cache_with_nulls_and_a_reason(
    lived: IssueReport, trail_of: TrailOf, settings: Any
) -> None:
    up = trail_of(lived)
    settings.BLOCKCHAIN_NODE_URLS = ["http://user:hunter2@127.0.0.1:1/token"]
    caches_clear()
    down = trail_of(lived)
    assert down["complete"] is None
    assert down["complete_reason"] == "the blockchain node is currently unavailable"
    assert "127.0.0.1" not in str(down)
    assert "hunter2" not in str(down)
    assert down["head"] == up["head"]
    assert [event["verified_on_chain"] for event in down["events"]] == [None] * up["total_events"]
    assert down["unread_events"] is None
    for event in up["events"]:
        event["verified_on_chain"] = None
    assert down["events"] == up["events"]
    assert (down["state"], down["clock_stops"]) == (up["state"], up["clock_stops"])
    assert down["report_matches"] is True


def test_audit_trail__another_chain__no_answer_from_it(lived: IssueReport, trail_of: TrailOf, settings: Any) -> None:
    from tests.anvil import Anvil

    other = Anvil()
    try:
        settings.BLOCKCHAIN_NODE_URLS = [other.url]
        caches_clear()
        trail = trail_of(lived)
    finally:
        other.stop()
    assert trail["complete"] is None
    assert {event["verified_on_chain"] for event in trail["events"]} == {None}


def test_audit_trail__node_without_old_states__unknown_unless_nothing_came_since(
    chain: Chain, lived: IssueReport, trail_of: TrailOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blockchain.chain.errors import NodeError
    from blockchain.chain.node import Node

    batch = Node.batch

    def pruned(self: Node, calls: Any) -> Any:
        results = batch(self, calls)
        newest = chain.anvil.head()["hash"]
        for index, (method, params) in enumerate(calls):
            if method == "eth_call" and isinstance(params[1], dict) and params[1]["blockHash"] != newest:
                results[index] = NodeError(code=-32000, message="missing trie node")
        return results

    monkeypatch.setattr(Node, "batch", pruned)
    chain.anvil.mine()
    assert trail_of(lived)["complete"] is True  # the newest state has the same head

    nonce = chain.registry.complaints([lived.complaint.complaint_id])[lived.complaint.complaint_id].nonce
    chain.write("logComplaintEvent", id_of(lived), EventType.REOPENED, FOREIGN, nonce)
    trail = trail_of(lived)
    assert trail["complete"] is None
    assert "does not have the contract's state" in trail["complete_reason"]
    assert all(event["verified_on_chain"] for event in trail["events"])


def test_audit_trail__reorg_below_the_cursor__unknown_and_lost_events_not_verified(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    land(chain)
    chain.anvil.rpc("anvil_reorg", 1, [])
    chain.anvil.mine()
    trail = trail_of(report)
    assert trail["complete"] is None
    assert "not on the node's chain any more" in trail["complete_reason"]
    assert [event["verified_on_chain"] for event in trail["events"]] == [True, False]


def test_audit_trail__rebuilt_cache__same_answer(chain: Chain, lived: IssueReport, trail_of: TrailOf) -> None:
    from blockchain.indexer.rebuild import cache_rebuild

    before = trail_of(lived)
    cache_rebuild(registry=chain.registry)
    after = trail_of(lived)
    assert before.pop("block")["number"] <= after.pop("block")["number"]
    assert after == before


def test_audit_trail__many_events__receipts_in_bounded_batches(
    chain: Chain, report: IssueReport, complainant: User, trail_of: TrailOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        services.comment_create(report_id=report.pk, author=complainant, text=f"comment {number}")
        land(chain)
    monkeypatch.setattr("blockchain.chain.node.BATCH_LENGTH", 2)
    trail = trail_of(report)
    assert trail["total_events"] == 6
    assert all(event["verified_on_chain"] for event in trail["events"])


@pytest.mark.parametrize(("who", "status"), [("other_complainant_client", 404), ("nobody_client", 401)])
def test_audit_trail__not_yours__refused(
    deployment: Any, report: IssueReport, request: pytest.FixtureRequest, who: str, status: int
) -> None:
    client: APIClient = request.getfixturevalue(who)
    response = client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
