"""Officers' entries that could hold others up: notes that nobody signs, and accounts whose check costs time or gas."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from eth_account import Account
from eth_utils import to_checksum_address

from accounts.models import User
from blockchain import entries
from blockchain.models import Attempt, Write
from blockchain.protocol.kinds import EventType, Role
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import SETTLE_SECONDS, Processes, Recovery, everything_confirmed
from tests.faults.strangers import Strangers
from tests.faults.web import Web
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
WALLET = to_checksum_address("0x" + "a1" * 20)
# Returns ERC-1271's magic value.
ACCEPTS = "631626ba7e60e01b5f5260205ff3"
# Accepts while it is simulated, at the gas price 0, and reverts in a transaction.
FLICKERING = "0x3a60125763" + "1626ba7e" + "60e01b5f5260205ff3" + "5b601256"
OFFICER = Account.from_key("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6")


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


def officers_entry(report: IssueReport, actor: str) -> Write:
    with transaction.atomic():
        write = entries.entry_reserve(
            complaint=report.complaint,
            event_type=EventType.NOTED,
            actor=actor,
            by="system",
            more={"reason": "seen"},
            valid_until=timezone.now() + timedelta(days=365),
        )
    return entries.entry_submit(write=write, signature="0x" + "5a" * 65, apply=lambda write: None)


@pytest.mark.faults
def test_write_give_up__officers_note_that_expired__complaint_goes_on(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    strangers.send(strangers.role("grantRole", Role.RECORDER, OFFICER.address))
    (report,) = file_reports(1)
    recover()
    with transaction.atomic():
        write = entries.entry_reserve(
            complaint=report.complaint,
            event_type=EventType.NOTED,
            actor=OFFICER.address,
            by="system",
            more={"reason": "seen"},
            valid_until=timezone.now() + timedelta(seconds=60),
        )
    typed = entries.entry_typed_data(write)
    signature = OFFICER.sign_typed_data(full_message=typed).signature.to_0x_hex()
    entries.entry_submit(write=write, signature=signature, apply=lambda write: None)
    services.comment_create(report_id=report.pk, author=staff, text="behind it")
    # The relay was down meanwhile.
    chain.anvil.warp(chain.anvil.time() + 120)
    processes.start("manage.py", "run_relay", BLOCKCHAIN_RETRY_BASE="0.05", BLOCKCHAIN_RETRY_CAP="0.1")

    def failed() -> bool:
        write.refresh_from_db()
        return write.state == Write.State.FAILED

    wait_until(failed, what="it fails")
    assert write.error_code == "SignatureExpired"
    processes.run("manage.py", "write_retry", str(write.pk), "--by", staff.username)
    wait_until(failed, what="it fails again")
    code = processes.run(
        "manage.py", "write_give_up", str(write.pk), "--by", staff.username, "--reason", "the signature expired"
    )
    assert code == 0, processes.said(processes.started[-1])
    wait_until(everything_confirmed, what="the note and what is behind it")
    processes.end()
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_run_relay__officers_note_expires_with_something_behind_it__relay_goes_on(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, staff: User
) -> None:
    report, other = file_reports(2)
    recover()
    web = Web(processes)
    body = {"tracking_id": report.tracking_id, "event_type": "NOTED", "changes": {"reason": "seen"}}
    answer = web.ask(staff, "POST", "/api/blockchain/entries/", **body, actor=OFFICER.address)
    assert answer.status_code == 201, answer.text
    comments = f"/api/reports/{report.tracking_id}/comments/"
    assert web.ask(staff, "POST", comments, text="behind it").status_code == 201
    # Ten minutes pass, and nobody signs.
    Write.objects.filter(state="reserved").update(reserved_until=timezone.now() - timedelta(seconds=1))
    relay = processes.start("manage.py", "run_relay")
    services.comment_create(report_id=other.pk, author=staff, text="of another complaint")
    wait_until(lambda: relay.poll() is not None or everything_confirmed(), what="everything", seconds=60)
    assert relay.poll() is None, processes.said(relay)[-600:]
    answer = web.ask(staff, "POST", comments, text="and more")
    assert answer.status_code == 201, answer.text
    wait_until(everything_confirmed, what="everything", seconds=60)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)


@pytest.mark.faults
def test_run_relay__officers_account_accepts_only_when_simulated__pays_a_few_times_and_then_fails(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    chain.anvil.rpc("anvil_setCode", WALLET, FLICKERING)
    strangers.send(strangers.role("grantRole", Role.RECORDER, WALLET))
    (report,) = file_reports(1)
    recover()
    write = officers_entry(report, WALLET)
    processes.start("manage.py", "run_relay", BLOCKCHAIN_RETRY_BASE="0.05", BLOCKCHAIN_RETRY_CAP="0.2")

    def reverted() -> int:
        return Attempt.objects.filter(succeeded=False, transaction__kind="signed").count()

    def settled() -> bool:
        write.refresh_from_db()
        return write.state == State.FAILED or reverted() >= 25

    wait_until(settled, what="it fails, or is paid 25 times", seconds=SETTLE_SECONDS)
    assert (write.state, write.error_code) == (State.FAILED, "RevertedAgain")
    assert reverted() == 3


def slow(*, refuses_below: int, leaves: int) -> str:
    """An account that accepts after it has recovered signatures until `leaves` gas is left; with less gas than
    `refuses_below`, it uses up everything."""
    generator = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    start = "60015f52" + "601b602052" + f"7f{generator}604052" + "6001606052" + f"63{refuses_below:08x}5a1060a052"
    place = len(start) // 2
    recover = "6020" + "6080" + "6080" + "5f" + "6001" + "5afa50"
    again = "60a051" + f"63{leaves:08x}5a11" + "17" + f"60{place:02x}57"
    return "0x" + start + "5b" + recover + again + ACCEPTS


def test_entry_submit__officers_account_takes_long_to_check__is_refused_in_time(
    chain: Chain, recover: Recovery, strangers: Strangers, file_reports: FileReports
) -> None:
    chain.anvil.rpc("anvil_setCode", WALLET, slow(refuses_below=28_000_000, leaves=3_000_000))
    strangers.send(strangers.role("grantRole", Role.RECORDER, WALLET))
    (report,) = file_reports(1)
    recover()
    with pytest.raises(entries.SignatureInvalid):
        officers_entry(report, WALLET)


@pytest.mark.faults
def test_run_relay__officers_account_takes_long_to_check__others_do_not_wait_for_it(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    chain.anvil.rpc("anvil_setCode", WALLET, "0x" + ACCEPTS)
    strangers.send(strangers.role("grantRole", Role.RECORDER, WALLET))
    report, other = file_reports(2)
    recover()
    officers_entry(report, WALLET)
    # At the door it was quick: an account may be a proxy, whose code changes.
    chain.anvil.rpc("anvil_setCode", WALLET, slow(refuses_below=28_000_000, leaves=3_000_000))
    processes.start("manage.py", "run_relay")
    services.comment_create(report_id=other.pk, author=staff, text="We look into it.")
    comment = Write.objects.get(complaint=other.complaint, nonce=1)

    def landed() -> bool:
        comment.refresh_from_db()
        return comment.state == State.CONFIRMED

    wait_until(landed, what="the other complaint's comment is recorded", seconds=60)
