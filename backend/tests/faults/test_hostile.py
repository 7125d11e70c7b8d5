"""Somebody else with a role works against the relay: what it costs us is bounded, and staff is told."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.models import User
from blockchain.models import Attempt, Complaint, Transaction, Write
from blockchain.protocol.calldata import entries_of
from blockchain.protocol.kinds import EventType, Role
from blockchain.repair import write_retry
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, history
from tests.faults.conftest import (
    SETTLE_SECONDS,
    Processes,
    Recovery,
    end,
    everything_confirmed,
    nothing_mined,
)
from tests.faults.strangers import Strangers
from tests.faults.test_keys import NEW_KEY, address, at_rest, recovered, rotate
from tests.faults.web import Web
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
REPORTS, COMMENTS = 12, 2


def comments(reports: list[IssueReport], staff: User) -> None:
    """All at once, so that the relay packs them into one transaction."""
    with transaction.atomic():
        for report in reports:
            for number in range(COMMENTS):
                services.comment_create(report_id=report.pk, author=staff, text=f"number {number}")


def front_run(chain: Chain, strangers: Strangers, *, after: int) -> int:
    """Waits for the relay's transaction `after`, and puts a link under the nonce of each complaint in front of it.

    Returns how many entries the transaction carries.
    """
    batch = Transaction.objects.filter(nonce=after)
    wait_until(
        lambda: batch.filter(state=Transaction.State.OPEN, attempts__sent_at__isnull=False).exists(),
        what=f"transaction {after} is in the pool",
        seconds=SETTLE_SECONDS,
    )
    entries = list(entries_of(batch.get().data))
    lowest = dict(reversed(entries))
    for complaint_id, nonce in lowest.items():
        strangers.send(strangers.entry(complaint_id, EventType.NOTED, nonce, sender=chain.stranger))
    chain.anvil.mine()
    return len(entries)


def skipped() -> int:
    return sum(Transaction.objects.values_list("skipped", flat=True))


@pytest.mark.faults
def test_run_relay__recorder_meets_each_batch__pays_for_two_at_most_and_then_packs_those_complaints_no_more(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    first, second, spared = (file_reports(REPORTS) for _ in range(3))
    recover()
    filed = Transaction.objects.count()
    strangers.send(strangers.role("grantRole", Role.RECORDER, chain.stranger))
    with nothing_mined(chain):
        # Nobody reads events: so nothing but the relay's own receipts tells it what goes on.
        relay = processes.start("manage.py", "run_relay", "--relay-only")
        comments(first, staff)
        paid = front_run(chain, strangers, after=filed)
        comments(second, staff)
        paid += front_run(chain, strangers, after=filed + 1)
        wait_until(lambda: Write.objects.filter(state=State.FAILED).exists(), what="it is given up")
        # Whom nobody works against is served as before.
        comments(spared, staff)
        wait_until(lambda: Transaction.objects.filter(nonce=filed + 2).exists(), what="the next batch")
        chain.anvil.mine()
    unharmed = Write.objects.filter(complaint__in=[report.complaint for report in spared])
    wait_until(lambda: not unharmed.exclude(state=State.CONFIRMED).exists(), what="the spared ones landed")
    failed = Write.objects.filter(state=State.FAILED)
    assert set(failed.values_list("error_code", flat=True)) == {"SkippedInARow"}
    assert {write.complaint for write in failed} <= {report.complaint for report in second}
    # Each entry was paid for once: one full batch for each time that the other one struck.
    assert skipped() == paid == 2 * REPORTS * COMMENTS
    # Minutes later nothing was packed again, though nobody intervened.
    Write.objects.update(next_attempt_at=None)
    comments(spared, staff)
    wait_until(lambda: not unharmed.exclude(state=State.CONFIRMED).exists(), what="the spared ones landed again")
    assert skipped() == paid
    web = Web(processes)
    answer = web.ask(staff, "GET", "/api/blockchain/health/")
    assert answer.status_code == 503
    assert any("SkippedInARow" in problem["problem"] for problem in answer.json()["relay"]["problems"])
    # Staff tries again at once, and in vain: what the contract does not expect is not packed, so it costs nothing. Not
    # even one among many others, which hardly shows in an estimate.
    with transaction.atomic():
        assert write_retry(write_id=failed.order_by("nonce")[0].pk, by="staff")
        comments(spared, staff)
    wait_until(lambda: not unharmed.exclude(state=State.CONFIRMED).exists(), what="the spared ones landed beside it")
    assert skipped() == paid
    for write in failed.order_by("nonce"):
        assert write_retry(write_id=write.pk, by="staff")
    before = Attempt.objects.count()
    comments(spared, staff)
    wait_until(lambda: not unharmed.exclude(state=State.CONFIRMED).exists(), what="the spared ones landed once more")
    assert (skipped(), Attempt.objects.count()) == (paid, before + 1)
    end(relay)
    strangers.send(strangers.role("revokeRole", Role.RECORDER, chain.stranger))
    rotate(strangers, chain.relay_account, address(NEW_KEY))
    recovered(processes, NEW_KEY)
    processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEW_KEY)
    wait_until(everything_confirmed, what="everything", seconds=SETTLE_SECONDS)
    processes.end()
    at_rest(recover, NEW_KEY)
    assert_everything_recorded_once(chain)
    assert Write.objects.filter(imported=True).count() == 2 * REPORTS


def test_run_relay__recorder_meets_each_batch_and_events_are_read__freezes_and_goes_on_with_the_rest(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    harmed, spared = file_reports(3), file_reports(3)
    recover()
    filed = Transaction.objects.count()
    strangers.send(strangers.role("grantRole", Role.RECORDER, chain.stranger))
    with nothing_mined(chain):
        processes.start("manage.py", "run_relay")
        comments(harmed, staff)
        front_run(chain, strangers, after=filed)
    frozen = Complaint.objects.exclude(frozen_reason="")
    wait_until(lambda: frozen.count() == len(harmed), what="the complaints are frozen", seconds=SETTLE_SECONDS)
    web = Web(processes)
    path = f"/api/reports/{harmed[0].tracking_id}/comments/"
    answer = web.ask(staff, "POST", path, text="Any news?")
    assert answer.status_code == 409
    assert chain.stranger in answer.text
    comments(spared, staff)
    landed = Write.objects.filter(complaint__in=[report.complaint for report in spared], state=State.CONFIRMED)
    wait_until(lambda: landed.count() == len(spared) * (1 + COMMENTS), what="the rest landed", seconds=SETTLE_SECONDS)
    assert not web.health(staff)["relay"]["up"]
    processes.end()
    ids = [report.complaint.complaint_id for report in harmed]
    assert_everything_recorded_once(chain, except_for=ids)
    read = history(chain)
    assert all(read.kinds(each) == [EventType.CREATED, EventType.NOTED] for each in ids)
