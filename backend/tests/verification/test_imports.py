"""Links that another system wrote: known to be there, and not what they say. What is in doubt then, and until when."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from eth_hash.auto import keccak

from accounts.models import User
from blockchain.indexer.sync import events_sync
from blockchain.models import Write
from blockchain.protocol import hashing, payloads
from blockchain.protocol.kinds import EventType
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.saved_trail import content_of, trail_verdict

Trail = dict[str, Any]
TrailOf = Callable[[IssueReport], Trail]
E = EventType
FOREIGN = bytes(31) + b"\x01"


@pytest.fixture
def imported(chain: Chain, report: IssueReport, trail_of: TrailOf) -> Callable[..., Trail]:
    """Somebody else records links of these kinds, which are imported; the trail then."""

    def record(*kinds: EventType, data: bytes = FOREIGN, recover: tuple[str, ...] = ()) -> Trail:
        for role in ("RECORDER_ROLE", "SLA_MANAGER_ROLE"):
            chain.write("grantRole", keccak(role.encode()), chain.stranger, sender=chain.admin)
        land(chain)
        complaint_id = hashing.unhex(report.complaint.complaint_id)
        entries = [
            (complaint_id, bytes(32) if kind in (E.SLA_PAUSED, E.SLA_RESUMED) else data, kind, nonce)
            for nonce, kind in enumerate(kinds, start=report.complaint.writes.count())
        ]
        chain.write("recordBatch", entries, sender=chain.stranger)
        call_command("recover", "--no-wait", "--keep", chain.stranger, *recover)
        return trail_of(report)

    return record


def doubts(trail: Trail) -> list[str]:
    assert trail["report_matches"] is not bool(trail["mismatches"])
    return [mismatch["field"] for mismatch in trail["mismatches"]]


@pytest.mark.parametrize(
    "kind", [E.NOTED, E.ERASED, E.COMMENTED, E.EVIDENCE_ANCHORED, E.RESOLVED, E.REJECTED, E.CLOSED]
)
def test_audit_trail__imported_link_that_leaves_no_field_open__not_opened_and_no_contradiction(
    imported: Callable[..., Trail], kind: EventType, chain: Chain
) -> None:
    trail = imported(kind)
    assert doubts(trail) == []
    event = trail["events"][-1]
    assert (event["event_type"], event["verified_on_chain"], event["problem"]) == (kind.name, True, None)
    assert (event["salt"], event["payload"], event["witnessed"]) == (None, None, None)
    assert "another system wrote this link" in event["not_opened"]
    verdict = trail_verdict(chain, trail)
    assert (verdict["verdict"], content_of(verdict)) == ("PROVED", {1: "opened", 2: "not-disclosed"})


def test_audit_trail__imported_assignment__the_assignee_is_in_doubt_until_the_next_assignment(
    chain: Chain, imported: Callable[..., Trail], report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    (mismatch,) = imported(E.ASSIGNED)["mismatches"]
    assert mismatch["field"] == "assigned_to"
    assert mismatch["reason"] == (
        "the payload of ASSIGNED (2) is not known here; a later change of assigned_to settles this"
    )
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    assert doubts(trail_of(report)) == ["assigned_to"]
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    assert doubts(trail_of(report)) == []
    land(chain)
    assert doubts(trail_of(report)) == []


def test_audit_trail__imported_update__status_and_priority_in_doubt_each_until_it_is_set(
    imported: Callable[..., Trail], report: IssueReport, staff: User, trail_of: TrailOf
) -> None:
    assert doubts(imported(E.STATUS_UPDATED)) == ["status", "priority"]
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    assert doubts(trail_of(report)) == ["priority"]
    services.report_update(report_id=report.pk, by=staff, priority="high")
    assert doubts(trail_of(report)) == []


def test_audit_trail__imported_update_and_resolution__the_status_is_certain_again(
    imported: Callable[..., Trail],
) -> None:
    assert doubts(imported(E.STATUS_UPDATED, E.RESOLVED)) == ["priority"]


def test_audit_trail__imported_payload_that_is_found_again__opened_and_no_doubt(
    imported: Callable[..., Trail], report: IssueReport, trail_of: TrailOf
) -> None:
    payload = payloads.payload_new(event_type=E.STATUS_UPDATED, by="x", changes={"priority": ["normal", "high"]})
    salt = hashing.salt_new()
    imported(E.STATUS_UPDATED, data=hashing.data_hash(salt=salt, payload=payload))
    Write.objects.filter(nonce=1).update(payload=payload, salt=hashing.hex0x(salt))
    trail = trail_of(report)
    assert (trail["events"][1]["verified_on_chain"], trail["events"][1]["not_opened"]) == (True, None)
    assert [(each["field"], each["recorded"]) for each in trail["mismatches"]] == [("priority", "high")]
    Write.objects.filter(nonce=1).update(salt="0x" + "00" * 32)
    assert trail_of(report)["events"][1]["verified_on_chain"] is False


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("pending", [E.RESOLVED]),
        ("pending", [E.SLA_PAUSED]),
        ("pending", [E.CLOSED]),
        ("pending", [E.STATUS_UPDATED, E.ASSIGNED]),
        ("pending", [E.RESOLVED, E.REOPENED, E.SLA_PAUSED]),
        ("on_hold", [E.SLA_RESUMED]),
        ("on_hold", [E.RESOLVED]),
        ("rejected", [E.REOPENED]),
    ],
)
def test_audit_trail__disowned_links__change_nothing_and_what_undoes_them_neither(
    chain: Chain,
    imported: Callable[..., Trail],
    report: IssueReport,
    staff: User,
    trail_of: TrailOf,
    status: str,
    kinds: list[EventType],
) -> None:
    services.report_update(report_id=report.pk, by=staff, status=status)
    trail = imported(*kinds, recover=("--stolen", chain.stranger))
    assert doubts(trail) == []
    land(chain)
    trail = trail_of(report)
    assert (doubts(trail), trail["complete"]) == ([], True)
    assert IssueReport.objects.get().status == status
    services.report_update(report_id=report.pk, by=staff, status="closed")
    land(chain)
    assert doubts(trail_of(report)) == []


def test_audit_trail__imported_link_whose_block_is_gone__pending_and_no_contradiction(
    chain: Chain, imported: Callable[..., Trail], report: IssueReport, trail_of: TrailOf
) -> None:
    imported(E.COMMENTED)
    chain.anvil.rpc("anvil_reorg", 1, [])
    events_sync(registry=chain.registry)
    trail = trail_of(report)
    assert [(write["event_type"], write["state"], write["error"]) for write in trail["pending"]] == [
        ("COMMENTED", "failed", "BlockDropped")
    ]
    assert (trail["pending"][0]["salt"], trail["pending"][0]["payload"]) == (None, None)
    assert trail_verdict(chain, trail)["verdict"] == "PROVED"
    # Whoever wrote it may have it recorded again; `recover` drops it if not.
    call_command("recover", "--no-wait")
    assert trail_of(report)["pending"] == []
