"""The drills: a rotated key, a restored backup, a backup from before the first run, a stolen key, interruptions."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from accounts.models import User
from blockchain.health.indexer import indexer_health
from blockchain.indexer.sync import events_sync
from blockchain.models import ChainEvent, Complaint, RelayLease, ScanCursor, Transaction
from blockchain.protocol.kinds import EventType, Status
from blockchain.recording import ComplaintFrozen
from blockchain.relay.loop import relay_new
from blockchain.verification.identity import complaint_id_holds
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.recovery.conftest import (
    FOREIGN,
    NEW_KEY,
    NEWER_KEY,
    Backup,
    KeyRing,
    Recover,
    comment,
    id_of,
    links_of,
    states_of,
)
from tests.verification import test_payload_schemas as schemas


def sent_and_stuck(chain: Chain) -> Transaction:
    """What waits is in a transaction that no block takes."""
    chain.anvil.rpc("evm_setAutomine", False)
    relay = relay_new()
    relay.run_once()

    relay.release()
    return Transaction.objects.get(state="open")


def test_recover__nothing_to_do__says_so(chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover) -> None:
    land(chain)
    said = recover()
    assert "nobody else writes" in said
    assert said.endswith("recovered; start the relay\n")
    assert states_of(report) == [("CREATED", "confirmed")]


def test_recover__rotated_key_whose_transaction_was_dropped__written_with_the_new_key_once(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    land(chain)
    comment(report, staff, "On its way.")
    old = sent_and_stuck(chain)
    chain.anvil.rpc("anvil_dropAllTransactions")
    chain.anvil.rpc("evm_setAutomine", True)
    keys.rotate()
    assert f"nonce {old.nonce} of {chain.relay_account}: closed" in recover()
    assert states_of(report)[-1] == ("COMMENTED", "pending")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED"]
    # The old transaction comes back from somebody's pool, and can only revert.
    chain.anvil.rpc("eth_sendRawTransaction", old.attempts.get().raw)
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED"]


def test_recover__rotated_key_whose_transaction_landed_unseen__not_written_again(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    land(chain)
    comment(report, staff, "On its way.")
    old = sent_and_stuck(chain)
    chain.anvil.mine()
    chain.anvil.rpc("evm_setAutomine", True)
    keys.rotate()
    assert f"nonce {old.nonce} of {chain.relay_account}: confirmed" in recover()
    assert states_of(report) == [("CREATED", "confirmed"), ("COMMENTED", "confirmed")]
    assert report.complaint.writes.get(nonce=1).gas_used
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED"]


def test_recover__restored_backup__what_landed_is_recognised_or_imported_and_nothing_doubled(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, complainant: User, recover: Recover
) -> None:
    land(chain)
    waits = comment(report, complainant, "Waits when the backup is made.")
    backup = Backup()
    comment(report, staff, "Lost with the database.")
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED", "COMMENTED", "SLA_PAUSED"]

    backup.restore()
    keys.rotate()
    # Accepted before anybody looked at the chain: another link has its nonce.
    later = comment(report, complainant, "Accepted after the restore.")
    assert later.nonce == 2
    said = recover()
    assert "imported from the chain: COMMENTED by" in said
    assert "renumbered behind them: COMMENTED (nonce 2)" in said
    assert states_of(report) == [
        ("CREATED", "confirmed"),
        ("COMMENTED", "confirmed"),
        ("COMMENTED", "confirmed"),
        ("SLA_PAUSED", "confirmed"),
        ("COMMENTED", "pending"),
    ]
    writes = {write.nonce: write for write in report.complaint.writes.all()}
    assert (writes[1].pk, writes[4].pk) == (waits.pk, later.pk)
    assert [writes[nonce].imported for nonce in range(5)] == [False, False, True, True, False]
    complaint = Complaint.objects.get()
    assert (complaint.accepted_status, complaint.frozen_reason) == (Status.ON_HOLD, "")
    land(chain)
    assert links_of(chain, complaint) == ["CREATED", "COMMENTED", "COMMENTED", "SLA_PAUSED", "COMMENTED"]
    assert "imported" not in recover()


def test_recover__restored_backup__report_has_a_status_that_the_contract_goes_on_from(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    land(chain)
    backup = Backup()
    services.report_update(report_id=report.pk, by=staff, status="on_hold")
    land(chain)
    backup.restore()
    keys.rotate()
    recover()
    assert IssueReport.objects.get().status == "on_hold"
    services.report_update(report_id=report.pk, by=staff, status="in_progress")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "SLA_PAUSED", "SLA_RESUMED"]


def test_recover__backup_from_before_the_first_run__everything_recognised(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    comment(report, staff, "Waits.")
    backup = Backup()
    land(chain)
    backup.restore()
    assert not RelayLease.objects.exists()
    assert not ScanCursor.objects.exists()
    new = keys.use(NEW_KEY)
    keys.grant(new)
    # Nobody here knows the key that wrote; but the contract does.
    with pytest.raises(CommandError, match="not settled"):
        recover()
    keys.revoke(chain.relay_account)
    recover()
    assert states_of(report) == [("CREATED", "confirmed"), ("COMMENTED", "confirmed")]
    comment(report, staff, "After it.")
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED", "COMMENTED"]


def test_recover__backup_from_before_an_earlier_recovery__recovered_again(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, complainant: User, recover: Recover
) -> None:
    land(chain)
    backup = Backup()
    comment(report, staff, "Lost.")
    land(chain)
    backup.restore()
    keys.rotate()
    comment(report, complainant, "Numbered anew.")
    second = Backup()
    recover()
    land(chain)
    second.restore()
    with pytest.raises(CommandError, match="has sent 1 transactions, of which this database knows 0"):
        recover()
    newer = keys.use(NEWER_KEY)
    keys.grant(newer)
    keys.revoke(str(relay_address(NEW_KEY)))
    recover()
    assert states_of(report) == [("CREATED", "confirmed"), ("COMMENTED", "confirmed"), ("COMMENTED", "confirmed")]
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED", "COMMENTED"]
    assert [write.imported for write in report.complaint.writes.order_by("nonce")] == [False, True, False]


def relay_address(key: str) -> str:
    from eth_account import Account

    return str(Account.from_key(key).address)


@pytest.fixture
def robbed(chain: Chain, keys: KeyRing, report: IssueReport, staff: User) -> IssueReport:
    """A thief has the relay's key and resolves the report, in front of an assignment and a comment that wait."""
    land(chain)
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    comment(report, staff, "We look into it.")
    chain.write("logComplaintEvent", id_of(report), EventType.RESOLVED, FOREIGN, 1)
    events_sync(registry=chain.registry)
    return report


def test_recover__stolen_key__frozen_and_stopped_until_then(
    chain: Chain, keys: KeyRing, robbed: IssueReport, staff: User
) -> None:
    assert "RESOLVED" in Complaint.objects.get().frozen_reason
    assert "RESOLVED" in RelayLease.objects.get().stopped_reason
    with pytest.raises(ComplaintFrozen):
        comment(robbed, staff, "Not now.")
    relay = relay_new()
    relay.run_once()
    relay.release()
    assert not Transaction.objects.filter(state="open").exists()


def test_recover__stolen_key_disowned__its_links_named_and_undone_and_nothing_lost(
    chain: Chain, keys: KeyRing, robbed: IssueReport, staff: User, recover: Recover
) -> None:
    keys.rotate()
    said = recover("--stolen", chain.relay_account, "--by", staff.username)
    assert "disowned, sequence: 2" in said
    assert "undone by: REOPENED" in said
    assert not RelayLease.objects.exclude(stopped_reason="").exists()
    land(chain)
    assert links_of(chain, robbed.complaint) == [
        "CREATED",
        "RESOLVED",
        "NOTED",
        "REOPENED",
        "ASSIGNED",
        "SLA_DEADLINE_SET",
        "COMMENTED",
    ]
    assert {state for _, state in states_of(robbed)} == {"confirmed"}
    note = robbed.complaint.writes.get(event_type=EventType.NOTED)
    assert note.payload is not None
    assert (note.payload["disowned"], note.payload["by"]) == ([2], str(staff.opaque_id))
    # The report and the contract agree again.
    services.report_update(report_id=robbed.pk, by=staff, status="resolved")
    land(chain)
    assert links_of(chain, robbed.complaint)[-1] == "RESOLVED"
    assert "disowned" not in recover("--stolen", chain.relay_account)


def test_recover__stolen_key_not_disowned__what_is_not_lawful_is_listed_and_given_up_on_demand(
    chain: Chain, keys: KeyRing, robbed: IssueReport, recover: Recover, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.rotate()
    with pytest.raises(CommandError, match="1 complaints stay frozen"):
        recover()
    assert "no longer lawful: ASSIGNED (nonce 1), SLA_DEADLINE_SET (nonce 2)" in capsys.readouterr().out
    land(chain)
    assert links_of(chain, robbed.complaint) == ["CREATED", "RESOLVED"]
    recover("--give-up")
    land(chain)
    assert links_of(chain, robbed.complaint) == ["CREATED", "RESOLVED", "NOTED", "NOTED", "COMMENTED"]
    complaint = Complaint.objects.get()
    assert (complaint.frozen_reason, complaint.accepted_status) == ("", Status.RESOLVED)


def test_recover__thief_s_filing_under_our_id__frozen_until_it_is_filed_under_a_new_one(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.write("logComplaintEvent", id_of(report), EventType.CREATED, FOREIGN, 0, sender=chain.intake_account)
    keys.rotate()
    with pytest.raises(CommandError, match="stay frozen"):
        recover()
    assert "which the id itself contradicts" in capsys.readouterr().out
    assert states_of(report) == [("CREATED", "pending")]
    former = report.complaint.complaint_id
    filing = report.complaint.writes.get(nonce=0).data
    assert "refiled as 0x" in recover("--refile", "--by", staff.username)
    complaint = Complaint.objects.get()
    assert (complaint.complaint_id != former, complaint.frozen_reason) == (True, "")
    land(chain)
    assert links_of(chain, complaint) == ["CREATED", "NOTED"]
    created, note = complaint.writes.order_by("nonce")
    # The same filing; its id, and with it the promise, is another one.
    assert created.data == filing
    assert complaint_id_holds(complaint=complaint, created_data=created.data)
    assert note.payload is not None
    assert (note.payload["formerly"], note.payload["by"]) == (former, str(staff.opaque_id))
    schemas.validator("NOTED").validate(note.payload)
    # Nobody has a receipt that could restore the other one.
    assert former not in recover()
    assert indexer_health(chain.registry, head=None).get("notes", []) == []


def test_recover__link_missing_in_what_was_read__refused(
    chain: Chain, keys: KeyRing, robbed: IssueReport, recover: Recover
) -> None:
    """Without it, the nonces of those behind it can't be told."""
    ChainEvent.objects.filter(sequence=1).delete()
    keys.rotate()
    with pytest.raises(CommandError, match="are missing from the cache"):
        recover()


def test_recover__dry_run__says_the_same_and_changes_nothing(
    chain: Chain,
    keys: KeyRing,
    robbed: IssueReport,
    recover: Recover,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys.rotate()
    before = Backup()
    # Production's loggers keep to themselves.
    monkeypatch.setattr(logging.getLogger("blockchain"), "propagate", True)
    caplog.set_level(logging.INFO)
    said = recover("--dry-run", "--stolen", chain.relay_account)
    logged = [(each.levelname, each.message) for each in caplog.records if each.name == "blockchain.recovery.run"]
    assert logged == [("INFO", "dry run: nothing was changed")]
    stopped = f"it was stopped because: complaint {robbed.complaint.complaint_id}: "
    assert f"{chain.relay_account} may write again ({stopped}" in said
    after = Backup()
    for (table, columns, rows), (_, _, now) in zip(before.tables, after.tables, strict=True):
        # It reads the chain, as every relay does.
        if not any(name in table for name in ("scan", "rolechange", "_job")):
            assert now == rows, (table, columns)
    assert said.endswith("nothing was changed (dry run)\n")
    real = recover("--stolen", chain.relay_account)
    assert said.splitlines()[:-1] == real.splitlines()[:-1]


class Killed(Exception):
    """The process ends here."""


def interrupted_after(statements: int) -> Callable[..., Any]:
    """A wrapper of the database that ends the process after so many statements that write."""
    left = [statements]

    def execute(call: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
        return call(sql, params, many, context)

    return execute


@pytest.mark.django_db(transaction=True)
def test_recover__interrupted_at_every_statement_that_writes__goes_on_from_there(
    chain: Chain, keys: KeyRing, robbed: IssueReport, staff: User, recover: Recover
) -> None:
    other = services.report_create(user=staff, issue_title="t", location="l", issue_description="d")
    comment(other, staff, "Lands unseen.")
    stopped = RelayLease.objects.values("stopped_reason").get()
    RelayLease.objects.update(stopped_reason="")
    sent_and_stuck(chain)
    chain.anvil.mine()
    RelayLease.objects.update(**stopped)
    chain.anvil.rpc("evm_setAutomine", True)
    keys.rotate()
    start = Backup()

    recover("--stolen", chain.relay_account)
    wanted = [states_of(report) for report in (robbed, other)]
    assert wanted[1] == [("CREATED", "confirmed"), ("COMMENTED", "confirmed")]
    start.restore()
    interruptions = 0
    for statements in range(200):
        try:
            with connection.execute_wrapper(interrupted_after(statements)):
                recover("--stolen", chain.relay_account)
        except Killed:
            interruptions += 1
            continue
        break
    assert interruptions > 10
    assert [states_of(report) for report in (robbed, other)] == wanted
    assert not Transaction.objects.filter(state__in=("open", "mined")).exists()
    land(chain)
    assert links_of(chain, robbed.complaint)[:4] == ["CREATED", "RESOLVED", "NOTED", "REOPENED"]
    assert links_of(chain, other.complaint) == ["CREATED", "COMMENTED"]
