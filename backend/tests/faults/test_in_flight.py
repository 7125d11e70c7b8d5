"""Several transactions in flight, and the relay is killed; with strangers' links mixed in."""

import random
from collections.abc import Callable
from subprocess import Popen

import pytest

from accounts.models import User
from blockchain.models import Attempt, ChainState, Transaction, Write
from report import services
from report.models import IssueReport
from tests.chain_fixtures import ESCALATION_INTERVAL, Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import (
    Processes,
    Recovery,
    everything_confirmed,
    mine_until_confirmed,
    nothing_mined,
    writes_sent,
)
from tests.faults.raw import ESCALATED, OBJECTED
from tests.faults.strangers import OBJECTOR, Strangers
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
File = Callable[[], IssueReport]
SETTLE_SECONDS = 120
IN_FLIGHT = 4


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


@pytest.fixture
def file(transactional_db: None, complainant: User) -> File:
    """Files a report whose complainant may object."""
    return lambda: services.report_create(user=complainant, complainant_address=OBJECTOR.address, **FILED)


def open_transactions() -> int:
    return Transaction.objects.filter(state="open").count()


def four_in_flight(processes: Processes, file: File) -> tuple[Popen[str], list[IssueReport]]:
    """A relay with four transactions in the pool, one for each report, and two more reports that wait."""
    relay, reports = processes.start("manage.py", "run_relay"), []
    for number in range(IN_FLIGHT):
        reports.append(file())
        wait_until(lambda number=number: writes_sent() == number + 1, what=f"transaction {number + 1} is under way")
    reports += [file(), file()]
    return relay, reports


def more_of_everything(reports: list[IssueReport], staff: User) -> None:
    """Comments and changes on reports whose filings are in flight or wait."""
    for report in reports:
        services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
        services.report_update(report_id=report.pk, by=staff, status="on_hold", priority="high")


def hashes() -> list[str]:
    return list(Attempt.objects.order_by("transaction__nonce").values_list("tx_hash", flat=True))


def nothing(chain: Chain) -> None:
    """All four are still in the pool."""


def all_mined(chain: Chain) -> None:
    chain.anvil.mine()


def lowest_dropped(chain: Chain) -> None:
    chain.anvil.rpc("anvil_dropTransaction", hashes()[0])
    chain.anvil.mine()


def middle_dropped(chain: Chain) -> None:
    chain.anvil.rpc("anvil_dropTransaction", hashes()[2])
    chain.anvil.mine()


def all_dropped(chain: Chain) -> None:
    chain.anvil.rpc("anvil_dropAllTransactions")
    chain.anvil.mine()


def lowest_replaced_from_outside(chain: Chain) -> None:
    """Somebody else with the key uses the nonce of the lowest."""
    lowest = Transaction.objects.order_by("nonce")[0]
    chain.anvil.rpc("anvil_dropTransaction", hashes()[0])
    chain.anvil.rpc(
        "eth_sendTransaction",
        {"from": chain.relay_account, "to": chain.stranger, "value": "0x1", "nonce": hex(lowest.nonce)},
    )
    chain.anvil.mine()


MEANWHILE = [
    lowest_dropped,
    *(
        pytest.param(each, marks=pytest.mark.faults)
        for each in (nothing, all_mined, middle_dropped, all_dropped, lowest_replaced_from_outside)
    ),
]


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_run_relay__killed_with_four_in_flight__every_write_once(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    file: File,
    staff: User,
    meanwhile: Callable[[Chain], None],
) -> None:
    with nothing_mined(chain):
        relay, reports = four_in_flight(processes, file)
        assert open_transactions() == IN_FLIGHT
        relay.kill()
        relay.wait(30)
        meanwhile(chain)
        more_of_everything(reports, staff)
        processes.start("manage.py", "run_relay")
    chain.anvil.mine()
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    processes.end()
    recover()
    # None of them made an entry of another one stale.
    assert not Transaction.objects.filter(skipped__gt=0).exists()
    assert_everything_recorded_once(chain)


def test_run_relay__strangers_write_to_what_is_in_flight__every_write_once_and_none_is_stale(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file: File, staff: User
) -> None:
    reports = [file() for _ in range(IN_FLIGHT)]
    recover()
    # Overdue by two levels, and not on record yet.
    due = max(ChainState.objects.values_list("sla_deadline", flat=True)) + ESCALATION_INTERVAL + 60
    chain.anvil.warp(due)
    with nothing_mined(chain):
        relay = processes.start("manage.py", "run_relay", "--relay-only")
        for number, report in enumerate(reports):
            services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
            wait_until(lambda number=number: writes_sent() == number + 1, what="it is under way")
        relay.kill()
        relay.wait(30)
        # First in the block: of two complaints the breaches, of two an objection.
        strangers.send(strangers.escalation(*(each.complaint.complaint_id for each in reports[:2])))
        for report in reports[1:3]:
            strangers.send(strangers.objection(report.complaint))
        chain.anvil.mine()
    processes.start("manage.py", "run_relay")
    wait_until(everything_confirmed, what="every write is confirmed", seconds=SETTLE_SECONDS)
    processes.end()
    recover()
    assert not Transaction.objects.filter(skipped__gt=0).exists()
    read = assert_everything_recorded_once(chain)
    kinds = [read.kinds(report.complaint.complaint_id)[1:] for report in reports]
    assert kinds[0] == [ESCALATED, ESCALATED, 3]
    assert sorted(kinds[1][:3]) == [ESCALATED, ESCALATED, OBJECTED]
    # The objection records the breaches first, as does the comment.
    assert kinds[2] == [ESCALATED, ESCALATED, OBJECTED, 3]
    assert kinds[3] == [ESCALATED, ESCALATED, 3]


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1, 9))
def test_run_relay__reorgs_across_four_transactions__every_write_once(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file: File,
    staff: User,
    settings: object,
    seed: int,
) -> None:
    chance = random.Random(seed)
    settings.BLOCKCHAIN_CONFIRMATIONS = 8
    relay = processes.start("manage.py", "run_relay")
    reports: list[IssueReport] = []
    with nothing_mined(chain):
        for number in range(IN_FLIGHT):
            reports.append(file())
            wait_until(lambda number=number: Transaction.objects.count() > number and not pending(), what="it is sent")
            chain.anvil.mine()
        wait_until(lambda: not writes_sent(), what="all four are mined, none is final")
        more_of_everything(reports, staff)
        for _ in range(3):
            chain.anvil.rpc("anvil_reorg", *another_history(chain, strangers, reports, chance))
            if chance.random() < 0.5:
                relay.kill()
                relay.wait(30)
                relay = processes.start("manage.py", "run_relay")
            chain.anvil.mine()
    mine_until_confirmed(chain)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)


def pending() -> bool:
    return Write.objects.filter(state=Write.State.PENDING).exists() or Attempt.objects.filter(sent_at=None).exists()


def another_history(
    chain: Chain, strangers: Strangers, reports: list[IssueReport], chance: random.Random
) -> tuple[int, list[list[object]]]:
    """A depth, and which transactions stand in which of the new blocks: some of ours, in any blocks; and others."""
    head = int(chain.anvil.head()["number"], 16)
    depth = chance.randint(1, IN_FLIGHT)
    first = head - depth + 1
    gone = [
        attempt.raw
        for attempt in Attempt.objects.order_by("transaction__nonce", "attempt_number")
        if (receipt := chain.anvil.rpc("eth_getTransactionReceipt", attempt.tx_hash))
        and int(receipt["blockNumber"], 16) >= first
    ]
    back = gone[: chance.randint(0, len(gone))]
    places = sorted(chance.randrange(depth) for _ in back)
    history_of_ours = [[raw, place] for raw, place in zip(back, places, strict=True)]
    # So that no block is the same as before; and an objection, which is refused if its filing is gone.
    others: list[list[object]] = [
        [{"from": chain.admin, "to": chain.stranger, "value": hex(chance.getrandbits(40))}, 0]
    ]
    others.append([strangers.objection(chance.choice(reports).complaint, number=0), depth - 1])
    return depth, [*others, *history_of_ours]
