"""Missed deadlines are put on record by a job, without any row in the outbox."""

from collections.abc import Callable

from django.core.management import call_command

from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint, Transaction
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from blockchain.sla.overdue import sla_check
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, Chain
from tests.relay.conftest import assert_recorded_once, links_on_chain, recorded

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]


def overdue_by(chain: Chain, drain: Drain, seconds: int) -> None:
    """Everything that was filed is on record, read, and overdue."""
    drain()
    events_sync(registry=chain.registry)
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + seconds)


def escalations(chain: Chain, complaint: Complaint) -> int:
    return sum(link.event_type == EventType.ESCALATED for link in links_on_chain(chain, complaint))


def test_sla_check__deadline_passed__found_until_it_is_on_record(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    late, held = complaints(2)
    recorded(held, EventType.SLA_PAUSED)
    assert sla_check(registry=chain.registry) == []
    overdue_by(chain, drain, ESCALATION_INTERVAL + 1)
    (found,) = sla_check(registry=chain.registry)
    assert (found.complaint_id, found.external_id) == (late.complaint_id, late.external_id)
    relay.overdue = [found.complaint_id]
    drain()
    assert (escalations(chain, late), escalations(chain, held)) == (2, 0)
    # The cache has not read it yet, but the contract knows.
    assert sla_check(registry=chain.registry) == []
    assert Transaction.objects.filter(kind="escalate", state="confirmed").count() == 1


def test_run__many_overdue__travel_by_the_hundred_and_writes_go_on_between_them(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    filed = complaints(230)
    overdue_by(chain, drain, 1)
    relay.overdue = [each.complaint_id for each in sla_check(registry=chain.registry)]
    assert len(relay.overdue) == 230
    recorded(filed[0], EventType.COMMENTED)
    drain()
    assert Transaction.objects.filter(kind="escalate").count() == 3
    for complaint in (filed[0], filed[100], filed[229]):
        assert escalations(chain, complaint) == 1
    assert_recorded_once(chain, filed[0], filed[229])


def test_run__nothing_is_due_any_more__nothing_is_sent(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    overdue_by(chain, drain, 1)
    relay.overdue = [each.complaint_id for each in sla_check(registry=chain.registry)]
    chain.write("checkAndEscalate", bytes.fromhex(complaint.complaint_id[2:]), sender=chain.stranger)
    drain()
    assert not Transaction.objects.filter(kind="escalate").exists()


def test_sla_check__complaint_that_nobody_here_filed__is_left_to_others(chain: Chain, db: None) -> None:
    chain.write("logComplaintEvent", b"\x09" * 32, EventType.CREATED, b"\1" * 32, 0)
    events_sync(registry=chain.registry)
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA + 1)
    assert sla_check(registry=chain.registry) == []


def test_check_sla__dry_run_then_for_real__tells_and_records(
    chain: Chain, relay: Relay, drain: Drain, complaints: File, capsys: object
) -> None:
    (complaint,) = complaints(1)
    overdue_by(chain, drain, 1)
    relay.release()
    call_command("check_sla", "--dry-run")
    assert escalations(chain, complaint) == 0
    call_command("check_sla")
    assert escalations(chain, complaint) == 1
    said = capsys.readouterr().out
    assert f"{complaint.external_id} missed its deadline" in said
    assert "1 overdue, relay is idle" in said
