"""Transactions that revert after a reorg, since a role was revoked in front of them."""

from collections.abc import Callable

import pytest

from accounts.models import User
from blockchain.models import Attempt, RelayLease, Transaction, Write
from blockchain.protocol.kinds import Role
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, history
from tests.faults.conftest import Processes, Recovery, mine_until_confirmed, nothing_mined
from tests.faults.raw import CREATED, PAUSED
from tests.faults.strangers import Strangers
from tests.faults.web import Web
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
COMMENTED = 3


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


def states(report: IssueReport) -> list[str]:
    return list(report.complaint.writes.order_by("nonce").values_list("state", flat=True))


def mined(chain: Chain, number: int) -> None:
    """Mines what waits, and lets the relay see that so many writes have landed."""
    pending = Write.objects.filter(state=State.PENDING)
    wait_until(lambda: not pending.exists() and not Attempt.objects.filter(sent_at=None).exists(), what="it is sent")
    chain.anvil.mine()
    landed = Write.objects.filter(state__in=(State.MINED, State.CONFIRMED))
    wait_until(lambda: landed.count() == number, what=f"{number} writes are mined")


def relay_lacks(role: Role) -> bool:
    return role.value in RelayLease.objects.get().blocked_reason


def test_run_relay__same_transaction_reverts_in_the_new_block__is_not_shown_as_confirmed_and_lands_later(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
    settings: object,
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    processes.start("manage.py", "run_relay")
    web = Web(processes)
    (report,) = file_reports(1)
    with nothing_mined(chain):
        mined(chain, 1)
        services.report_update(report_id=report.pk, by=staff, status="on_hold")
        mined(chain, 2)
        pause = Attempt.objects.order_by("-transaction__nonce")[0]
        revoked = strangers.role("revokeRole", Role.SLA_MANAGER, chain.relay_account)
        chain.anvil.rpc("anvil_reorg", 1, [[revoked, 0], [pause.raw, 0]])
        assert chain.anvil.rpc("eth_getTransactionReceipt", pause.tx_hash)["status"] == "0x0"
        chain.anvil.mine(5)
        wait_until(lambda: Transaction.objects.filter(state="confirmed").count() == 2, what="both nonces are final")
        wait_until(lambda: relay_lacks(Role.SLA_MANAGER), what="the relay says what it lacks")
        assert states(report) == [State.CONFIRMED, State.PENDING]
        assert history(chain).kinds(report.complaint.complaint_id) == [CREATED]
        answer = web.ask(staff, "GET", "/api/blockchain/health/")
        assert answer.status_code == 503
        assert "SLA_MANAGER_ROLE" in answer.json()["relay"]["blocked"]
        strangers.send(strangers.role("grantRole", Role.SLA_MANAGER, chain.relay_account))
        chain.anvil.mine()
    mine_until_confirmed(chain)
    processes.end()
    recover()
    read = assert_everything_recorded_once(chain)
    assert read.kinds(report.complaint.complaint_id) == [CREATED, PAUSED]


@pytest.mark.faults
def test_run_relay__two_fall_out_the_first_reverts_and_the_second_is_raised__order_holds(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
    settings: object,
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 6
    processes.start("manage.py", "run_relay", BLOCKCHAIN_BUMP_AFTER="1")
    (report,) = file_reports(1)
    with nothing_mined(chain):
        mined(chain, 1)
        services.report_update(report_id=report.pk, by=staff, status="on_hold")
        mined(chain, 2)
        services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
        mined(chain, 3)
        revoked = strangers.role("revokeRole", Role.SLA_MANAGER, chain.relay_account)
        chain.anvil.rpc("anvil_reorg", 2, [[revoked, 0]])
        raised = Attempt.objects.filter(transaction__nonce__gte=1, attempt_number__gte=2)
        wait_until(lambda: raised.values("transaction").distinct().count() == 2, what="both are raised")
        chain.anvil.mine(8)
        wait_until(lambda: relay_lacks(Role.SLA_MANAGER), what="the relay says what it lacks")
        # The comment has the nonce behind the pause, so it can't take its place.
        assert history(chain).kinds(report.complaint.complaint_id) == [CREATED]
        strangers.send(strangers.role("grantRole", Role.SLA_MANAGER, chain.relay_account))
        chain.anvil.mine()
    mine_until_confirmed(chain)
    processes.end()
    recover()
    read = assert_everything_recorded_once(chain)
    assert read.kinds(report.complaint.complaint_id) == [CREATED, PAUSED, COMMENTED]


@pytest.mark.faults
@pytest.mark.parametrize("way", ["reverted", "raised"])
def test_run_relay__reorg_below_what_was_final_before_the_indexer_came__relay_goes_on(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
    way: str,
) -> None:
    relay = processes.start("manage.py", "run_relay", "--relay-only", BLOCKCHAIN_BUMP_AFTER="1")
    (report,) = file_reports(1)
    with nothing_mined(chain):
        mined(chain, 1)
        services.report_update(report_id=report.pk, by=staff, status="on_hold")
        if way == "reverted":
            wait_until(lambda: Transaction.objects.filter(nonce=1).exists(), what="the pause is under way")
            strangers.send(strangers.role("revokeRole", Role.SLA_MANAGER, chain.relay_account))
        else:
            raised = Attempt.objects.filter(transaction__nonce=1, attempt_number__gte=2, sent_at__isnull=False)
            wait_until(raised.exists, what="the pause is raised")
        chain.anvil.mine()
        wait_until(lambda: Transaction.objects.filter(state="confirmed").count() == 2, what="both are final")
        # Nothing of ours is in the new history but the filing.
        chain.anvil.rpc("anvil_reorg", 1, [])
    wait_until(
        lambda: history(chain).kinds(report.complaint.complaint_id) == [CREATED, PAUSED],
        what="the relay goes on by itself",
    )
    assert relay.poll() is None, processes.said(relay)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)
