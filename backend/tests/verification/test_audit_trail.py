"""The audit trail of a whole life: complete, verified, and the same after a rebuild."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.commitments import hashing
from blockchain.enums import EventType
from blockchain.models import BlockchainTransaction
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain, caches_clear
from tests.landing import land

TrailOf = Callable[[IssueReport], dict[str, Any]]
State = BlockchainTransaction.State


def test_audit_trail__whole_life__complete_and_every_event_verified(
    chain: Chain, lived: IssueReport, trail_of: TrailOf
) -> None:
    trail = trail_of(lived)
    assert {event["event_type"] for event in trail["events"]} == set(EventType.names)
    assert [event["problem"] for event in trail["events"]] == [None] * trail["total_events"]
    assert all(event["verified_on_chain"] is True for event in trail["events"])
    assert (trail["complete"], trail["complete_reason"], trail["missing_sequences"]) == (True, None, [])
    assert (trail["report_matches"], trail["mismatches"]) == (True, [])
    assert trail["pending"] == []
    assert trail["unread_events"] == 0
    state = chain.registry.complaints([lived.complaint_id])[lived.complaint_id]
    assert trail["head"] == hashing.hex0x(state.head)
    assert trail["total_events"] == state.event_count
    assert (trail["chain_id"], trail["contract"]) == (31337, chain.address)


def test_audit_trail__salt_and_payload__give_data_hash(lived: IssueReport, trail_of: TrailOf) -> None:
    events = [event for event in trail_of(lived)["events"] if event["payload"]]
    assert {event["event_type"] for event in events} == set(EventType.names[:8])
    for event in events:
        recomputed = hashing.data_hash(salt=hashing.unhex(event["salt"]), payload=event["payload"])
        assert hashing.hex0x(recomputed) == event["data_hash"]


def test_audit_trail__nothing_on_the_chain_yet__all_pending(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    trail = trail_of(report)
    assert (trail["events"], trail["total_events"]) == ([], 0)
    assert [write["event_type"] for write in trail["pending"]] == ["CREATED", "SLA_DEADLINE_SET"]
    created = trail["pending"][0]
    assert (created["state"], created["error"]) == ("pending", None)
    recomputed = hashing.data_hash(salt=hashing.unhex(created["salt"]), payload=created["payload"])
    assert hashing.hex0x(recomputed) == created["data_hash"]
    assert trail["report_matches"] is True
    # No block was read yet, but the contract has nothing either.
    assert trail["complete"] is True


def test_audit_trail__evidence_that_waits__pending_with_its_salt(
    chain: Chain, report: IssueReport, complainant_client: APIClient, trail_of: TrailOf
) -> None:
    url = f"/api/blockchain/reports/{report.tracking_id}/evidence/"
    body = complainant_client.post(url, {"file": SimpleUploadedFile("a.txt", b"a")}, format="multipart").json()
    waiting = trail_of(report)["pending"][-1]
    assert (waiting["event_type"], waiting["data_hash"]) == ("EVIDENCE_ANCHORED", body["evidence_hash"])
    assert (waiting["salt"], waiting["evidence"]["ipfs_cid"]) == (body["salt"], body["ipfs_cid"])


def test_audit_trail__writes_after_the_last_event__pending_and_the_rest_complete(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"], trail["report_matches"]) == (True, 2, True)
    assert [write["event_type"] for write in trail["pending"]] == ["STATUS_UPDATED"]


def test_audit_trail__event_not_read_yet__complete_up_to_the_cursor_and_counted(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    land(chain)
    complaint_id = hashing.unhex(report.complaint_id)
    chain.write("anchorEvidence", complaint_id, bytes(31) + b"\x01", 3)
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"], trail["unread_events"]) == (True, 2, 1)


def test_audit_trail__event_that_is_no_write_of_ours__listed_and_not_verified(
    chain: Chain, report: IssueReport, trail_of: TrailOf
) -> None:
    land(chain)
    chain.write("logComplaintEvent", hashing.unhex(report.complaint_id), EventType.COMMENTED, bytes(31) + b"\x01", 3)
    land(chain)
    trail = trail_of(report)
    assert (trail["complete"], trail["total_events"]) == (True, 3)
    assert trail["events"][2]["verified_on_chain"] is False
    assert "no record" in trail["events"][2]["problem"]
    assert trail["report_matches"] is False


def test_audit_trail__failed_write__pending_with_its_error(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    BlockchainTransaction.objects.filter(state=State.PENDING).update(state=State.FAILED, error_code="InvalidTransition")
    trail = trail_of(report)
    assert [(write["state"], write["error"]) for write in trail["pending"]] == [("failed", "InvalidTransition")]
    assert trail["report_matches"] is True


def test_audit_trail__superseded_write__listed_and_the_report_does_not_match(
    chain: Chain, report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    land(chain)
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    BlockchainTransaction.objects.filter(state=State.PENDING).update(state=State.SUPERSEDED, superseded_reason="x")
    trail = trail_of(report)
    assert [(write["state"], write["superseded_reason"]) for write in trail["pending"]] == [("superseded", "x")]
    assert [(each["field"], each["report"], each["recorded"]) for each in trail["mismatches"]] == [
        ("status", "in_progress", "pending")
    ]


def test_audit_trail__chain_down__cache_with_nulls_and_a_reason(
    lived: IssueReport, trail_of: TrailOf, settings: Any
) -> None:
    up = trail_of(lived)
    settings.BLOCKCHAIN_NODE_URL = "http://user:hunter2@127.0.0.1:1/token"
    caches_clear()
    down = trail_of(lived)
    assert down["complete"] is None
    assert "can't be asked" in down["complete_reason"]
    assert "127.0.0.1" not in str(down)
    assert "hunter2" not in str(down)
    assert down["head"] == up["head"]
    assert [event["verified_on_chain"] for event in down["events"]] == [None] * up["total_events"]
    assert down["unread_events"] is None
    for event in up["events"]:
        event["verified_on_chain"] = None
    assert down["events"] == up["events"]
    assert down["report_matches"] is True


def test_audit_trail__another_chain__no_answer_from_it(lived: IssueReport, trail_of: TrailOf, settings: Any) -> None:
    from tests.anvil import Anvil

    other = Anvil()
    try:
        settings.BLOCKCHAIN_NODE_URL = other.url
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
        for index, (method, params) in enumerate(calls):
            if method == "eth_call" and isinstance(params[1], dict):
                results[index] = NodeError(code=-32000, message="missing trie node")
        return results

    monkeypatch.setattr(Node, "batch", pruned)
    assert trail_of(lived)["complete"] is True  # the newest state has the same head

    complaint_id = hashing.unhex(lived.complaint_id)
    sequence = trail_of(lived)["total_events"] + 1
    chain.write("logComplaintEvent", complaint_id, EventType.REOPENED, bytes(31) + b"\x01", sequence)
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
    assert [event["verified_on_chain"] for event in trail["events"]] == [True, True, False]


def test_audit_trail__rebuilt_cache__same_answer(lived: IssueReport, trail_of: TrailOf) -> None:
    from blockchain.indexer.rebuild import cache_rebuild

    before = trail_of(lived)
    cache_rebuild()
    after = trail_of(lived)
    assert before.pop("block")["number"] <= after.pop("block")["number"]
    assert after == before


def test_audit_trail__many_events__receipts_in_bounded_batches(
    chain: Chain, report: IssueReport, complainant: User, trail_of: TrailOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blockchain.chain.node.BATCH_LENGTH", 2)
    for number in range(5):
        services.comment_create(report_id=report.pk, author=complainant, text=f"comment {number}")
        land(chain)
    trail = trail_of(report)
    assert trail["total_events"] == 7
    assert all(event["verified_on_chain"] for event in trail["events"])


@pytest.mark.parametrize(("who", "status"), [("other_complainant_client", 404), ("nobody_client", 401)])
def test_audit_trail__not_yours__refused(
    deployment: Any, report: IssueReport, request: pytest.FixtureRequest, who: str, status: int
) -> None:
    client: APIClient = request.getfixturevalue(who)
    response = client.get(f"/api/blockchain/reports/{report.tracking_id}/audit-trail/")
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
